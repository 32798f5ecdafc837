"""Backup: `landing/` and `state/` are enough."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from orchestration.sources_file import DEMO_SOURCES
from tests.integration.conftest import Run, retention, run_job


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Path]:
    """A company after two runs, and its deliveries.

    The second run brings cards of the CRM that make some of those customers one whom the first run
    knew as two, so that keys cannot be told from what has landed alone.
    """
    folder = tmp_path_factory.mktemp("company")
    made = retention(folder / "made", "demo", "--customers", "1500")
    assert made.exit_code == 0, made.errors
    inbox, data_dir = folder / "inbox", folder / "data"
    (folder / "made" / "demo").rename(inbox)
    data_dir.mkdir()
    sources = DEMO_SOURCES.read_text().replace("${RETENTION_DATA_DIR}/demo", str(inbox))
    (data_dir / "sources.yml").write_text(sources)
    cards = inbox / "crm" / "customers_latin.csv"
    whole = cards.read_bytes()
    header, *rows = whole.splitlines(keepends=True)
    cards.write_bytes(b"".join([header, *rows[len(rows) // 2 :]]))
    run_job(data_dir)
    cards.write_bytes(whole)
    return run_job(data_dir), inbox


def tables(run: Run) -> dict[str, pd.DataFrame]:
    """Every table of the published snapshot."""
    names = run.query(
        "select schema_name || '.' || table_name as name from duckdb_tables() order by name"
    )
    return {name: run.query(f"select * from {name} order by all") for name in names["name"]}


def test_landing_and_state_are_enough(company: tuple[Run, Path]) -> None:
    """All but the two rooms and `sources.yml` is gone, the deliveries too."""
    run, inbox = company
    data_dir = run.data_dir
    before = tables(run)
    snapshot = (data_dir / "published" / "current.duckdb").readlink()
    sums = (data_dir / "exports" / "latest" / "SHA256SUMS").read_bytes()
    assert len(before["marts.customer_key_history"]), "no key ever changed: the state is not tried"
    assert len(before["quality.quarantine"])
    assert sums.count(b"\n") > 1

    shutil.rmtree(inbox)
    for path in data_dir.iterdir():
        if path.name in {"landing", "state", "sources.yml"}:
            continue
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    again = run_job(data_dir)

    assert "what landed of it before counts" in again.output + again.errors
    after = tables(again)
    assert set(after) == set(before)
    for name, rows in before.items():
        pd.testing.assert_frame_equal(after[name], rows, obj=name)
    assert (data_dir / "published" / "current.duckdb").readlink() == snapshot
    assert (data_dir / "exports" / "latest" / "SHA256SUMS").read_bytes() == sums


def test_so_they_are_for_the_demo_company(own_demo_run: Run, tmp_path: Path) -> None:
    """Which has no `sources.yml` of its own, and is not made anew over what has landed."""
    for room in ("landing", "state"):
        shutil.copytree(own_demo_run.data_dir / room, tmp_path / room)
    again = run_job(tmp_path)
    assert "customers, 86 files" not in again.output
    assert tables(again).keys() == tables(own_demo_run).keys()
    snapshot = own_demo_run.data_dir / "published" / "current.duckdb"
    assert (tmp_path / "published" / "current.duckdb").readlink() == snapshot.readlink()
    assert not (tmp_path / "demo").exists()
