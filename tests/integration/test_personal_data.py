"""Marts for BI carry keys, not people: no cell of the snapshot holds what is personal."""

import re
from dataclasses import dataclass

import duckdb
import pandas as pd
import pytest

from tests.integration.conftest import Run

LANDED = """
    select email, phone, last_name, street from landing.customers
    union all by name
    select email, phone, last_name from landing.contacts
    union all by name
    select email, phone from landing.orders
"""


@dataclass(frozen=True)
class Personal:
    """What no cell may hold, in lower case: texts anywhere in it, names as words of their own."""

    texts: frozenset[str]
    names: frozenset[str]

    def found_in(self, cells: dict[str, str]) -> set[str]:
        """Where a cell holds any; numbers are recognised however they are spaced."""
        spelt = [(one, place) for cell, place in cells.items() for one in _spellings(cell)]
        everything = "\n".join(one for one, _ in spelt)
        found = [text for text in self.texts if text in everything]
        return {
            place
            for one, place in spelt
            if any(text in one for text in found)
            or not self.names.isdisjoint(re.findall(r"\w+", one))
        }


def _spellings(cell: str) -> tuple[str, str]:
    lowered = cell.lower()
    return lowered, re.sub(r"[\s()./-]", "", lowered)


def _personal(people: pd.DataFrame) -> Personal:
    emails, streets, names = (
        {value.lower().strip() for value in people[column].dropna()}
        for column in ("email", "street", "last_name")
    )
    digits = {re.sub(r"[^0-9]", "", phone) for phone in people["phone"].dropna()}
    texts = emails | {street for street in streets if len(street) > 5}
    return Personal(
        frozenset(texts | {number for number in digits if len(number) > 8}), frozenset(names)
    )


def _cells(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Every value of a public column that is no number, day or flag → one column that holds it."""
    columns = connection.execute(
        "select schema_name, table_name, column_name from duckdb_columns() "
        "where schema_name in ('marts', 'quality') "
        "and not regexp_matches(data_type, '^[A-Z ]*(INT|DOUBLE|DATE|TIME|BOOL)[A-Z ]*$') "
        "and data_type not like 'DECIMAL%'"
    ).fetchall()
    return {
        value: f"{schema}.{table}.{column}"
        for schema, table, column in columns
        for (value,) in connection.execute(
            f'select distinct cast("{column}" as varchar) from {schema}.{table} '
            f'where "{column}" is not null'
        ).fetchall()
    }


def test_no_person_stands_in_a_cell_of_the_snapshot(demo_run: Run) -> None:
    personal = _personal(demo_run.warehouse(LANDED))
    assert len(personal.texts) > 3000
    assert len(personal.names) > 100
    snapshot = str(demo_run.data_dir / "published" / "current.duckdb")
    with duckdb.connect(snapshot, read_only=True) as connection:
        cells = _cells(connection)
    assert len(cells) > 1000
    assert not personal.found_in(cells)


@pytest.mark.parametrize(
    "value",
    [
        "'Anna.Ivanova@example.com'",
        "'call +49 (30) 123-45 67 8'",
        "'Lange Straße 7, 2. OG'",
        "'met Ms IVANOVA.'",
        "['Ivanova']",
        """'{"who": "ivanova"}'::json""",
    ],
)
def test_a_person_in_any_spelling_is_found(value: str) -> None:
    people = pd.DataFrame(
        {
            "email": ["anna.ivanova@example.com", None],
            "phone": ["+49 30 12345678", "12"],
            "street": ["lange straße 7", None],
            "last_name": ["Ivanova", None],
        }
    )
    connection = duckdb.connect()
    for schema in ("marts", "quality"):
        connection.execute(f"create schema {schema}")
    connection.execute(f"create table quality.leak as select {value} as found, 'Ivanovas' as fine")
    assert _personal(people).found_in(_cells(connection)) == {"quality.leak.found"}
