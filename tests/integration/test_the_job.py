"""The job on the demo company, as a user meets it."""

import csv
import json
import stat
import subprocess
from pathlib import Path

import python_calamine

from orchestration.demo import DemoReport
from tests.integration.audiences import audiences
from tests.integration.conftest import Run, run_job


def test_the_run_ends_with_a_summary_of_what_matters(demo_run: Run) -> None:
    for expected in (
        "rows read =",
        "quarantined",
        "customers",
        "CRR",
        "churn",
        "80 % of the margin",
        "quadrants",
        "current.duckdb",
        "index.html",
        "Next:",
    ):
        assert expected in demo_run.output


def test_every_file_is_accounted_for_as_it_was_made(demo_run: Run) -> None:
    """The generator's own books against landing's: rows and rejected rows per file."""
    made = DemoReport.load(demo_run.data_dir / "demo")
    landed = demo_run.query("select * from quality.landing_batches")
    ours = {
        (row.entity, Path(row.file_name).name): (row.rows_read, row.rows_rejected)
        for row in landed.itertuples()
    }
    for file in made.files:
        key = (file.entity, Path(file.path).name)
        if key in ours:
            assert ours[key] == (file.rows, file.rejected), key
        else:
            assert "again" in file.path  # the same content under another name
    total = landed["rows_accepted"] + landed["rows_rejected"] + landed["rows_filtered"]
    assert (landed["rows_read"] == total).all()


def test_every_rejected_row_is_in_quarantine_with_its_place_and_reason(demo_run: Run) -> None:
    quarantine = demo_run.query("select * from quality.quarantine")
    rejected = demo_run.query(
        "select sum(rows_rejected)::integer as n from quality.landing_batches"
    )
    rows = quarantine.drop_duplicates(["entity", "source_name", "file_name", "line_number"])
    assert len(rows) == rejected["n"][0] > 0
    assert quarantine["reason"].notna().all()
    assert quarantine["file_name"].notna().all()


def test_a_second_run_gives_the_same_bytes(own_demo_run: Run) -> None:
    latest = own_demo_run.data_dir / "exports" / "latest"
    before = ((own_demo_run.data_dir / "published" / "current.duckdb").readlink(), latest.resolve())
    sums = (latest / "SHA256SUMS").read_bytes()

    again = run_job(own_demo_run.data_dir)

    assert "0 of " in again.output and "batches are new" in again.output
    after = ((own_demo_run.data_dir / "published" / "current.duckdb").readlink(), latest.resolve())
    assert after == before
    assert (latest / "SHA256SUMS").read_bytes() == sums


def test_exports_add_up_and_their_checksums_hold(demo_run: Run) -> None:
    latest = demo_run.data_dir / "exports" / "latest"
    manifests = sorted(latest.glob("*/*/manifest.json"))
    assert manifests
    for path in manifests:
        manifest = json.loads(path.read_text())
        counts = manifest["counts"]
        assert counts["segment"] == counts["kept"] + sum(counts["dropped_by_reason"].values())
        for file in manifest["files"]:
            place = path.parent / file["name"]
            rows = _rows(place, file["columns"])
            assert rows[0] == file["columns"]
            assert len(rows) - 1 == file["rows"] == counts["kept"]
            assert stat.S_IMODE(place.stat().st_mode) == 0o600
        done = subprocess.run(
            ["sha256sum", "-c", "SHA256SUMS"],  # noqa: S607 (as a marketer would check)
            cwd=path.parent,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0


def _rows(file: Path, columns: list[str]) -> list[list[str]]:
    """Header and rows of an export, the byte order mark of a file for people left out.

    Where commas do not give the `columns`, semicolons stand between cells, as some CRMs want it.
    """
    if file.suffix == ".xlsx":
        sheet = python_calamine.load_workbook(str(file)).get_sheet_by_index(0)
        return [[str(cell) for cell in row] for row in sheet.to_python()]
    with file.open(newline="", encoding="utf-8-sig") as content:
        rows = list(csv.reader(content))
        if rows[0] == columns:
            return rows
        content.seek(0)
        return list(csv.reader(content, delimiter=";"))


def test_segments_are_those_of_the_marts(demo_run: Run) -> None:
    index = json.loads((demo_run.data_dir / "exports/latest/index.json").read_text())
    sizes = {
        entry["segment"]: entry["counts"]["segment"]
        for entry in index["exports"]
        if entry["kind"] != "suppression"
    }
    assert sizes == {name: len(ids) for name, ids in audiences(demo_run).items()}


def test_segments_hold_whom_the_marts_name(demo_run: Run) -> None:
    for name, ids in audiences(demo_run).items():
        members = demo_run.warehouse(f"select customer_id from segments.{name}")
        assert set(members["customer_id"]) == ids, name


def test_the_snapshot_is_commented_and_holds_no_personal_column(demo_run: Run) -> None:
    columns = demo_run.query(
        "select schema_name, table_name, column_name, comment from duckdb_columns() "
        "where schema_name in ('marts', 'quality')"
    )
    assert set(columns["schema_name"]) == {"marts", "quality"}
    assert columns["comment"].notna().all(), columns[columns["comment"].isna()]
    personal = {"email", "phone", "first_name", "last_name", "street", "birth_date"}
    assert not personal & set(columns["column_name"])


def test_no_person_shows_up_where_personal_data_do_not_belong(demo_run: Run) -> None:
    """Every e-mail and phone of the demo company, searched for in the marts, logs and manifests."""
    people = demo_run.warehouse(
        "select lower(email) as email, regexp_replace(phone, '[^0-9]', '', 'g') as phone "
        "from restricted.customer_contacts"
    )
    wanted = {*people["email"].dropna(), *(p for p in people["phone"].dropna() if len(p) > 9)}
    folders = ("published", "dbt/logs", "dagster", "state", "identity")
    paths = [p for f in folders for p in (demo_run.data_dir / f).rglob("*") if p.is_file()]
    paths += (demo_run.data_dir / "exports").rglob("*.json")
    paths += (demo_run.data_dir / "exports").rglob("*.html")
    # What channels hold is remembered as their files name people, for removes to name them so.
    held = [path for path in paths if demo_run.data_dir / "state" / "exports" in path.parents]
    assert held
    assert {path.stat().st_mode & 0o777 for path in held} == {0o600}
    paths = [path for path in paths if path not in held]
    for path in paths:
        content = path.read_bytes().decode("utf-8", "ignore").lower()
        found = [value for value in wanted if value in content]
        assert not found, f"{path}: {len(found)} values"
    printed = (demo_run.output + demo_run.errors).lower()
    assert not [value for value in wanted if value in printed]
