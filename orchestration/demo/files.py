"""The files of a demo folder: opened on first use, appended by blocks, counted as they grow."""

import contextlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from orchestration.demo.dirt import Codes, count_dirt
from orchestration.demo.report import DemoFile
from orchestration.demo.text import raw

_ROW_GROUP = 16_384
"""Rows that a Parquet file gathers before it writes them: each open month holds that many."""
_CLEAN = np.zeros(0, dtype=np.uint8)
_A_MOMENT = datetime(2026, 1, 1)  # noqa: DTZ001 (workbooks know no zones)
_EXCEL_EPOCH = (date(1970, 1, 1) - date(1899, 12, 30)).days


class _Sink(Protocol):
    def append(self, content: Any) -> None: ...
    def close(self) -> None: ...


class _Lines:
    """Text lines, as they are or in another encoding; the header goes first."""

    def __init__(self, path: Path, header: str, encoding: str) -> None:
        self._encoding = encoding
        self._file: BinaryIO = path.open("wb")
        self._file.write(header.encode(encoding))

    def append(self, content: pa.Array) -> None:
        lines = raw(content)
        if self._encoding == "utf-8":
            self._file.write(lines)
        else:
            self._file.write(str(lines, "utf-8").encode(self._encoding))

    def close(self) -> None:
        self._file.close()


class _Tables:
    """One Parquet file, written in row groups of a useful size."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._writer = pq.ParquetWriter(path, schema)
        self._waiting: list[pa.Table] = []

    def append(self, content: pa.Table) -> None:
        # A copy: a slice would keep the whole block in memory.
        self._waiting.append(content.take(pa.array(np.arange(len(content)))))
        if sum(map(len, self._waiting)) >= _ROW_GROUP:
            self._write()

    def _write(self) -> None:
        if any(map(len, self._waiting)):
            table = pa.concat_tables(self._waiting)
            self._writer.write_table(table, row_group_size=len(table))
        self._waiting = []

    def close(self) -> None:
        self._write()
        self._writer.close()


@dataclass(frozen=True)
class Sheet:
    """How a workbook looks: the sheet's name, lines above the header, the header, and the places
    of the columns that hold days (numbers of days since 1970; texts stay texts)."""

    name: str
    above: tuple[str, ...]
    header: tuple[str, ...]
    day_columns: frozenset[int]


class _Workbook:
    """One sheet, row by row: workbooks are only made of entities that stay small."""

    def __init__(self, path: Path, sheet: Sheet) -> None:
        self._book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
        # The writer would enter today's time: the same seed gives the same bytes.
        self._book.set_properties({"created": _A_MOMENT, "author": "demo"})
        self._sheet = self._book.add_worksheet(sheet.name)
        self._day_format = self._book.add_format({"num_format": "dd.mm.yyyy"})
        self._day_columns = sheet.day_columns
        for row, line in enumerate(sheet.above):
            self._sheet.write_string(row, 0, line)
        self._row = len(sheet.above)
        self._sheet.write_row(self._row, 0, sheet.header)

    def append(self, content: list[tuple[Any, ...]]) -> None:
        for values in content:
            self._row += 1
            for column, value in enumerate(values):
                if value is None:
                    continue
                if isinstance(value, str):
                    self._sheet.write_string(self._row, column, value)
                elif isinstance(value, bool):
                    self._sheet.write_boolean(self._row, column, value)
                elif column in self._day_columns:
                    serial = value + _EXCEL_EPOCH
                    self._sheet.write_number(self._row, column, serial, self._day_format)
                else:
                    self._sheet.write_number(self._row, column, value)

    def close(self) -> None:
        self._book.close()


@dataclass
class _Counted:
    entity: str
    sink: _Sink
    rows: int = 0
    dirty: Counter[str] = field(default_factory=Counter)


class DemoFolder:
    """A folder under construction. Use it as a context: leaving it closes every file."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._open: dict[str, _Counted] = {}
        self._closing = contextlib.ExitStack()

    def __enter__(self) -> "DemoFolder":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.close()

    def lines(
        self,
        path: str,
        entity: str,
        lines: pa.Array,
        dirt: Codes = _CLEAN,
        *,
        header: str = "",
        encoding: str = "utf-8",
    ) -> None:
        """Append lines (each with its line end; text or, where UTF-8 is wanted, bytes)."""
        file = self._file(path, entity, lambda full: _Lines(full, header, encoding))
        self._append(file, lines, len(lines), dirt)

    def table(self, path: str, entity: str, table: pa.Table, dirt: Codes = _CLEAN) -> None:
        """Append rows to a Parquet file."""
        file = self._file(path, entity, lambda full: _Tables(full, table.schema))
        self._append(file, table, len(table), dirt)

    def sheet(
        self, path: str, entity: str, sheet: Sheet, rows: list[tuple[Any, ...]], dirt: Codes
    ) -> None:
        """Append rows to a workbook."""
        file = self._file(path, entity, lambda full: _Workbook(full, sheet))
        self._append(file, rows, len(rows), dirt)

    def rows(self) -> dict[str, int]:
        """Rows per entity so far."""
        counts: Counter[str] = Counter()
        for file in self._open.values():
            counts[file.entity] += file.rows
        return dict(counts)

    def report(self) -> tuple[DemoFile, ...]:
        """All files made so far, by path."""
        return tuple(
            DemoFile(path, file.entity, file.rows, dict(sorted(file.dirty.items())))
            for path, file in sorted(self._open.items())
        )

    def _file(self, path: str, entity: str, opened: Any) -> _Counted:
        if path not in self._open:
            full = self._root / path
            full.parent.mkdir(parents=True, exist_ok=True)
            sink: _Sink = opened(full)
            self._closing.callback(sink.close)
            self._open[path] = _Counted(entity, sink)
        return self._open[path]

    @staticmethod
    def _append(file: _Counted, content: Any, rows: int, dirt: Codes) -> None:
        file.sink.append(content)
        file.rows += rows
        file.dirty.update(count_dirt(dirt))
