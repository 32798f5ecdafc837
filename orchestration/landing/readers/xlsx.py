"""XLSX: the cells of one sheet as texts; whole numbers without `.0`, dates in ISO."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pyarrow as pa
import python_calamine

from orchestration.landing.errors import LandingError, did_you_mean, listed
from orchestration.landing.plan import FilePlan
from orchestration.landing.readers.base import ROW, Frame, Piece, Scratch
from orchestration.landing.readers.names import unique_names
from orchestration.landing.sources import Source

_ROWS_AT_ONCE = 50_000
_SAMPLE_RECORDS = 2000

Cell = str | float | int | bool | date | datetime | time | timedelta | None


class XlsxReader:
    """One sheet of a workbook; raises `LandingError` for no workbook, no such sheet, no header."""

    bytes_read = 0

    def __init__(self, path: Path, name: str, source: Source) -> None:
        try:
            workbook = python_calamine.CalamineWorkbook.from_path(str(path))
        except (OSError, python_calamine.CalamineError) as error:
            raise LandingError(
                f"{name}: is not an XLSX workbook ({error}). Have it delivered again, or say what "
                "it is by `format`."
            ) from error
        sheets = workbook.sheet_names
        sheet = source.sheet or (sheets[0] if sheets else "")
        if sheet not in sheets:
            raise LandingError(
                f"{name}: has no sheet {sheet!r}.{did_you_mean(sheet, sheets)} "
                f"Sheets found: {listed(sheets)}. Set `sheet`."
            )
        rows = workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        header = [text_of(cell) for cell in rows[source.header_row - 1]] if (
            len(rows) >= source.header_row
        ) else []  # fmt: skip
        if not any(header):
            raise LandingError(
                f"{name} row {source.header_row}: no column names in sheet {sheet!r}. Set "
                "`header_row` to the row that holds them."
            )
        self.columns = unique_names(header)
        self._records = [
            (number, tuple(text_of(cell) for cell in row))
            for number, row in enumerate(rows[source.header_row :], source.header_row + 1)
        ]
        self._records = [record for record in self._records if any(record[1])]

    def sample(self) -> pa.Table:
        """The first records, all columns VARCHAR."""
        return _table(self.columns, self._records[:_SAMPLE_RECORDS]).drop_columns([ROW])

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
    records: tuple[tuple[int, tuple[str | None, ...]], ...]

    def read(self, plan: FilePlan, scratch: Scratch) -> Piece:
        """The rows as a frame of texts."""
        table = _table(self.columns, self.records)
        stored = dict.fromkeys(self.columns, "VARCHAR")
        dialect = replace(plan.dialect, points_too=True)
        frame = Frame(table, stored, dialect, table.num_rows, may_have_blanks=True)
        return Piece(self.number, len(self.records), (frame,))


def _table(
    columns: tuple[str, ...],
    records: tuple[tuple[int, tuple[str | None, ...]], ...]
    | list[tuple[int, tuple[str | None, ...]]],
) -> pa.Table:
    arrays = {
        name: pa.array([cells[position] for _, cells in records], pa.large_string())
        for position, name in enumerate(columns)
    }
    return pa.table({**arrays, ROW: pa.array([row for row, _ in records], pa.int64())})


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
