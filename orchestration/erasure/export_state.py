"""Forgetting in what is remembered of exports: who is in an audience, and who was assigned."""

from collections.abc import Iterator
from pathlib import Path

import duckdb

from orchestration.erasure.person import Person
from orchestration.erasure.removes import Spellings
from orchestration.exports import acknowledge, assignments, memberships, plans
from orchestration.landing.erased import ErasureList
from orchestration.settings import Settings
from orchestration.sql import literal


def scrub_exports(settings: Settings, person: Person, erased: ErasureList) -> int:
    """Take the person's identifiers out of all audiences' states and out of planned contacts, and
    let assignments belong to their pseudonyms; returns how many entries changed.

    The removes files of the erasure take the person out of the audiences themselves.
    """
    spellings = Spellings(person)
    changed = 0
    for state in acknowledge.states(settings):
        destination, _ = acknowledge.pair_of(state)
        changed += memberships.forget(state, person.customer_key, spellings.cells(destination))
    changed += plans.forget(settings, erased.pseudonym_of)
    return changed + assignments.rename(settings, erased.pseudonym_of)


def states_with(settings: Settings, person: Person) -> Iterator[Path]:
    """States in which an identifier of the person is left, plain or hashed."""
    spellings = Spellings(person)
    for state in acknowledge.states(settings):
        cells = {cell for _, cell in spellings.cells(acknowledge.pair_of(state)[0])}
        listed = ", ".join(literal(cell) for cell in sorted(cells))
        with duckdb.connect() as connection:
            found = connection.execute(f"""
                select 1 from read_parquet({literal(str(state))})
                where customer_key = '{person.customer_key}'
                    or list_has_any(cells, [{listed or "''"}]) limit 1
            """).fetchone()
        if found:
            yield state
