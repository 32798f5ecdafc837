"""Workbooks: the rows of one sheet, or one clear message for what no program could read."""

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TypeVar

import python_calamine

from orchestration.landing.errors import LandingError, did_you_mean, listed

Cell = str | float | int | bool | date | datetime | time | timedelta | None

_MOST_CELLS = 50_000_000
_MOST_ROWS = 1 << 20
_LARGEST = 4 << 30
"""Bytes that a workbook may unpack to."""
_CHUNK = 4 << 20
_OVERLAP = 64
_ROW = re.compile(rb'\br="(\d+)"')
_FAR_CELL = re.compile(rb'\br="[A-Za-z]{1,3}(\d{6,})"')
_COLUMN = re.compile(rb'\br="([A-Za-z]{1,3})\d')

Result = TypeVar("Result")


def sheet_rows(path: Path, name: str, sheet: str | None) -> Sequence[Sequence[Cell]]:
    """All rows of a sheet (None: the first one), from the sheet's row 1 on.

    Raises `LandingError` for no workbook, no such sheet, and for a table too large for memory.
    """
    _refuse_vast(path, name)
    workbook = _calamine(name, lambda: python_calamine.CalamineWorkbook.from_path(str(path)))
    sheets = workbook.sheet_names
    if not sheets:
        raise LandingError(f"{name}: is a workbook without any sheet. Have it delivered again.")
    wanted = sheet or sheets[0]
    if wanted not in sheets:
        raise LandingError(
            f"{name}: has no sheet {wanted!r}.{did_you_mean(wanted, sheets)} "
            f"Sheets found: {listed(sheets)}. Set `sheet`."
        )
    return _calamine(
        name, lambda: workbook.get_sheet_by_name(wanted).to_python(skip_empty_area=False)
    )


def _calamine(name: str, call: Callable[[], Result]) -> Result:
    """What a call gives; a failure of it, however deep, becomes a message."""
    try:
        return call()
    except (OSError, python_calamine.CalamineError) as error:
        raise _no_workbook(name, error) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # of the library's own engine
            raise
        raise _no_workbook(name, error) from error


def _no_workbook(name: str, error: object) -> LandingError:
    return LandingError(
        f"{name}: is not an XLSX workbook ({error}). Have it delivered again, or say what it is by "
        "`format`."
    )


def _refuse_vast(path: Path, name: str) -> None:
    """Refuse what the table between the first and the last cell would not fit into memory.

    One cell far outside is enough for that: the reader makes room for all cells between.
    """
    try:
        with zipfile.ZipFile(path) as parts:
            if sum(part.file_size for part in parts.infolist()) > _LARGEST:
                raise LandingError(
                    f"{name}: unpacks to more than {_LARGEST >> 30} GiB. Have it delivered as CSV."
                )
            for part in parts.infolist():
                rows, columns = _span(parts, part)
                if rows > _MOST_ROWS or rows * columns > _MOST_CELLS:
                    raise LandingError(
                        f"{name}: a cell in row {rows:,} or column {columns:,} makes a table of "
                        f"more than {_MOST_CELLS:,} cells. Clear what stands far outside the "
                        "table, or have it delivered as CSV."
                    )
    except (OSError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as error:
        if isinstance(error, LandingError):
            raise
        raise _no_workbook(name, error) from error


def _span(parts: zipfile.ZipFile, part: zipfile.ZipInfo) -> tuple[int, int]:
    """The last row and column that a sheet's cells name; 0 in parts that hold no sheet."""
    rows, columns = 0, 0
    for chunk in _chunks(parts, part):
        found = {*_ROW.findall(chunk), *_FAR_CELL.findall(chunk)}
        rows = max(rows, max((int(number[:9]) for number in found), default=0))
        columns = max(columns, max(map(_place, set(_COLUMN.findall(chunk))), default=0))
    return rows, columns


def _chunks(parts: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    if not part.filename.lower().endswith(".xml"):
        return
    with parts.open(part) as opened:
        kept = b""
        while chunk := opened.read(_CHUNK):
            yield kept + chunk
            kept = chunk[-_OVERLAP:]


def _place(column: bytes) -> int:
    """The number of a column, from 1: XFD is 16,384."""
    number = 0
    for letter in column.upper():
        number = number * 26 + letter - 64
    return number
