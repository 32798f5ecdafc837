"""XLSX: the cells of one sheet as texts; whole numbers without `.0`, dates in ISO."""

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from pathlib import Path
from typing import TypeGuard

import pyarrow as pa

from orchestration.landing.errors import LandingError
from orchestration.landing.number_formats import REAL_LIKE_GROUPED
from orchestration.landing.plan import FilePlan
from orchestration.landing.readers.base import ROW, Frame, Piece, Scratch
from orchestration.landing.readers.names import unique_names
from orchestration.landing.readers.workbooks import Cell, sheet_rows
from orchestration.landing.sources import Source

_ROWS_AT_ONCE = 50_000
_SAMPLE_RECORDS = 2000

_Record = tuple[int, tuple[str | float | None, ...]]
"""A row's number and its cells: texts, and real numbers as such."""


class XlsxReader:
    """One sheet of a workbook; raises `LandingError` for no workbook, no such sheet, no header."""

    bytes_read = 0

    def __init__(self, path: Path, name: str, source: Source) -> None:
        rows = sheet_rows(path, name, source.sheet)
        header = [text_of(cell) for cell in rows[source.header_row - 1]] if (
            len(rows) >= source.header_row
        ) else []  # fmt: skip
        if not any(header):
            raise LandingError(
                f"{name} row {source.header_row}: no column names. Set `header_row` to the row "
                "that holds them, and `sheet` to the sheet."
            )
        self.columns = unique_names(header)
        rows_of_cells = (
            (number, tuple(cell if _is_real(cell) else text_of(cell) for cell in row))
            for number, row in enumerate(rows[source.header_row :], source.header_row + 1)
        )
        self._records: list[_Record] = [
            record for record in rows_of_cells if any(cell is not None for cell in record[1])
        ]

    def sample(self) -> pa.Table:
        """The first records, all columns VARCHAR."""
        return _table(self.columns, self._records[:_SAMPLE_RECORDS]).drop_columns([ROW])

    def first_texts(self, rows: int) -> pa.Table | None:
        """The first records, for all values are texts."""
        return self.sample().slice(0, rows)

    def stored_types(self) -> Mapping[str, str]:
        """Cells have types, columns have none."""
        return {}

    def pieces(self, plan: FilePlan) -> Iterator["UnreadXlsx"]:
        """The rows that are not blank, some at a time."""
        for number, first in enumerate(range(0, len(self._records), _ROWS_AT_ONCE)):
            records = tuple(self._records[first : first + _ROWS_AT_ONCE])
            yield UnreadXlsx(number, self.columns, records)


@dataclass(frozen=True)
class UnreadXlsx:
    """Rows of a sheet: their numbers in it and their cells as texts."""

    number: int
    columns: tuple[str, ...]
    records: tuple[_Record, ...]

    def read(self, plan: FilePlan, scratch: Scratch) -> Piece:
        """The rows as a frame of texts."""
        table = _table(self.columns, self.records, plan.marked_reals)
        stored = dict.fromkeys(self.columns, "VARCHAR")
        dialect = replace(plan.dialect, points_too=True)
        frame = Frame(table, stored, dialect, table.num_rows, may_have_blanks=True)
        return Piece(self.number, len(self.records), (frame,))


def _table(
    columns: Sequence[str], records: Sequence[_Record], marked: Container[str] = ()
) -> pa.Table:
    """The records as texts; real numbers of the `marked` columns as `number_sql` wants them."""
    arrays = {
        name: pa.array(
            [_text(cells[position], name in marked) for _, cells in records], pa.large_string()
        )
        for position, name in enumerate(columns)
    }
    return pa.table({**arrays, ROW: pa.array([row for row, _ in records], pa.int64())})


def _is_real(cell: Cell | float) -> TypeGuard[float]:
    return isinstance(cell, float) and not cell.is_integer()


def _text(cell: str | float | None, is_marked: bool) -> str | None:
    if not isinstance(cell, float):
        return cell
    text = str(cell)
    return f"{text}0" if is_marked and re.fullmatch(REAL_LIKE_GROUPED, text) else text


def text_of(cell: Cell) -> str | None:
    """A cell as text: 17850.0 is `17850`, midnight is its date, an empty cell is None."""
    match cell:
        case None | "":
            return None
        case bool():
            text = "true" if cell else "false"
        case float() if cell.is_integer() and abs(cell) < 1e15:
            text = str(int(cell))
        case datetime() if cell.time() == time():
            text = cell.date().isoformat()
        case datetime():
            text = cell.isoformat(sep=" ")
        case date() | time():
            text = cell.isoformat()
        case _:
            text = str(cell)
    return text
