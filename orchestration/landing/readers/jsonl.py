"""JSON lines: every line one JSON object; its top-level names are the columns, values are texts.

Nested values are their JSON text. A line that is no JSON object is a damaged record.
"""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pyarrow as pa

from orchestration.landing.errors import LandingError, Reason
from orchestration.landing.number_formats import REAL_LIKE_GROUPED
from orchestration.landing.plan import FilePlan, refuse_many_columns
from orchestration.landing.readers.base import ROW, Damaged, Frame, Piece, Scratch
from orchestration.landing.readers.names import unique_names
from orchestration.landing.readers.text import (
    BLOCK,
    REPLACEMENT,
    is_transcoded,
    utf8_blocks,
)
from orchestration.landing.sources import Source
from orchestration.sql import literal, quoted

_LINES = "json_lines"
_SAMPLE_RECORDS = 2000
_BAD_ENCODING = (
    "bytes that are not of the file's encoding; save the file as UTF-8, or say its `encoding`"
)
_NO_OBJECT = "the line is not a JSON object; have it written again as one object per line"
_IS_OBJECT = "(case when json_valid(line) then json_type(line) end) = 'OBJECT'"


class JsonLinesReader:
    """A JSON lines file; raises `LandingError` where no line of it is a JSON object."""

    def __init__(
        self,
        path: Path,
        name: str,
        source: Source,
        connection: duckdb.DuckDBPyConnection,
        block: int = BLOCK // 4,
    ) -> None:
        self._path, self._source, self._block = path, source, block
        self._sample: pa.Table | None = None
        self.bytes_read = 0
        keys: dict[str, None] = {}
        for lines in self._blocks():
            connection.register(_LINES, lines.table())
            found = connection.execute(
                f"select key, min({ROW}) as first from (select {ROW}, unnest(json_keys(line)) as "
                f"key from {_LINES} where {_IS_OBJECT}) group by key order by first, key"
            ).fetchall()
            keys.update(dict.fromkeys(str(row[0]) for row in found))
            refuse_many_columns(name, len(keys))
            if self._sample is None and found:
                columns = _Columns(tuple(keys), unique_names(keys))
                self._sample = columns.table(connection, limit=_SAMPLE_RECORDS).drop_columns([ROW])
            connection.unregister(_LINES)
        if not keys:
            raise LandingError(
                f"{name}: no line of it is a JSON object. Is it JSON lines (one object per line)? "
                "Say what it is by `format`, or have it delivered again."
            )
        self._columns = _Columns(tuple(keys), unique_names(keys))
        self.columns = self._columns.names
        self.bytes_read = 0

    def _blocks(self) -> Iterator["_Lines"]:
        first = 1
        marked = REPLACEMENT if is_transcoded(self._source.encoding) else b""
        for block in utf8_blocks(self._path, self._source.encoding, self._block, self._seen):
            lines = _Lines.of(block, first, marked)
            first += lines.count
            yield lines

    def _seen(self, position: int) -> None:
        self.bytes_read = position

    def sample(self) -> pa.Table | None:
        """The first records, all columns VARCHAR."""
        if self._sample is None:
            return None
        missing = [name for name in self.columns if name not in self._sample.column_names]
        sample = self._sample
        for name in missing:
            sample = sample.append_column(name, pa.nulls(sample.num_rows, pa.string()))
        return sample

    def first_texts(self, rows: int) -> pa.Table | None:
        """The first records, for all values are texts."""
        sample = self.sample()
        return sample.slice(0, rows) if sample is not None else None

    def stored_types(self) -> Mapping[str, str]:
        """All values are taken as texts."""
        return {}

    def pieces(self, plan: FilePlan) -> Iterator["UnreadJsonLines"]:
        """The file's blocks of lines."""
        for number, lines in enumerate(self._blocks()):
            yield UnreadJsonLines(number, lines, self._columns)


