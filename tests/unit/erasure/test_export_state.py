"""What is remembered of audiences forgets a person, and keeps the others."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.erasure import forget, members
from orchestration.erasure.export_state import scrub_exports, states_with
from orchestration.erasure.person import Person
from orchestration.exports import acknowledge
from orchestration.settings import Settings

PERSON = Person(
    7,
    ("K-1",),
    emails=("anna@example.com",),
    mailboxes=("anna@example.com",),
    numbers=("491712345678",),
)
Row = tuple[str, str, Sequence[str]]
OTHERS: list[Row] = [
    ("8", "Email", ["bert@example.com"]),
    ("8", "First Name+Last Name+Country+Zip", ["bert", "berg", "DE", "10115"]),
]
NOBODY: Any = SimpleNamespace(pseudonym_of=lambda _: None)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path, tmp_path / "sources.yml")


def remember(settings: Settings, rows: list[Row]) -> Path:
    state = acknowledge.state_path(settings, ("google_customer_match", "rtn_s01"), "c1")
    state.parent.mkdir(parents=True)
    columns = dict(zip(("customer_key", "kind", "cells"), zip(*rows, strict=True), strict=True))
    pq.write_table(pa.table({name: list(values) for name, values in columns.items()}), state)
    return state


def read(state: Path) -> list[Row]:
    return [
        (row["customer_key"], row["kind"], row["cells"]) for row in pq.read_table(state).to_pylist()
    ]


@pytest.mark.parametrize(
    "theirs",
    [
        [("7", "First Name+Last Name+Country+Zip", ["anna", "berg", "DE", "10115"])],
        [("6", "Email", ["anna@example.com"])],
        [("6", "Email", [sha256("anna@example.com")])],
        # What stands in one row with an identifier of theirs is theirs, too.
        [("6", "Phone", [sha256("+491712345678")]), ("6", "Email", [sha256("old@example.com")])],
    ],
)
def test_identifiers_of_a_person_go_and_others_stay(settings: Settings, theirs: list[Row]) -> None:
    state = remember(settings, [*OTHERS, *theirs])
    assert list(states_with(settings, PERSON)) == [state]
    assert scrub_exports(settings, PERSON, NOBODY) == len(theirs)
    assert sorted(read(state)) == sorted(OTHERS)
    assert list(states_with(settings, PERSON)) == []
    assert state.stat().st_mode & 0o777 == 0o600
    assert scrub_exports(settings, PERSON, NOBODY) == 0


def test_what_is_left_is_found_before_an_erasure_ends(settings: Settings) -> None:
    remember(settings, [("6", "Email", [sha256("anna@example.com")])])
    with pytest.raises(forget.ErasureError, match=r"still in: state.exports.google_customer_match"):
        forget._check_nothing_left(settings, PERSON, [])


def test_of_a_removed_set_the_members_of_every_file_are_known(settings: Settings) -> None:
    folder = settings.exports / ".sets" / "2025-05-31__s1" / "generic_csv" / "rtn_s01"
    folder.mkdir(parents=True)
    keep: Callable[..., None] = members.keep
    (settings.state).mkdir()
    for name, email in (("adds", "a@example.com"), ("removes", "b@example.com")):
        file = folder / f"{name}.csv"
        file.write_text(f"email\n{email}\n")
        keep(settings, file, (), frozenset())
    kept = list(members.kept_files(settings))
    assert [path.stem for path in kept] == ["adds", "removes"]
    found = [members.is_member(settings, path, [("email", "a@example.com")]) for path in kept]
    assert found == [True, False]
