"""Every preset: its declaration holds together, so that no mapping asks for what is not read."""

import re

import duckdb
import pytest

from orchestration.entities import ENTITIES
from orchestration.landing.api.preset import FOLDER, load_preset, preset_names
from orchestration.landing.api.records import TABLE
from orchestration.landing.expressions import column_uses
from orchestration.sql import quoted

STREAMS = [
    pytest.param(preset, stream, id=f"{preset}-{stream}")
    for preset in preset_names()
    for stream in load_preset(preset).streams
]


def expressions(spec):
    """Every mapping of a stream: text → the columns of it."""
    with duckdb.connect() as connection:
        for mapping in spec.entities.values():
            for text in (*mapping["columns"].values(), *filter(None, [mapping.get("where")])):
                is_column = text in spec.columns
                yield text, {text} if is_column else set(column_uses(text, connection, False))


def test_all_presets_are_there():
    assert preset_names() == ("amocrm", "bitrix24", "hubspot", "shopify", "woocommerce")


@pytest.mark.parametrize(("preset", "stream"), STREAMS)
def test_a_mapping_uses_declared_columns_and_every_column_is_used(preset, stream):
    spec = load_preset(preset).streams[stream]
    assert len(spec.columns) == len(set(spec.columns))
    used = set().union(*(columns for _, columns in expressions(spec)))
    assert used <= {*spec.columns, TABLE}
    places = {f"{prefix}.position" for rows in spec.rows.values() for prefix in rows.each}
    lists = {path for rows in spec.rows.values() for path in rows.each.values()}
    times = {spec.clock.path} if spec.clock else set()
    assert set(spec.columns) <= {*used, *places, *lists, *times, spec.key}
    assert {*places, spec.key} <= set(spec.columns)


@pytest.mark.parametrize(("preset", "stream"), STREAMS)
def test_what_one_has_to_ask_for_is_asked_for(preset, stream):
    """HubSpot gives the properties that `columns` names, Shopify what the query names."""
    spec = load_preset(preset).streams[stream]
    paths = {path for rows in spec.rows.values() for path in rows.each.values()}
    paths |= {spec.clock.path} if spec.clock else set()
    asked = str(spec.endpoint.json_body)
    if "<properties>" in asked:
        assert {path for path in paths if path.startswith("properties.")} <= set(spec.columns)
    if "query (" in asked:
        names = {name for column in (*spec.columns, *paths) for name in column.split(".")}
        ours = {"line", "refund", "item", "consent", "consents", "variant", "position", "purpose"}
        ours |= {"unit_price", "discount", "amount"}
        assert names - ours <= set(re.findall(r"\w+", asked))


@pytest.mark.parametrize(("preset", "stream"), STREAMS)
def test_a_mapping_is_an_expression_over_texts_for_columns_of_the_contract(preset, stream):
    spec = load_preset(preset).streams[stream]
    columns = ", ".join(f"null::varchar as {quoted(name)}" for name in (*spec.columns, TABLE))
    with duckdb.connect() as connection:
        for entity, mapping in spec.entities.items():
            assert set(mapping["columns"]) <= set(ENTITIES[entity].by_name)
        for text, used in expressions(spec):
            expression = quoted(text) if used == {text} else text
            connection.execute(f"describe select ({expression}\n) from (select {columns})")


@pytest.mark.parametrize("preset", preset_names())
def test_ids_carry_the_source_so_that_two_systems_never_share_one(preset):
    for stream in load_preset(preset).streams.values():
        for entity, mapping in stream.entities.items():
            for column, text in mapping["columns"].items():
                is_id = column in ENTITIES[entity].key or column in (
                    "customer_id", "order_id", "product_id", "order_line_id", "merged_into_id",
                    "parent_customer_id",
                )  # fmt: skip
                if is_id and ENTITIES[entity].by_name[column].type.name == "TEXT":
                    assert "<source>:" in text, (entity, column)


@pytest.mark.parametrize("preset", preset_names())
def test_a_preset_says_what_it_needs(preset):
    declared = load_preset(preset)
    for text in (declared.remedy, declared.rights):
        assert text.endswith(".")
    names = set(re.findall(r"<([a-z_]+)>", declared.base_url))
    credentials = {name for access in declared.access for name in access.credentials}
    assert names <= {*declared.settings, *credentials}
    for setting in declared.settings.values():
        assert setting.value(setting.example)
    text = (FOLDER / f"{preset}.yml").read_text()
    assert "http" in text.split("title:")[0]  # the documentation it was written after