@dataclass(frozen=True)
class _Lines:
    """Lines of a block that are not blank: their numbers in the file and their texts."""

    count: int
    rows: tuple[int, ...]
    texts: tuple[str, ...]
    damaged: tuple[Damaged, ...]

    @classmethod
    def of(cls, block: bytearray, first: int, marked: bytes) -> "_Lines":
        lines = block.split(b"\n")[:-1]
        rows, texts, damaged = [], [], []
        for row, line in enumerate(lines, first):
            if not line.strip():
                continue
            try:
                if marked and marked in line:
                    raise UnicodeError  # noqa: TRY301
                texts.append(line.decode())
                rows.append(row)
            except UnicodeError:
                raw = line.decode(errors="backslashreplace")
                damaged.append(Damaged(row, Reason.BAD_ENCODING, _BAD_ENCODING, raw))
        return cls(len(lines), tuple(rows), tuple(texts), tuple(damaged))

    def table(self) -> pa.Table:
        return pa.table(
            {ROW: pa.array(self.rows, pa.int64()), "line": pa.array(self.texts, pa.large_string())}
        )


@dataclass(frozen=True)
class _Columns:
    """The keys of the objects and the names of the columns that they become."""

    keys: tuple[str, ...]
    names: tuple[str, ...]

    def table(
        self,
        connection: duckdb.DuckDBPyConnection,
        as_json: Container[str] = (),
        limit: int | None = None,
        marked: Container[str] = (),
    ) -> pa.Table:
        """The registered lines that are objects: `_row` and every column, VARCHAR.

        Columns of `as_json` are JSON as it stands in the line; real numbers of the `marked`
        columns are as `number_sql` wants them.
        """
        pointers = ", ".join(
            literal("/" + key.replace("~", "~0").replace("/", "~1")) for key in self.keys
        )
        columns = ", ".join(
            f"{_marked_sql(number) if name in marked else f'{source}[{number}]'} as {quoted(name)}"
            for number, name in enumerate(self.names, 1)
            for source in ("jsons" if name in as_json else "texts",)
        )
        return connection.execute(
            f"select {ROW}, {columns} from (select {ROW}, json_extract_string(line, [{pointers}]) "
            f"as texts, json_extract(line, [{pointers}]) as jsons from {_LINES} where {_IS_OBJECT})"
            + (f" limit {limit}" if limit is not None else "")
        ).to_arrow_table()


def _marked_sql(number: int) -> str:
    """SQL: the text of the n-th value; one more zero where it is a real number like 1.234."""
    text = f"texts[{number}]"
    is_real = (
        f"regexp_full_match({text}, {literal(REAL_LIKE_GROUPED)}) "
        f"and json_type(jsons[{number}]) = 'DOUBLE'"
    )
    return f"case when {is_real} then {text} || '0' else {text} end"


@dataclass(frozen=True)
class UnreadJsonLines:
    """A block of lines that is still to be taken apart."""

    number: int
    lines: _Lines
    columns: _Columns

    def read(self, plan: FilePlan, scratch: Scratch) -> Piece:
        """The block's objects as texts; other lines are damaged."""
        connection = scratch.connection
        unmapped = {column.name for entity in plan.entities for column in entity.unmapped}
        connection.register(_LINES, self.lines.table())
        try:
            table = self.columns.table(connection, unmapped, marked=plan.marked_reals)
        finally:
            connection.unregister(_LINES)
        known = set(table.column(ROW).to_pylist())
        texts = dict(zip(self.lines.rows, self.lines.texts, strict=True))
        damaged = [
            Damaged(row, Reason.BROKEN_RECORD, _NO_OBJECT, text)
            for row, text in texts.items()
            if row not in known
        ]
        stored = {name: "JSON" if name in unmapped else "VARCHAR" for name in self.columns.names}
        dialect = replace(plan.dialect, points_too=True)
        frame = Frame(table, stored, dialect, table.num_rows, may_have_blanks=True)

        def raw(rows: Sequence[int]) -> list[str]:
            return [texts[row] for row in rows]

        return Piece(
            self.number,
            len(self.lines.rows) + len(self.lines.damaged),
            (frame,),
            (*self.lines.damaged, *damaged),
            raw,
        )
