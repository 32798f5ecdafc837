"""sources.yml: what is wrong in it is said with its line and a remedy."""

import pytest

from orchestration.landing import LandingError, load_sources

GOOD = """\
sources:
  shop:
    kind: file
    path: ${FOLDER}/orders.csv
    entities:
      orders:
        columns: {order_id: id, ordered_at: at}
"""


def problems(company, text: str, **environment: str) -> str:
    company.write("sources.yml", text)
    with pytest.raises(LandingError) as caught:
        load_sources(company.settings.sources_file, environment or {"FOLDER": "in"})
    return str(caught.value)


def test_a_sound_file_is_read_with_its_variables(company):
    company.write("sources.yml", GOOD)
    config = load_sources(company.settings.sources_file, {"FOLDER": "inbox"})
    assert config.sources["shop"].path == "inbox/orders.csv"
    assert config.mapped_entities() == {"shop": ("orders",)}


@pytest.mark.parametrize(
    ("change", "to", "expected"),
    [
        ("path:", "pth:", ["line 4: unknown key 'pth'. Did you mean 'path'?"]),
        ("orders:\n", "order:\n", ["line 6: unknown entity 'order'. Did you mean 'orders'?"]),
        (
            "ordered_at: at",
            "orderd_at: at",
            [
                "line 7: orders has no column 'orderd_at'. Did you mean 'ordered_at'?",
                "orders.ordered_at is required and not mapped",
            ],
        ),
        ("${FOLDER}", "${NOWHERE}", ["line 4: the environment variable NOWHERE is not defined"]),
        (
            "kind: file",
            "kind: database",
            [
                "line 3: address is missing",
                "line 3: table or query is missing",
                "line 4: 'path' is no setting of kind: database",
            ],
        ),
        ("kind: file", "kind: files", ["line 3: 'kind' = 'files'"]),
        (
            "kind: file",
            "kind: file\n    timezone: Europe/Lodon",
            ["line 4: 'timezone' = 'Europe/Lodon'", "IANA name"],
        ),
        (
            "kind: file",
            "kind: file\n    encoding: cp12519",
            ["line 4: 'encoding'", "not an encoding"],
        ),
        (
            "kind: file",
            "kind: file\n    types: {price: amout}",
            ["line 4: 'types'", "Did you mean 'amount'?"],
        ),
        ("kind: file", "kind: file\n    kind: file", ["line 4: 'kind' stands twice"]),
        ("orders.csv", "orders.dat", ["line 4", "Add `format: csv`"]),
        ("{order_id: id", "{order_id id", ["line 7: 'order_id id' has no value"]),
        ("at}", "at", ["line 8: not valid YAML"]),
        (
            "columns: {order_id: id, ordered_at: at}",
            "wher: x > 1\n        columns: {order_id: id, ordered_at: at}",
            ["line 7: unknown key 'wher'. Did you mean 'where'?"],
        ),
    ],
)
def test_a_mistake_is_named_with_its_line(company, change, to, expected):
    text = problems(company, GOOD.replace(change, to))
    for part in expected:
        assert part in text


def test_names_of_columns_are_not_taken_for_what_yaml_makes_of_them(company):
    company.write(
        "sources.yml",
        GOOD.replace("{order_id: id", "{coupon_code: off, order_id: 010, tax_amount: 0.50")
        .replace("ordered_at: at", "ordered_at: yes, status: 5")
        .replace("kind: file", "kind: file\n    header: no\n    skip: 3"),
    )
    source = load_sources(company.settings.sources_file, {"FOLDER": "in"}).sources["shop"]
    assert source.entities["orders"].columns == {
        "coupon_code": "off", "order_id": "010", "tax_amount": "0.50", "ordered_at": "yes",
        "status": "5",
    }  # fmt: skip
    assert (source.header, source.skip) == (False, 3)


def test_without_sales_there_is_nothing_to_measure(company):
    text = problems(
        company,
        GOOD.replace("orders:\n", "products:\n").replace(
            "{order_id: id, ordered_at: at}", "{product_id: id}"
        ),
    )
    assert "none of orders, order_lines, contracts is mapped" in text


def test_a_missing_file_and_an_empty_one_are_named(company):
    with pytest.raises(LandingError, match="cannot be read"):
        load_sources(company.folder / "none.yml", {})
    assert "sources is missing" in problems(company, "")


def test_a_misspelt_key_is_one_mistake(company):
    for right, wrong in (("path:", "pth:"), ("orders:\n", "order:\n")):
        company.write("sources.yml", GOOD.replace(right, wrong))
        with pytest.raises(LandingError) as caught:
            load_sources(company.settings.sources_file, {"FOLDER": ""})
        assert len(caught.value.problems) == 1, wrong


def test_all_mistakes_are_told_at_once(company):
    company.write("sources.yml", GOOD.replace("path:", "timezone: x\n    way:"))
    with pytest.raises(LandingError) as caught:
        load_sources(company.settings.sources_file, {"FOLDER": ""})
    assert len(caught.value.problems) == 3
