"""Dagster's books, kept by our storage and read by Dagster's own."""

from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.event_log import SqliteEventLogStorage

from orchestration.event_log import KeptSqliteEventLogStorage

YAML = Path("orchestration/dagster.yaml")


@dg.asset(check_specs=[dg.AssetCheckSpec("is_there", asset="customers")])
def customers():  # type: ignore[no-untyped-def]
    return dg.MaterializeResult(
        metadata={"rows": 3}, check_results=[dg.AssetCheckResult(passed=True)]
    )


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    (tmp_path / "dagster.yaml").write_text((request.config.rootpath / YAML).read_text())
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    return tmp_path


def materialize(instance: dg.DagsterInstance) -> str:
    return dg.materialize([customers], instance=instance).run_id


def test_dagsters_own_storage_reads_what_ours_wrote(home: Path) -> None:
    with dg.DagsterInstance.get() as instance:
        assert isinstance(instance.event_log_storage, KeptSqliteEventLogStorage)
        run_id = materialize(instance)
        ours = [event.message for event in instance.all_logs(run_id)]
    plain = SqliteEventLogStorage(str(home / "history" / "runs"))
    theirs = [event.message for event in plain.get_logs_for_run(run_id)]
    assert ours == theirs
    assert len(ours) > 5
    latest = plain.get_latest_materialization_events([dg.AssetKey("customers")])
    materialization = latest[dg.AssetKey("customers")]
    assert materialization is not None
    assert materialization.run_id == run_id


def test_two_processes_books_are_one(home: Path) -> None:
    """The web server and a run each hold their own connections to the same files."""
    with dg.DagsterInstance.get() as reader, dg.DagsterInstance.get() as writer:
        first = materialize(writer)
        assert reader.get_run_by_id(first) is not None
        second = materialize(writer)
        latest = reader.get_latest_materialization_event(dg.AssetKey("customers"))
        assert latest is not None
        assert latest.run_id == second


def test_no_more_files_stay_open_than_a_few(home: Path) -> None:
    with dg.DagsterInstance.get() as instance:
        runs = [materialize(instance) for _ in range(12)]
        storage = instance.event_log_storage
        assert isinstance(storage, KeptSqliteEventLogStorage)
        assert len(storage._engines) <= 8
        assert all(instance.all_logs(run_id) for run_id in runs)
