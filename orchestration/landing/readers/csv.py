"""CSV: typed while it is read, at full speed where lines are plain, exactly where they are not.

Every block of lines is sieved; DuckDB reads the plain lines with their types and says which lines
it could not convert. Those, and the lines that are not plain, are taken apart in Python and given
as texts, to be converted value by value. The lines are counted before DuckDB sees them: where its
rows and rejects do not add up to that count, the whole block goes the slow way.
"""

import json
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from orchestration.entities import Type
from orchestration.landing.contract_sql import Dialect
from orchestration.landing.number_formats import DECIMALS, NumberFormat, are_plain
from orchestration.landing.plan import FilePlan
from orchestration.landing.readers.base import ROW, Damaged, Frame, Piece, Scratch
from orchestration.landing.readers.csv_head import CsvHead
from orchestration.landing.readers.records import (
    Grammar,
    Record,
    take_record,
)
from orchestration.landing.readers.sieve import Sieved, sieve
from orchestration.landing.readers.text import (
    BLOCK,
    utf8_blocks,
)
from orchestration.landing.sources import Source
from orchestration.sql import literal

_log = logging.getLogger(__name__)


_TIME_FORMATS = {
    "%Y-%m-%d %H:%M:%S": re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"),
    "%Y-%m-%dT%H:%M:%S": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"),
    "%Y-%m-%d %H:%M:%S.%f": re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{1,6}"),
    "%Y-%m-%dT%H:%M:%S.%f": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}"),
    "%Y-%m-%d %H:%M": re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d"),
    "%Y-%m-%d": re.compile(r"\d{4}-\d\d-\d\d"),
}
"""Strict formats: DuckDB's own reading of times would drop a zone's offset without a word."""


class CsvReader:
    """A CSV file; raises `LandingError` for an empty file and for an unreadable header."""

    def __init__(self, path: Path, name: str, source: Source, block: int = BLOCK) -> None:
        self._path, self._source, self._block = path, source, block
        self._head = CsvHead(path, name, source)
        self.columns = self._head.columns
        self.bytes_read = 0

    def sample(self) -> pa.Table:
        """The first records, all columns VARCHAR."""
        return self._sample

    @cached_property
    def _sample(self) -> pa.Table:
        columns = list(zip(*self._head.records, strict=True)) or [()] * len(self.columns)
        return pa.table(
            [pa.array(column, pa.string()) for column in columns], names=list(self.columns)
        )

    def first_texts(self, rows: int) -> pa.Table | None:
        """The first records, for all values are texts."""
        return self.sample().slice(0, rows)

    def stored_types(self) -> Mapping[str, str]:
        """A CSV file declares none."""
        return {}

    def pieces(self, plan: FilePlan) -> Iterator["UnreadCsv"]:
        """The file's blocks, sieved."""
        typed = self._typed_columns(plan)
        rest, line, number = bytearray(), 1, 0
        skipped = self._head.lines
        blocks = utf8_blocks(self._path, self._source.encoding, self._block, self._seen)
        block = next(blocks, None)
        while block is not None:
            following = next(blocks, None)
            if skipped:
                end = 0
                for _ in range(skipped):
                    end = block.find(b"\n", end) + 1
                del block[:end]
                line, skipped = line + skipped, 0
            if rest:
                block[:0] = rest
            sieved = sieve(block, line, self._head.grammar, following is None)
            yield UnreadCsv(number, line, sieved, self._head.grammar, typed, plan.dialect)
            rest, line, number = sieved.rest, line + sieved.lines, number + 1
            block = following

    def _seen(self, position: int) -> None:
        self.bytes_read = position

    def _typed_columns(self, plan: FilePlan) -> "TypedColumns":
        """The types in which DuckDB reads the columns, texts where that could go wrong unseen."""
        formats = {
            name: self._time_format(position)
            for position, name in enumerate(self.columns)
            if plan.by_name[name].type is Type.TIMESTAMP
        }
        chosen = self._source.timestamp_format or next(filter(None, formats.values()), None)
        if chosen and "%z" in chosen.lower():
            chosen = None
        usual = NumberFormat(plan.dialect.number.decimal)
        stored = {}
        for position, column in enumerate(plan.columns):
            form = plan.dialect.of((column.name,)).number
            match column.type:
                case None | Type.TEXT | Type.JSON | Type.INTEGER:  # it would round 1.5 to 2
                    stored[column.name] = "VARCHAR"
                case Type.TIMESTAMP:
                    is_naive = chosen is not None and formats[column.name] == chosen
                    stored[column.name] = "TIMESTAMP" if is_naive else "VARCHAR"
                case kind if kind in DECIMALS:
                    is_usual = form == usual and are_plain(self._values(position))
                    stored[column.name] = str(kind) if is_usual else "VARCHAR"
                case _:
                    stored[column.name] = str(column.type)
        return TypedColumns(stored, chosen, plan.dialect)

    def _time_format(self, position: int) -> str | None:
        """The one format that all the first times of a column have; None where there is none."""
        if self._source.timestamp_format:
            return self._source.timestamp_format
        values = self._values(position)
        for time_format, pattern in _TIME_FORMATS.items():
            if values and all(pattern.fullmatch(value) for value in values):
                return time_format
        return None

    def _values(self, position: int) -> AbstractSet[str]:
        """What stands in a column of the first records."""
        return {fields[position] for fields in self._head.records} - {""}


