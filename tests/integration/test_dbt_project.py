"""The dbt project by itself: it parses without warnings and its unit tests hold."""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from orchestration.entities import ENTITIES
from orchestration.parameters import Variables
from orchestration.settings import Settings
from orchestration.warehouse.dbt import Dbt
from orchestration.warehouse.manifest import Manifest
from tests.integration.conftest import REPOSITORY, Run


def _dbt(run: Run) -> Dbt:
    settings = Settings(run.data_dir, run.data_dir / "sources.yml")
    return Dbt(settings, settings.warehouse)


def test_it_parses_without_warnings(own_demo_run: Run, tmp_path: Path) -> None:
    settings = Settings(tmp_path, tmp_path / "sources.yml")
    Dbt(settings, own_demo_run.data_dir / "warehouse.duckdb").invoke(
        ["--warn-error", "parse", "--no-partial-parse"]
    )


def test_a_new_data_folder_takes_the_parse_that_is_kept(tmp_path: Path) -> None:
    manifests = []
    for name in ("first", "second"):
        settings = Settings(tmp_path / name, tmp_path / "sources.yml")
        dbt = Dbt(settings, settings.warehouse)
        manifests.append(json.loads(dbt.parse().read_text())["nodes"])
    log = (dbt.target_dir / "logs" / "dbt.log").read_text()
    assert "Starting full parse" not in log
    assert manifests[0].keys() == manifests[1].keys()


def test_unit_tests_hold(own_demo_run: Run) -> None:
    result = _dbt(own_demo_run).invoke(["test", "--select", "test_type:unit"], may_fail=True)
    failed = {node.node.name: node.message for node in result.results if node.status != "pass"}
    assert not failed
    assert len(result.results) > 20


def test_no_model_compares_each_row_with_each(demo_run: Run) -> None:
    """Nested loops are for sides of a few rows, such as the parameters or the months: over
    customers they take seconds here and days at a million."""
    compiled = demo_run.data_dir / "dbt" / "compiled" / "retention_warehouse"
    warehouse = demo_run.data_dir / "warehouse.duckdb"
    slow = {}
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        for path in sorted(compiled.glob("models/**/*.sql")):
            query = f"explain (format json) {path.read_text()}"
            [(_, plan)] = connection.execute(query).fetchall()
            sides = [smaller for tree in json.loads(plan) for smaller in _nested_loops(tree)]
            if sides and max(sides) > 500:
                slow[path.stem] = max(sides)
    assert not slow, f"rows of the smaller side of a nested loop: {slow}"


def _nested_loops(tree: dict[str, Any]) -> Iterator[int]:
    """How many rows the smaller side of each nested loop of a plan has, as DuckDB guesses."""
    if tree["name"].strip() in {"BLOCKWISE_NL_JOIN", "NESTED_LOOP_JOIN", "CROSS_PRODUCT"}:
        yield min(_rows(child) for child in tree["children"])
    for child in tree["children"]:
        yield from _nested_loops(child)


def _rows(tree: dict[str, Any]) -> int:
    return int(str(tree["extra_info"].get("Estimated Cardinality", 0)).lstrip("~") or 0)


def test_every_mart_column_is_described(demo_run: Run) -> None:
    manifest = json.loads((demo_run.data_dir / "dbt" / "manifest.json").read_text())
    for node in manifest["nodes"].values():
        if node["resource_type"] != "model":
            continue
        assert node["description"], node["name"]
        if node["schema"] in {"marts", "quality", "segments"}:
            lacking = [c for c, column in node["columns"].items() if not column["description"]]
            assert not lacking, f"{node['name']}: {lacking}"


def test_a_marts_page_begins_with_its_grain_and_a_question_and_the_overview_asks_it(
    demo_run: Run,
) -> None:
    manifest = json.loads((demo_run.data_dir / "dbt" / "manifest.json").read_text())
    overview = manifest["docs"]["doc.retention_warehouse.__overview__"]["block_contents"]
    asked = dict(re.findall(r"^\| \[(\w+)\]\(#!/model/\S+\) \| (.*) \|$", overview, re.MULTILINE))
    questions = {}
    for node in manifest["nodes"].values():
        if node["resource_type"] == "model" and node["schema"] in {"marts", "quality"}:
            description = " ".join(node["description"].split())
            assert description.startswith("One row per "), node["name"]
            question = re.search(r"Answers: ([^?]*\?)", description)
            assert question, node["name"]
            questions[node["name"]] = question[1][0].upper() + question[1][1:]
    assert asked == questions


