"""Who is told to take the person out, and by which identifiers."""

import csv
import hashlib
import json
from datetime import date
from pathlib import Path

import pytest

from orchestration.erasure import forget
from orchestration.erasure.person import Person
from orchestration.erasure.removes import write_removes
from orchestration.exports.destinations import DESTINATIONS
from orchestration.settings import Settings

DAY = date(2025, 6, 1)
PERSON = Person(
    7,
    ("K-1", "K-2"),
    emails=("Anna.Berg+shop@gmail.com",),
    phones=("0171 2345678",),
    mailboxes=("annaberg@gmail.com",),
    numbers=("01712345678", "491712345678"),
)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def released(
    settings: Settings,
    destination: str,
    columns: list[str],
    rows: list[list[str]],
    hashed: list[str],
) -> None:
    """A released set `2025-05-31__s1` with one more file."""
    folder = settings.exports / ".sets" / "2025-05-31__s1" / destination / "rtn_s01"
    folder.mkdir(parents=True)
    with (folder / "full.csv").open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([columns, *rows])
    files = [{"name": "full.csv", "hashed_columns": hashed}]
    (folder / "manifest.json").write_text(json.dumps({"files": files}))


def note_release(settings: Settings, set_id: str, destination: str, audience: str) -> None:
    settings.state.mkdir(parents=True, exist_ok=True)
    export = {"destination": destination, "audience": audience, "content_id": "c", "rows": 9}
    entry = {"as_of": "2025-05-31", "set_id": set_id, "exports": [export]}
    with (settings.state / "exports.jsonl").open("a") as file:
        file.write(json.dumps(entry) + "\n")


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path, tmp_path / "sources.yml")


def test_the_row_that_was_sent_is_taken_out_by_its_identifiers(settings: Settings) -> None:
    columns = ["customer_id", "email", "first_name"]
    rows = [["K-9", "johanna@example.com", "Johanna"], ["K-2", "old@example.com", "Anna"]]
    released(settings, "generic_csv", columns, rows, [])
    [path] = write_removes(settings, PERSON, DAY)
    assert path.name.startswith("generic_csv__rtn_s01__removes__20250601__")
    assert read(path) == [
        {"customer_id": "", "email": "anna.berg+shop@gmail.com", "first_name": ""},
        {"customer_id": "", "email": "annaberg@gmail.com", "first_name": ""},
        {"customer_id": "K-2", "email": "old@example.com", "first_name": ""},
    ]
    assert write_removes(settings, PERSON, DAY) == [path]


def test_nobody_is_taken_out_of_a_list_of_whom_not_to_write_to(settings: Settings) -> None:
    released(settings, "klaviyo", ["Email"], [["annaberg@gmail.com"]], [])
    assert write_removes(settings, PERSON, DAY) != []
    audience = settings.exports / ".sets" / "2025-05-31__s1" / "klaviyo" / "rtn_s01"
    audience.rename(audience.with_name("suppression"))
    assert write_removes(settings, PERSON, DAY) == []
    note_release(settings, "gone", "klaviyo", "suppression")
    assert write_removes(settings, PERSON, DAY) == []


def test_a_hashed_file_is_answered_by_hashes_of_its_channel(settings: Settings) -> None:
    columns = ["Email", "Phone", "First Name", "Last Name", "Country", "Zip"]
    sent = [sha256("annaberg@gmail.com"), "", sha256("anna"), sha256("berg"), "DE", "10115"]
    released(settings, "google_customer_match", columns, [sent], columns[:4])
    [path] = write_removes(settings, PERSON, DAY)
    found = {(row["Email"], row["Phone"]) for row in read(path)}
    assert found == {
        (sha256("annaberg@gmail.com"), ""),
        ("", sha256("+491712345678")),
    }
    manifest = json.loads(path.with_name("manifest.json").read_text())
    assert manifest["files"][0]["hashed_columns"] == columns[:4]


def test_who_never_received_the_person_gets_nothing(settings: Settings) -> None:
    released(settings, "generic_csv", ["customer_id", "email"], [["K-9", "j@example.com"]], [])
    note_release(settings, "s1", "generic_csv", "rtn_s01")
    assert write_removes(settings, PERSON, DAY) == []


def test_where_the_set_is_gone_the_person_is_taken_to_have_been_in_it(settings: Settings) -> None:
    note_release(settings, "s0", "meta_customer_list", "rtn_s02")
    [path] = write_removes(settings, PERSON, DAY)
    assert {row["phone"] for row in read(path)} == {"", sha256("491712345678")}
    assert {row["email"] for row in read(path)} == {
        "", sha256("anna.berg+shop@gmail.com"), sha256("annaberg@gmail.com"),
    }  # fmt: skip


OTHER = Person(8, ("K-8",), emails=("eva@example.com",), mailboxes=("eva@example.com",))
STRANGER = Person(9, ("K-9",), emails=("ida@example.com",), mailboxes=("ida@example.com",))

EXPECTED = {
    "generic_csv": {("email", "anna.berg+shop@gmail.com"), ("email", "annaberg@gmail.com")},
    "google_customer_match": {
        ("Email", sha256("annaberg@gmail.com")),
        ("Phone", sha256("+491712345678")),
    },
    "meta_customer_list": {
        ("email", sha256("anna.berg+shop@gmail.com")),
        ("email", sha256("annaberg@gmail.com")),
        ("phone", sha256("491712345678")),
    },
}
"""By which cells a destination knows the person, as its own documentation spells them; channels
with labels and first rows of their own stand in `test_removes_of_channels.py`."""


@pytest.mark.parametrize("destination", sorted(EXPECTED))
def test_each_destination_is_told_in_its_own_format(settings: Settings, destination: str) -> None:
    one = DESTINATIONS[destination]
    header, cell = min(EXPECTED[destination])
    sent = [cell if name == header else "" for name in one.headers]
    released(settings, destination, list(one.headers), [sent], list(one.hashed_headers))
    for name, other in DESTINATIONS.items():
        if name != destination:
            released(settings, name, list(other.headers), [], list(other.hashed_headers))
    [path] = write_removes(settings, PERSON, DAY)
    assert path.name.startswith(f"{destination}__")
    rows = read(path)
    assert tuple(rows[0]) == one.headers
    cells = {item for row in rows for item in row.items() if item[1]}
    assert cells == EXPECTED[destination]


def test_who_was_in_a_set_that_an_erasure_removed_is_known(settings: Settings) -> None:
    """Eva was in it: she is taken out too. Ida was not: her address goes nowhere."""
    columns = ["Email", "Phone", "First Name", "Last Name", "Country", "Zip"]
    sent = [
        [sha256(one), "", "", "", "DE", ""] for one in ("annaberg@gmail.com", "eva@example.com")
    ]
    released(settings, "google_customer_match", columns, sent, columns[:4])
    note_release(settings, "s1", "google_customer_match", "rtn_s01")
    assert forget._remove_sets(settings, PERSON) == 1
    assert not (settings.exports / ".sets" / "2025-05-31__s1").exists()
    [path] = write_removes(settings, OTHER, DAY)
    assert [row["Email"] for row in read(path)] == [sha256("eva@example.com")]
    assert tuple(read(path)[0]) == tuple(columns)
    assert write_removes(settings, STRANGER, DAY) == []
    assert write_removes(settings, PERSON, DAY) == []
    kept = b"".join(path.read_bytes() for path in settings.state.rglob("*") if path.is_file())
    assert sha256("eva@example.com").encode() not in kept
