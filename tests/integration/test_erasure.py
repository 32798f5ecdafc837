"""A person of the demo company is forgotten by the command, as a user would."""

import csv
import gzip
import hashlib
import json
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest

from tests.integration.conftest import Run, retention, run_job

_IDS = {"customer_id", "linked_customer_id"}
_EXPECTED_TO_CHANGE = {
    "quality.coverage",
    "quality.exports_log",
    "marts.customer_links",
    "quality.reconciliation",
    "quality.landing_batches",
}
"""The evidence of links is gone; exports hold one customer less, personal columns fewer values."""


def figures(run: Run) -> dict[str, pd.DataFrame]:
    """Every table of the snapshot without the columns that name customers by their ids."""
    tables = run.query(
        "select schema_name || '.' || table_name as name from duckdb_tables() order by name"
    )["name"]
    frames = {}
    for table in set(tables) - _EXPECTED_TO_CHANGE:
        frame = run.query(f"select * from {table}")
        kept = [column for column in frame.columns if column not in _IDS]
        frames[table] = run.query(f"select {', '.join(kept)} from {table} order by all")
    return frames


def texts_of(path: Path) -> str:
    """What can be read in a file: cells of tables, unpacked bytes. Not the program's own search."""
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pandas().to_csv()
    if path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as connection:
            tables = connection.execute(
                "select schema_name || '.' || table_name from duckdb_tables()"
            ).fetchall()
            return "".join(connection.sql(f"from {name}").df().to_csv() for (name,) in tables)
    content = path.read_bytes()
    return (gzip.decompress(content) if path.suffix == ".gz" else content).decode("latin-1")


def holding(data_dir: Path, needles: set[str]) -> set[str]:
    """Files outside of deliveries and removes in which any needle is, whatever the case."""
    found = set()
    for path in data_dir.rglob("*"):
        name = str(path.relative_to(data_dir))
        if path.is_symlink() or not path.is_file() or name.startswith(("demo/", "exports/removes")):
            continue
        text = texts_of(path).lower()
        if any(needle.lower() in text for needle in needles):
            found.add(name)
    return found


@pytest.fixture(scope="module")
def person(own_demo_run: Run) -> tuple[str, set[str]]:
    """One with two records who stands in an exported file: an id, and all identifiers."""
    data_dir = own_demo_run.data_dir
    keys = pq.read_table(data_dir / "identity" / "customer_keys.parquet").to_pandas()
    several = keys[keys.duplicated("customer_key", keep=False)]
    for path in sorted((data_dir / "exports" / "latest" / "generic_csv").rglob("*.csv")):
        with path.open(newline="") as file:
            for row in csv.DictReader(file):
                if row["customer_id"] in set(several["customer_id"]):
                    key = several.set_index("customer_id").loc[row["customer_id"], "customer_key"]
                    ids = set(keys[keys["customer_key"] == key]["customer_id"])
                    phone = {row["phone_e164"][1:]} if row["phone_e164"] else set()
                    spelt = {row["email"], *phone, *(f"+{one}" for one in phone)}
                    hashed = {hashlib.sha256(one.encode()).hexdigest() for one in spelt}
                    return row["customer_id"], {*ids, row["email"], *phone, *hashed}
    raise AssertionError("nobody with several records was exported")


def test_a_person_is_forgotten_and_the_figures_stay(
    own_demo_run: Run, person: tuple[str, set[str]]
) -> None:
    data_dir = own_demo_run.data_dir
    customer, needles = person
    assert holding(data_dir, needles)
    before = figures(own_demo_run)
    received = {
        path.parent.relative_to(data_dir / "exports" / "latest").parts
        for path in (data_dir / "exports" / "latest").glob("*/*/*.csv")
        # Nobody is taken out of a list of whom not to write to.
        if path.parent.name != "suppression"
        and any(needle in path.read_text() for needle in needles)
    }
    assert {destination for destination, _ in received} > {"generic_csv"}, "one destination alone"
    unknown = retention(data_dir, "forget", "--customer", "nobody", "--yes")
    assert unknown.exit_code == 1
    assert "No customer 'nobody' has landed" in unknown.errors
    said = retention(data_dir, "forget", "--customer", customer)
    assert said.exit_code == 0
    assert "Nothing was done" in said.output
    assert not any(needle in said.output for needle in needles)
    assert not (data_dir / "state" / "erasures.jsonl").exists()

    done = retention(data_dir, "forget", "--customer", customer, "--yes")
    assert done.exit_code == 0, done.output + done.errors
    assert "nothing of the person is left" in done.output
    assert "demo/crm/" in done.output
    after = figures(own_demo_run)
    assert before.keys() == after.keys()
    for table, frame in before.items():
        pd.testing.assert_frame_equal(after[table], frame, obj=table)
    assert holding(data_dir, needles) == set()
    page = (data_dir / "exports" / "latest" / "index.html").read_text()

    removes = list((data_dir / "exports" / "removes").rglob("*.csv"))
    assert {tuple(path.name.split("__")[:2]) for path in removes} == received
    for path in removes:
        assert any(needle in path.read_text() for needle in needles)
        folder = path.parent.relative_to(data_dir / "exports").as_posix()
        assert f"upload exports/{folder}, then delete it" in done.output
        assert f'href="../{folder}/{path.name}"' in page
        manifest = json.loads(path.with_name("manifest.json").read_text())
        [file] = manifest["files"]
        assert file["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()

    again = retention(data_dir, "forget", "--customer", customer, "--yes")
    assert "forgotten already" in again.errors


def test_a_delivery_does_not_bring_the_person_back(
    own_demo_run: Run, person: tuple[str, set[str]]
) -> None:
    """The cards come again with other bytes, so that they land anew."""
    data_dir = own_demo_run.data_dir
    _, needles = person
    before = figures(own_demo_run)
    for cards in (data_dir / "demo" / "crm").glob("*.csv"):
        cards.write_bytes(cards.read_bytes().rstrip(b"\r\n") + b"\r\n\r\n")
    run = run_job(data_dir)
    assert holding(data_dir, needles) == set()
    after = figures(run)
    for table in ("marts.customers", "marts.retention", "marts.pareto"):
        pd.testing.assert_frame_equal(after[table], before[table], obj=table)
