"""What Dagster sees: assets by stage, one per export, the job's settings, the inbox sensor."""

import shutil
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from orchestration.warehouse.manifest import Manifest
from tests.integration.conftest import REPOSITORY, Run


@pytest.fixture
def defs(demo_run: Run, monkeypatch: pytest.MonkeyPatch) -> dg.Definitions:
    monkeypatch.setenv("RETENTION_DATA_DIR", str(demo_run.data_dir))
    from orchestration.definitions import defs  # noqa: PLC0415  (parses dbt on import)

    return defs


def test_assets_stand_in_their_stages(defs: dg.Definitions) -> None:
    groups: dict[str, set[str]] = {}
    for spec in defs.resolve_all_asset_specs():
        groups.setdefault(str(spec.group_name), set()).add(spec.key.to_user_string())
    assert set(groups) >= {
        *("landing", "staging", "intermediate", "marts", "quality", "restricted"),
        *("segments", "exports", "publishing", "seeds"),
    }
    assert "landing/orders" in groups["landing"]
    assert "marts/retention" in groups["marts"]
    assert "published/marts_snapshot" in groups["publishing"]


def test_every_segment_has_an_asset_for_each_of_its_destinations(defs: dg.Definitions) -> None:
    keys = {spec.key.to_user_string() for spec in defs.resolve_all_asset_specs()}
    from orchestration.defs.warehouse import MANIFEST  # noqa: PLC0415

    exports = Manifest(MANIFEST).segment_exports
    assert {export.segment for export in exports} == {
        path.stem for path in (REPOSITORY / "models" / "segments").glob("*.sql")
    }
    for export in exports:
        assert f"exports/{export.destination}/{export.segment}" in keys


def test_exports_wait_for_the_snapshot_and_the_snapshot_for_staging(defs: dg.Definitions) -> None:
    graph = defs.resolve_asset_graph()
    release = dg.AssetKey(["exports", "generic_csv", "seg_q1"])
    snapshot = dg.AssetKey(["published", "marts_snapshot"])
    assert snapshot in graph.get(release).parent_keys
    assert dg.AssetKey(["exports", "staged_set"]) in graph.get(snapshot).parent_keys
    assert dg.AssetKey(["marts", "retention"]) in graph.get(snapshot).parent_keys


def test_data_tests_are_checks_that_block_except_on_segments(defs: dg.Definitions) -> None:
    graph = defs.resolve_asset_graph()
    checks = {key.to_user_string(): graph.get(key).blocking for key in graph.asset_check_keys}
    assert any(name.startswith("marts/retention:") and block for name, block in checks.items())
    assert not any(block for name, block in checks.items() if name.startswith("segments/"))


def test_as_of_date_is_a_setting_of_the_run(defs: dg.Definitions) -> None:
    fields: Any = defs.resolve_job_def("retention").run_config_schema.config_type.fields  # type: ignore[attr-defined]
    config = fields["resources"].config_type.fields["data_folder"].config_type.fields["config"]
    assert "as_of_date" in config.config_type.fields


def test_there_is_a_daily_schedule(defs: dg.Definitions) -> None:
    schedule = defs.resolve_schedule_def("daily_retention")
    assert schedule.cron_schedule == "0 5 * * *"
    assert schedule.job_name == "retention"


def test_the_sensor_runs_once_for_files_that_have_arrived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, defs: dg.Definitions
) -> None:
    monkeypatch.setenv("RETENTION_DATA_DIR", str(tmp_path))
    sensor = defs.resolve_sensor_def("inbox")
    instance = dg.DagsterInstance.ephemeral()

    def look(cursor: str | None) -> tuple[int, str | None]:
        context = dg.build_sensor_context(instance=instance, cursor=cursor)
        result = sensor.evaluate_tick(context)
        return len(result.run_requests or []), result.cursor

    requests, cursor = look(None)
    assert requests == 0  # an empty inbox
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "orders.csv").write_text("half of it")
    requests, cursor = look(cursor)
    assert requests == 0  # still being copied, perhaps
    (inbox / "orders.csv").write_text("all of it, at last")
    requests, cursor = look(cursor)
    assert requests == 0  # changed since the last look
    requests, cursor = look(cursor)
    assert requests == 1
    requests, cursor = look(cursor)
    assert requests == 0  # nothing new
    (inbox / "refunds.csv").write_text("more")
    requests, cursor = look(cursor)
    requests, cursor = look(cursor)
    assert requests == 1


