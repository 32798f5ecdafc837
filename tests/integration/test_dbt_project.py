"""The dbt project by itself: it parses without warnings and its unit tests hold."""

import json
from pathlib import Path

from orchestration.settings import DBT_PROJECT, Settings
from orchestration.warehouse.dbt import Dbt
from tests.integration.conftest import Run


def _dbt(run: Run) -> Dbt:
    settings = Settings(run.data_dir, run.data_dir / "sources.yml")
    return Dbt(settings, settings.warehouse)


def test_it_parses_without_warnings(own_demo_run: Run, tmp_path: Path) -> None:
    settings = Settings(tmp_path, tmp_path / "sources.yml")
    Dbt(settings, own_demo_run.data_dir / "warehouse.duckdb").invoke(
        ["--warn-error", "parse", "--no-partial-parse"]
    )


def test_unit_tests_hold(own_demo_run: Run) -> None:
    result = _dbt(own_demo_run).invoke(["test", "--select", "test_type:unit"], may_fail=True)
    failed = {node.node.name: node.message for node in result.results if node.status != "pass"}
    assert not failed
    assert len(result.results) > 20


def test_every_mart_column_is_described(demo_run: Run) -> None:
    manifest = json.loads((demo_run.data_dir / "dbt" / "manifest.json").read_text())
    for node in manifest["nodes"].values():
        if node["resource_type"] != "model":
            continue
        assert node["description"], node["name"]
        if node["schema"] in {"marts", "quality", "segments"}:
            lacking = [c for c, column in node["columns"].items() if not column["description"]]
            assert not lacking, f"{node['name']}: {lacking}"


def test_every_variable_is_recorded_with_the_run(demo_run: Run) -> None:
    import yaml  # noqa: PLC0415

    project = yaml.safe_load((DBT_PROJECT / "dbt_project.yml").read_text())
    recorded = set(demo_run.query("select * from quality.run_parameters")["parameter_name"])
    assert recorded == {*project["vars"], "as_of_date"}