@dataclass(frozen=True)
class TypedColumns:
    """Column → the DuckDB type that it is read in; the one format of TIMESTAMP columns."""

    stored: Mapping[str, str]
    time_format: str | None
    dialect: Dialect

    def options(self, quote: str, delimiter: str) -> str:
        """The options of `read_csv` for lines that are one record each."""
        # Positions instead of the file's names: those may be equal but for upper and lower case.
        types = ", ".join(f"'c{n}': '{t}'" for n, t in enumerate(self.stored.values()))
        options = [
            "auto_detect = false", "header = false", f"columns = {{{types}}}",
            f"delim = {literal(delimiter)}", f"quote = {literal(quote)}",
            f"escape = {literal(quote)}", "new_line = '\\n'", "comment = ''",
            f"decimal_separator = {literal(self.dialect.number.decimal)}",
            "store_rejects = true", "rejects_limit = 0",
        ]  # fmt: skip
        if self.time_format:
            options.append(f"timestampformat = {literal(self.time_format)}")
        if self.dialect.date_format:
            options.append(f"dateformat = {literal(self.dialect.date_format)}")
        return ", ".join(options)


@dataclass(frozen=True)
class UnreadCsv:
    """A sieved block that is still to be read; `first_line` is its first line in the file."""

    number: int
    first_line: int
    sieved: Sieved
    grammar: Grammar
    typed: TypedColumns
    dialect: Dialect

    def read(self, plan: FilePlan, scratch: Scratch) -> Piece:
        """The block's records: a typed frame, and one of texts for what DuckDB could not type."""
        names = list(self.typed.stored)
        rows = self.sieved.rows(self.first_line)
        table, rejected = self._read_plain(scratch)
        records, damaged = list(self.sieved.records), list(self.sieved.damaged)
        if table is None:
            rejected = np.arange(self.sieved.plain_rows)
        ends = self.sieved.plain_ends if len(rejected) else np.empty(0, np.int64)
        for at in rejected.tolist():
            start = int(ends[at - 1]) + 1 if at else 0
            line = self.sieved.plain[start : int(ends[at])]
            taken = take_record([line], 0, int(rows[at]), self.grammar, True)
            match taken.record:
                case Record():
                    records.append(taken.record)
                case Damaged():
                    damaged.append(taken.record)
        frames = []
        if table is not None and table.num_rows:
            kept = np.delete(rows, rejected) if len(rejected) else rows
            table = table.rename_columns(names).append_column(ROW, pa.array(kept))
            blanks = self.sieved.has_blanks
            frames.append(
                Frame(table, self.typed.stored, self.dialect, len(kept), may_have_blanks=blanks)
            )
        if records:
            frames.append(self._text_frame(sorted(records, key=lambda record: record.row)))
        raw = self._raw(records)
        return Piece(
            self.number, self.sieved.counted, tuple(frames), tuple(damaged), raw, raw.as_json
        )

    def _read_plain(self, scratch: Scratch) -> tuple[pa.Table | None, np.typing.NDArray[np.int64]]:
        """The typed rows and which lines (from 0) were rejected; None where it does not add up."""
        none = np.empty(0, np.int64)
        if not self.sieved.plain_rows:
            return None, none
        _overwrite(scratch.file, self.sieved.plain)
        quote = self.grammar.quote
        if quote and quote.encode() not in self.sieved.plain:
            quote = ""
        options = self.typed.options(quote, self.grammar.delimiter)
        connection = scratch.connection
        try:
            table = connection.execute(
                f"select * from read_csv({literal(str(scratch.file))}, {options})"
            ).to_arrow_table()
            positions = connection.execute(
                "select distinct line_byte_position from reject_errors order by all"
            ).fetchall()
        except duckdb.Error as error:
            _log.info("block %d is read as text: %s", self.number, type(error).__name__)
            return None, none
        finally:
            connection.execute("drop table if exists reject_errors")
            connection.execute("drop table if exists reject_scans")
        at = np.array([row[0] for row in positions], np.int64)
        rejected = np.unique(np.searchsorted(self.sieved.plain_ends, at)) if len(at) else none
        if table.num_rows + len(rejected) != self.sieved.plain_rows:
            _log.info("block %d is read as text: the rows do not add up", self.number)
            return None, none
        return table, rejected

    def _text_frame(self, records: Sequence[Record]) -> Frame:
        names = list(self.typed.stored)
        columns = zip(*(record.fields for record in records), strict=True)
        table = pa.table(
            [pa.array(column, pa.large_string()) for column in columns], names=names
        ).append_column(ROW, pa.array([record.row for record in records], pa.int64()))
        stored = dict.fromkeys(names, "VARCHAR")
        return Frame(table, stored, self.dialect, len(records), "texts", may_have_blanks=True)

    def _raw(self, records: Sequence[Record]) -> "RawLines":
        return RawLines(
            self.sieved,
            self.first_line,
            {record.row: record.raw for record in records},
            tuple(self.typed.stored),
            self.grammar,
        )


