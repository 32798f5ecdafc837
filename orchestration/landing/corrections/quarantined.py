"""Quarantine entries, read from the views over what has landed."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb

from orchestration.landing.corrections.relations import CLOSED, OPEN
from orchestration.landing.views import create_landing_views
from orchestration.settings import Settings
from orchestration.sql import literal


@dataclass(frozen=True)
class EntryFilter:
    """Which entries; empty texts do not restrict."""

    entity: str = ""
    source: str = ""
    reason: str = ""
    file: str = ""
    state: str = OPEN

    def sql(self) -> str:
        """The condition over `_quarantine`."""
        asked = {"entity": self.entity, "source": self.source, "reason": self.reason,
                 "file": self.file, "state": self.state}  # fmt: skip
        conditions = [f"{column} = {literal(text)}" for column, text in asked.items() if text]
        return " and ".join(conditions) or "true"


@dataclass(frozen=True)
class Entry:
    """A quarantine entry as it stands in `_quarantine`; `record` is JSON, of the last try."""

    entry_id: str
    source: str
    entity: str
    file: str
    line: int
    state: str
    reason: str
    message: str
    column: str | None
    value: str | None
    raw_row: str
    record: str | None
    batch: str
    closed_by: str | None
    closed_as: str | None
    tries: int

    @property
    def texts(self) -> dict[str, str]:
        """The source's columns as texts; empty where the record could not be taken apart."""
        return texts_of(self.record)


_COLUMNS = (
    "entry_id, source, entity, file, line, state, reason, message, column_name, value, raw_row, "
    "record, _batch, closed_by, closed_as, tries"
)


def texts_of(record: str | None) -> dict[str, str]:
    """A record's columns as texts: numbers as they are written, what is nested as JSON."""
    if record is None:
        return {}
    values = json.loads(record, parse_int=str, parse_float=str, parse_constant=str)
    return {name: _text(value) for name, value in values.items()}


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case _:
            return json.dumps(value, ensure_ascii=False)


@contextmanager
def quarantine_views(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that knows the schema `landing`."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        create_landing_views(connection, settings)
        yield connection


def read_entries(connection: duckdb.DuckDBPyConnection, condition: str) -> list[Entry]:
    """The entries that fit an SQL condition, by place."""
    rows = connection.execute(
        f"select {_COLUMNS} from landing._quarantine where {condition} "
        "order by source, entity, file, line"
    ).fetchall()
    return [Entry(*row) for row in rows]


@dataclass(frozen=True)
class ReasonCount:
    """How many entries of a source and entity were rejected for one reason.

    `example`: where the first one stands and what is wrong with it, without anybody's data.
    """

    source: str
    entity: str
    reason: str
    open: int
    closed: int
    example: str


def reasons(settings: Settings) -> list[ReasonCount]:
    """What is in quarantine, most open entries first."""
    with quarantine_views(settings) as connection:
        rows = connection.execute(
            f"select source, entity, reason, count(*) filter (state = '{OPEN}') as open, "
            f"count(*) filter (state = '{CLOSED}') as closed, "
            "arg_min(concat_ws(' ', file, 'line', line) || ': ' || message, row(file, line)) "
            "from landing._quarantine "
            "group by source, entity, reason order by open desc, source, entity, reason"
        ).fetchall()
    return [ReasonCount(*row) for row in rows]
