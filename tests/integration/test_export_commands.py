"""The commands of exports on a demo company, and that nothing they leave behind tells of a person.

Personal data belong into the rooms of deliveries, landing, quarantine, identity, the warehouse
file, the segment files themselves and what `state/` remembers of them. Everything else that runs
and commands print and store, and the names of all files, is looked through for every e-mail
address and telephone number of the company.
"""

import re
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from tests.integration.conftest import Run, retention

PERSONAL_ROOMS = (
    "demo", "inbox", "landing", "quarantine", "pulled", "identity", "state/exports",
    "state/export_assignments", "state/export_plans",
)  # fmt: skip
DESTINATIONS = """
destinations:
  meta_customer_list: {release: manual, deliver: {url: "file://%s"}}
  google_customer_match: {paused: true}
"""
_EMAIL = re.compile(rb"[\w.+-]+@[\w.-]+\.\w+", re.IGNORECASE)
_NUMBER = re.compile(rb"(?<![0-9a-zA-Z.])\+?\d(?:[ ().-]{0,2}\d){8,}(?![0-9a-zA-Z])")
_CHUNK = 1 << 24


@pytest.fixture(scope="module")
def company(own_demo_run: Run, tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    """What each command said, after the run of the job."""
    data_dir = own_demo_run.data_dir
    out = tmp_path_factory.mktemp("delivered")
    shutil.rmtree(data_dir / "exports" / ".sets")  # what was released today would stay so
    (data_dir / "destinations.yml").write_text(DESTINATIONS % out)
    said = [own_demo_run]
    for command in (
        ["exports", "--full", "all"],
        ["release", "--dry-run"],
        ["release", "meta_customer_list"],
        ["ack", "generic_csv/rtn_s01"],
        ["ack", "generic_csv/rtn_s99"],
        ["release", "fax"],
    ):
        said.append(retention(data_dir, *command))
    return said


def test_a_person_looks_then_releases_then_acknowledges(company: list[Run]) -> None:
    _, staged, plan, released, acked, unknown, misspelt = company
    assert staged.exit_code == 0, staged.errors
    line = re.search(r"meta_customer_list/rtn_s01 .*", staged.output)
    assert line
    assert line.group().endswith("waiting for release")
    assert "google_customer_match/rtn_s01" in staged.output
    assert re.search(r"google_customer_match/rtn_s01 .*paused", staged.output)
    assert plan.exit_code == 0
    assert re.search(r"meta_customer_list/rtn_s01 .*released", plan.output)
    assert "meta_customer_list/rtn_s01 would be sent." in plan.output
    assert plan.output.strip().endswith("Nothing was done.")
    assert released.exit_code == 0, released.errors
    assert re.search(r"meta_customer_list/rtn_s01 .*released", released.output)
    assert re.search(r"google_customer_match/rtn_s01 .*paused", released.output)
    assert acked.exit_code == 0
    assert "generic_csv/rtn_s01 holds content" in acked.output
    assert unknown.exit_code == 1
    assert "Nothing was released to 'generic_csv/rtn_s99'" in unknown.errors
    assert misspelt.exit_code == 1
    assert "Nothing is staged for fax" in misspelt.errors


def test_released_files_were_delivered(company: list[Run]) -> None:
    data_dir = company[0].data_dir
    text = (data_dir / "destinations.yml").read_text()
    (out,) = re.findall(r"file://([^\"]+)", text)
    latest = data_dir / "exports" / "latest" / "meta_customer_list"
    wanted = {path.relative_to(latest): path.read_bytes() for path in latest.rglob("*.csv")}
    room = Path(out) / "meta_customer_list"
    assert wanted
    assert {path.relative_to(room): path.read_bytes() for path in room.rglob("*.csv")} == wanted


def test_exports_are_their_owners_alone(company: list[Run]) -> None:
    exports = company[0].data_dir / "exports"
    for path in [exports, *exports.rglob("*")]:
        if not path.is_symlink():
            mode = stat.S_IMODE(path.stat().st_mode)
            assert mode == (0o700 if path.is_dir() else 0o600), path


def _personal(run: Run) -> tuple[set[bytes], set[bytes]]:
    """All e-mail addresses, in lower case, and all numbers, as digits, of the company."""
    people = run.warehouse("""
        select email, phone from landing.customers
        union all by name select email, phone from landing.contacts
        union all by name select email, phone from landing.orders
    """)
    emails = {text.strip().lower().encode() for text in _given(people, "email") if "@" in text}
    digits = {re.sub(r"[^0-9]", "", text) for text in _given(people, "phone")}
    return emails, {text.encode() for text in digits if len(text) > 8}


def _given(people: pd.DataFrame, column: str) -> list[str]:
    return [str(value) for value in people[column].dropna().unique()]


def _stored(data_dir: Path) -> Iterator[tuple[str, bytes]]:
    """Names of all files, and what those hold that are not to hold anything personal."""
    for path in sorted(data_dir.rglob("*")):
        name = path.relative_to(data_dir).as_posix()
        yield "a name", name.encode()
        if path.is_symlink() or not path.is_file() or name.startswith(PERSONAL_ROOMS):
            continue
        if name.startswith("warehouse.duckdb") or (name.startswith("exports/") and _is_list(path)):
            continue
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield name, chunk


def _is_list(path: Path) -> bool:
    return path.suffix in (".csv", ".xlsx", ".parquet")


def _found(emails: set[bytes], numbers: set[bytes], text: bytes) -> bool:
    if any(match.lower() in emails for match in _EMAIL.findall(text)):
        return True
    digits = (re.sub(rb"[^0-9]", b"", match) for match in _NUMBER.findall(text))
    return any(one in numbers or one.lstrip(b"0") in numbers for one in digits)


def test_nothing_printed_or_stored_elsewhere_tells_of_a_person(company: list[Run]) -> None:
    emails, numbers = _personal(company[0])
    assert len(emails) > 1000
    assert len(numbers) > 1000
    printed = [("printed", (run.output + run.errors).encode()) for run in company]
    everything = [*printed, *_stored(company[0].data_dir)]
    assert {name.partition("/")[0] for name, _ in everything} >= {
        "printed", "a name", "dagster", "dbt", "published", "state", "exports",
    }  # fmt: skip
    assert sorted({name for name, text in everything if _found(emails, numbers, text)}) == []


def test_a_person_would_be_found(company: list[Run]) -> None:
    emails, numbers = _personal(company[0])
    email, number = min(emails), max(numbers, key=len)
    spelt = number[:3] + b" (" + number[3:6] + b") " + number[6:]
    for text in (b"mail to " + email.upper() + b".", b'{"phone": "+' + spelt + b'"}'):
        assert _found(emails, numbers, text)
    assert not _found(emails, numbers, b"2026-06-30 12:34:56.123456 nobody@retention.invalid")