def test_the_exposure_of_a_destination_names_the_segments_that_it_gets(demo_run: Run) -> None:
    """Who adds a segment names it in models/exposures/destinations.yml: dbt cannot find it there
    by itself, and lineage would say that nobody uses it."""
    manifest = Manifest.read(demo_run.data_dir / "dbt" / "manifest.json")
    exposed = _exposed(manifest)
    declared: dict[str, set[str]] = {}
    for export in manifest.segment_exports:
        declared.setdefault(export.destination, set()).add(export.segment)
    assert {name: models for name, models in exposed.items() if name != "bi_snapshot"} == declared


def test_every_segment_is_audited_and_only_winback_holds_who_has_churned(demo_run: Run) -> None:
    """The test `audience` keeps who has churned out of all segments but those it is told of."""
    manifest = Manifest.read(demo_run.data_dir / "dbt" / "manifest.json")
    segments = {path.stem for path in (REPOSITORY / "models" / "segments").glob("*.sql")}
    is_winback = {}
    for unique_id, segment in manifest.segment_audits.items():
        test = manifest.content["nodes"][unique_id]["test_metadata"]
        if test["name"] == "audience":
            is_winback[segment] = bool(test["kwargs"].get("is_winback", False))
    assert set(is_winback) == segments
    assert {name for name, winback in is_winback.items() if winback} == {
        name for name in segments if name == "seg_winback" or name.startswith("seg_lost_")
    }


def test_the_exposure_of_the_snapshot_names_all_that_is_published(demo_run: Run) -> None:
    manifest = Manifest.read(demo_run.data_dir / "dbt" / "manifest.json")
    published = {
        node["name"]
        for node in manifest.content["nodes"].values()
        if node["resource_type"] == "model" and node["schema"] in {"marts", "quality"}
    }
    assert _exposed(manifest)["bi_snapshot"] == published


def _exposed(manifest: Manifest) -> dict[str, set[str]]:
    """The models that each exposure names."""
    return {
        exposure["name"]: {node.split(".")[-1] for node in exposure["depends_on"]["nodes"]}
        for exposure in manifest.content["exposures"].values()
    }


def test_coverage_knows_every_entity_and_names_what_exists(demo_run: Run) -> None:
    """Who adds an entity or a column that figures depend on adds it to models/quality/coverage.sql
    and to seeds/input_dependencies.csv."""
    coverage = demo_run.mart("quality.coverage")
    assert set(coverage.query("column_name == '*'")["entity"]) == set(ENTITIES)
    for entity, column in zip(coverage["entity"], coverage["column_name"], strict=True):
        declared = ENTITIES[entity].by_name
        assert column == "*" or not declared[column].required, f"{entity}.{column}"

    manifest = json.loads((demo_run.data_dir / "dbt" / "manifest.json").read_text())
    models = {
        node["name"]: node["columns"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["schema"] in {"marts", "quality", "restricted"}
    }
    for named in {name for fills in coverage["fills"] for name in fills.split(", ")}:
        model, _, column = named.partition(".")
        assert model in models, f"input_dependencies.csv names {named}"
        assert not column or column in models[model], f"input_dependencies.csv names {named}"


def test_every_variable_and_seed_is_recorded_with_the_run(demo_run: Run) -> None:
    recorded = demo_run.query("select * from quality.run_parameters").set_index("parameter_name")
    of_kind = recorded.groupby("kind").groups
    assert set(of_kind["variable"]) == set(Variables.model_fields)
    assert set(of_kind["seed"]) == {path.stem for path in (REPOSITORY / "seeds").glob("*.csv")}
    assert set(of_kind["run"]) == {"as_of_date"}
    variables = recorded[recorded["kind"] == "variable"]
    assert variables["is_default"].all()
    named = variables[variables["default_value"].notna()]
    assert (named["value_used"] == named["default_value"]).all()
    derived = set(recorded.index[recorded["is_derived_from_data"]])
    assert derived == {
        "as_of_date", "churn_window_days", "data_start", "reporting_currency", "rhythm_prior_days"
    }  # fmt: skip
    content = (REPOSITORY / "seeds" / "rfm_segments.csv").read_bytes()
    assert recorded.loc["rfm_segments", "value_used"] == hashlib.sha256(content).hexdigest()
