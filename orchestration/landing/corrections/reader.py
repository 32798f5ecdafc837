"""Corrected records, read as the file was that they belong to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import duckdb
import pyarrow as pa

from orchestration.landing.corrections.store import Correction
from orchestration.landing.errors import Reason
from orchestration.landing.layouts import Layout
from orchestration.landing.plan import FilePlan
from orchestration.landing.readers.base import ROW, Damaged, Frame, Piece, Scratch
from orchestration.sql import literal, quoted

_ROWS_AT_ONCE = 50_000
_CORRECTIONS = "corrections"
_NESTED = ("STRUCT", "MAP", "UNION", "JSON")


class CorrectionReader:
    """The corrected records of one file, with the columns and types of its `layout`."""

    bytes_read = 0

    def __init__(
        self,
        rows: Sequence[Correction],
        columns: tuple[str, ...],
        layout: Layout,
        connection: duckdb.DuckDBPyConnection,
    ) -> None:
        self.columns = columns
        self._rows, self._layout, self._connection = rows, layout, connection

    def sample(self) -> pa.Table | None:
        """The records, all columns VARCHAR; None where the layout says the types."""
        if self._layout.stored:
            return None
        texts = {name: _text(name) for name in self.columns}
        return _select(self._rows[:_ROWS_AT_ONCE], texts, self._connection).drop_columns([ROW])

    def first_texts(self, rows: int) -> pa.Table | None:
        """The first records, all columns as texts."""
        texts = {name: _text(name) for name in self.columns}
        return _select(self._rows[:rows], texts, self._connection).drop_columns([ROW])

    def stored_types(self) -> Mapping[str, str]:
        """What the corrected file declared."""
        return self._layout.stored

    def pieces(self, plan: FilePlan) -> Iterator["UnreadCorrections"]:
        """The records, some at a time."""
        for number, first in enumerate(range(0, len(self._rows), _ROWS_AT_ONCE)):
            rows = self._rows[first : first + _ROWS_AT_ONCE]
            yield UnreadCorrections(number, rows, self.columns, self._layout)


@dataclass(frozen=True)
class UnreadCorrections:
    """Corrected records that are still to be read; their numbers are those of the file."""

    number: int
    rows: Sequence[Correction]
    columns: tuple[str, ...]
    layout: Layout

    def read(self, plan: FilePlan, scratch: Scratch) -> Piece:
        """A frame of the types that the file's own frames had; what does not fit is damaged."""
        as_json = self._nested(plan)
        stored = {
            name: self.layout.stored.get(name, "JSON" if name in as_json else "VARCHAR")
            for name in self.columns
        }
        values = {
            name: _nested(name) if name in as_json else _value(name, kind)
            for name, kind in stored.items()
        }
        unfit = {
            name: f"({value}) is null and {_text(name)} is not null"
            for name, value in values.items()
            if name in self.layout.stored
        }
        damaged = tuple(self._damaged(unfit, scratch.connection))
        bad = {one.row for one in damaged}
        kept = [row for row in self.rows if row.line not in bad]
        frames = []
        if kept:
            table = _select(kept, values, scratch.connection)
            dialect = replace(plan.dialect, points_too=self.layout.format != "csv")
            frames.append(Frame(table, stored, dialect, len(kept), may_have_blanks=True))
        return Piece(self.number, len(self.rows), tuple(frames), damaged)

    def _nested(self, plan: FilePlan) -> frozenset[str]:
        """Columns that go to `extra` with the type that they have in JSON."""
        if self.layout.format != "jsonl":
            return frozenset()
        unmapped = (column.name for entity in plan.entities for column in entity.unmapped)
        return frozenset(unmapped)

    def _damaged(
        self, unfit: Mapping[str, str], connection: duckdb.DuckDBPyConnection
    ) -> Iterator[Damaged]:
        if not unfit:
            return
        which = " ".join(f"when {unfit[name]} then {literal(name)}" for name in unfit)
        texts = {name: _text(name) for name in self.columns}
        record = ", ".join(f"{literal(name)}, {text}" for name, text in texts.items())
        found = _select(
            self.rows,
            {"misfit": f"case {which} end", "record": f"cast(json_object({record}) as VARCHAR)"},
            connection,
        )
        for row in found.to_pylist():
            if row["misfit"]:
                message = (
                    f"{row['misfit']} is not {self.layout.stored[row['misfit']]}, which it is in "
                    "the file; write it so"
                )
                record = row["record"]
                yield Damaged(row[ROW], Reason.WRONG_TYPE, message, record, record)


def _select(
    rows: Sequence[Correction], values: Mapping[str, str], connection: duckdb.DuckDBPyConnection
) -> pa.Table:
    """`_row` and the values of the records, in order."""
    connection.register(
        _CORRECTIONS,
        pa.table(
            {
                ROW: pa.array([row.line for row in rows], pa.int64()),
                "original": pa.array([row.original for row in rows], pa.string()),
                "changes": pa.array([row.changes for row in rows], pa.string()),
            }
        ),
    )
    columns = ", ".join(f"{value} as {quoted(name)}" for name, value in values.items())
    try:
        return connection.execute(
            f"select {ROW}, {columns} from {_CORRECTIONS} order by {ROW}"
        ).to_arrow_table()
    finally:
        connection.unregister(_CORRECTIONS)


def _pointer(name: str) -> str:
    """SQL: the JSON pointer to a top-level name."""
    return literal("/" + name.replace("~", "~0").replace("/", "~1"))


def _text(name: str) -> str:
    """SQL: a column of the corrected record as text."""
    pointer = _pointer(name)
    return (
        f"nullif(case when json_exists(changes, {pointer}) "
        f"then json_extract_string(changes, {pointer}) "
        f"else json_extract_string(original, {pointer}) end, '')"
    )


def _value(name: str, stored: str) -> str:
    """SQL: a column of the corrected record as the type that the file's frames had."""
    text = _text(name)
    if stored == "VARCHAR":
        return text
    if stored.endswith("[]") or stored.startswith(_NESTED):
        return f"case when json_valid({text}) then try_cast(cast({text} as JSON) as {stored}) end"
    return f"try_cast({text} as {stored})"


def _nested(name: str) -> str:
    """SQL: a column of the corrected record with the type that it has in JSON."""
    pointer = _pointer(name)
    return (
        f"case when json_exists(changes, {pointer}) "
        f"then to_json(json_extract_string(changes, {pointer})) "
        f"else json_extract(original, {pointer}) end"
    )
