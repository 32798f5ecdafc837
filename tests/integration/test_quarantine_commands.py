"""`retention quarantine` and `retention requeue`, as people type them."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from orchestration.landing import create_landing_views, land, load_sources
from orchestration.settings import REPOSITORY, Settings

SOURCES = """
sources:
  shop:
    kind: file
    path: orders.csv
    entities:
      orders:
        columns: {order_id: id, customer_id: who, ordered_at: at, gross_amount: total}
"""
ORDERS = """\
id,who,at,total
1,k1,2024-01-01,10.00
2,k2,2024-01-02,ten
3,k3,never,30.00
4,k4,2024-01-04,40.00
"""


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """Four orders, two of them rejected: lines 3 and 4."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "sources.yml").write_text(SOURCES)
    (folder / "orders.csv").write_text(ORDERS)
    land(load_sources(folder / "sources.yml", {}), settings(folder), lambda _event: None)
    return folder


def settings(data_dir: Path) -> Settings:
    return Settings(data_dir, data_dir / "sources.yml")


def retention(data_dir: Path, *words: object) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if "RETENTION_" not in name}
    return subprocess.run(
        [sys.executable, "-m", "orchestration.cli", *map(str, words)],
        check=False, capture_output=True, text=True, cwd=REPOSITORY,
        env={**environment, "RETENTION_DATA_DIR": str(data_dir)},
    )  # fmt: skip


def query(data_dir: Path, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect() as connection:
        create_landing_views(connection, settings(data_dir))
        return connection.execute(sql).fetchall()


def state(data_dir: Path) -> list[tuple[object, ...]]:
    """What landed, its books, and the entries of the quarantine."""
    return [
        *query(data_dir, "select order_id, gross_amount::int from landing.orders order by 1"),
        *query(data_dir, "select sequence, rows_read, rows_accepted, rows_rejected, rows_filtered "
                         "from landing._batches order by 1"),
        *query(data_dir, "select line, state, closed_as from landing._quarantine order by 1"),
    ]  # fmt: skip


BEFORE = [("1", 10), ("4", 40), (1, 4, 2, 2, 0), (3, "open", None), (4, "open", None)]


def read(table: Path) -> list[dict[str, str]]:
    with table.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write(table: Path, rows: list[dict[str, str]]) -> None:
    with table.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def test_open_entries_go_out_are_corrected_and_closed(data_dir: Path, tmp_path: Path) -> None:
    assert state(data_dir) == BEFORE
    table = tmp_path / "fix.csv"
    shown = retention(data_dir, "quarantine", "show")
    assert shown.returncode == 0
    assert [line.split() for line in shown.stdout.splitlines()] == [
        ["source", "entity", "reason", "open", "closed"],
        ["shop", "orders", "wrong_type", "2", "0"],
    ]
    exported = retention(data_dir, "quarantine", "export", "--to", table)
    assert exported.returncode == 0
    assert exported.stdout.startswith(f"2 entries are in {table}.")
    amount, day = read(table)
    assert (amount["id"], amount["total"], amount["quarantine_line"]) == ("2", "ten", "3")

    write(table, [{**amount, "total": "20"}, day])
    done = retention(data_dir, "requeue", table)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "1 rows requeued = 1 accepted + 0 filtered + 0 dismissed + 0 still open",
        "1 rows are as they were; their entries stay open.",
        "The next run (`make run`) counts what was accepted.",
    ]
    assert state(data_dir) == [
        ("1", 10), ("2", 20), ("4", 40),
        (1, 4, 2, 2, 0), (2, 1, 1, 0, 0),
        (3, "closed", "accepted"), (4, "open", None),
    ]  # fmt: skip
    assert "1       1" in retention(data_dir, "quarantine", "show").stdout
    again = retention(data_dir, "quarantine", "export", "--to", table)
    assert again.stdout.startswith("1 entries are in")
    assert [row["quarantine_line"] for row in read(table)] == ["4"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            lambda row: {"totals" if name == "total" else name: row[name] for name in row},
            "fix.csv: column 'totals' is none of the source's. Did you mean 'total'?",
        ),
        (
            lambda row: {name: row[name] for name in row if name != "quarantine_id"},
            "has no column 'quarantine_id'",
        ),
        (
            lambda row: {**row, "quarantine_id": "q0123456789ab-3", "total": "20"},
            "fix.csv line 2: q0123456789ab-3 is not in the quarantine",
        ),
    ],
)
def test_a_table_with_a_wrong_header_or_id_changes_nothing(
    data_dir: Path, tmp_path: Path, change, told: str
) -> None:
    table = tmp_path / "fix.csv"
    retention(data_dir, "quarantine", "export", "--to", table)
    write(table, [change({**row, "total": "20"}) for row in read(table)[:1]])
    done = retention(data_dir, "requeue", table)
    assert (done.returncode, done.stdout) == (1, "")
    [message] = done.stderr.splitlines()
    assert told in message
    assert state(data_dir) == BEFORE


def test_what_cannot_be_exported_is_said_in_one_message(data_dir: Path, tmp_path: Path) -> None:
    done = retention(data_dir, "quarantine", "export", "--to", tmp_path / "a.csv", "--entity", "x")
    assert (done.returncode, done.stdout) == (1, "")
    [message] = done.stderr.splitlines()
    assert message.startswith("'x' is no entity. Known: customers")
    assert not (tmp_path / "a.csv").exists()