def test_what_is_in_quarantine_stands_at_the_landing_assets(
    own_demo_run: Run, monkeypatch: pytest.MonkeyPatch, defs: dg.Definitions
) -> None:
    monkeypatch.setenv("RETENTION_DATA_DIR", str(own_demo_run.data_dir))
    from orchestration.defs.landing import land  # noqa: PLC0415
    from orchestration.defs.resources import DataFolder  # noqa: PLC0415

    done = dg.materialize([land], resources={"data_folder": DataFolder()})
    assert done.success
    metadata = {
        event.asset_key.to_user_string(): event.materialization.metadata
        for event in done.get_asset_materialization_events()
        if event.asset_key
    }
    told: Any = metadata["landing/orders"]["quarantine"]
    summary = own_demo_run.query(
        "select reason, counted_rows::int from quality.landing_summary "
        "where entity = 'orders' and fate = 'rejected' order by all"
    )
    found = sorted([row.data["reason"], row.data["open"]] for row in told.records)
    assert found == summary.to_numpy().tolist()
    assert all(row.data["example"] for row in told.records)
    assert "quarantine" not in metadata["landing/products"], "nothing of it was rejected"


def test_every_export_has_a_check_on_its_size_and_every_segment_a_job(defs: dg.Definitions) -> None:
    checks = {key.to_user_string() for key in defs.resolve_asset_graph().asset_check_keys}
    assert "exports/generic_csv/seg_q1:size_changes_slowly" in checks
    job = defs.resolve_job_def("export_seg_q1")
    keys = {key.to_user_string() for key in job.asset_layer.executable_asset_keys}
    assert keys == {
        "exports/staged_set",
        *(
            f"exports/{destination}/seg_q1"
            for destination in ("generic_csv", "google_customer_match", "meta_customer_list")
        ),
    }


def test_the_job_of_one_segment_releases_it_alone_and_shows_no_person(
    own_demo_run: Run, monkeypatch: pytest.MonkeyPatch, defs: dg.Definitions
) -> None:
    monkeypatch.setenv("RETENTION_DATA_DIR", str(own_demo_run.data_dir))
    latest = own_demo_run.data_dir / "exports" / "latest"
    before = {path.relative_to(latest) for path in latest.rglob("*.csv")}
    shutil.rmtree(own_demo_run.data_dir / "exports" / ".sets")
    done = defs.resolve_job_def("export_seg_q1").execute_in_process(
        instance=dg.DagsterInstance.ephemeral()
    )
    assert done.success
    after = {path.relative_to(latest) for path in latest.rglob("*.csv")}
    assert after == {path for path in before if path.parts[1] == "rtn_s01"}
    metadata = {
        event.asset_key.to_user_string(): event.materialization.metadata
        for event in done.get_asset_materialization_events()
        if event.asset_key
    }
    shown: Any = metadata["exports/generic_csv/seg_q1"]
    assert shown["standing"].value == "released"
    assert shown["kept"].value > 0
    columns = {row.data["column"]: row.data for row in shown["preview"].records}
    assert columns["email"]["form"].count("@") == 1
    assert not set(columns["email"]["form"]) - set("a9@.-_+")
    assert f"{shown['kept'].value:,}" in shown["size_over_time"].value
    (check,) = (
        one
        for one in done.get_asset_check_evaluations()
        if one.asset_key.to_user_string() == "exports/generic_csv/seg_q1"
    )
    assert check.passed