@dataclass(frozen=True)
class RawLines:
    """The text of a block's records by their line numbers."""

    sieved: Sieved
    first_line: int
    known: Mapping[int, str]
    columns: tuple[str, ...]
    grammar: Grammar

    def as_json(self, texts: Sequence[str]) -> list[str]:
        """The columns in the texts of records, as they are written, as JSON objects."""
        fields = (self.grammar.fields(text) or () for text in texts)
        return [
            json.dumps(dict(zip(self.columns, found, strict=False)), ensure_ascii=False)
            for found in fields
        ]

    def __call__(self, rows: Sequence[int]) -> list[str]:
        ends = self.sieved.plain_ends
        numbers = self.sieved.rows(self.first_line)
        texts = []
        for row in rows:
            if row in self.known:
                texts.append(self.known[row])
                continue
            at = int(np.searchsorted(numbers, row))
            start = int(ends[at - 1]) + 1 if at else 0
            texts.append(self.sieved.plain[start : int(ends[at])].decode())
        return texts


def _overwrite(path: Path, content: bytearray) -> None:
    """Write over the file that is there: fresh pages for every block cost as much as reading."""
    mode = "r+b" if path.exists() else "wb"
    with path.open(mode, buffering=0) as file:
        view = memoryview(content)
        while view:
            view = view[file.write(view) :]
        file.truncate()
