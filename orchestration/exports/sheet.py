"""A workbook of one sheet for people: the same rows give the same bytes."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import xlsxwriter

from orchestration.exports.model import FileRefusedError, Reason

MOST_ROWS = (1 << 20) - 1
"""Rows of data that a sheet can hold below its header."""

_BATCH = 10_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0")
_NEVER = datetime(2000, 1, 1)  # noqa: DTZ001 - a workbook's own times have no zone
_WIDEST, _NARROWEST = 60, 10


def write_sheet(
    connection: duckdb.DuckDBPyConnection, query: str, titles: tuple[str, ...], path: Path
) -> int:
    """Write the rows of `query` below `titles`; returns how many.

    Text stays text, also digits and what looks like a formula, which moreover gets an apostrophe;
    dates and numbers can be sorted and summed. The header stays in view and filters.

    Raises `FileRefusedError`, and leaves no file, where a sheet cannot hold the rows.
    """
    found = connection.execute(query)
    # Its temporary files hold what the sheet does: they stay in the folder that is the owner's.
    book = xlsxwriter.Workbook(
        str(path),
        {"constant_memory": True, "tmpdir": str(path.parent), "default_date_format": "yyyy-mm-dd"},
    )
    book.set_properties({"created": _NEVER})
    page = book.add_worksheet("list")
    bold = book.add_format({"bold": True})
    for place, title in enumerate(titles):
        page.set_column(place, place, min(max(len(title) + 4, _NARROWEST), _WIDEST))
        page.write_string(0, place, title, bold)
    page.freeze_panes(1, 0)
    row = 0
    while batch := found.fetchmany(_BATCH):
        for cells in batch:
            row += 1
            if row > MOST_ROWS:
                book.close()
                path.unlink()
                raise FileRefusedError(
                    Reason.ABOVE_MAXIMUM,
                    f"A sheet holds no more than {MOST_ROWS:,} rows. Divide the segment.",
                )
            for place, cell in enumerate(cells):
                _write(page, row, place, cell)
    page.autofilter(0, 0, row, len(titles) - 1)
    book.close()
    return row


def _write(page: Any, row: int, place: int, cell: object) -> None:
    if cell is None:
        return
    if isinstance(cell, bool | int | float | Decimal):
        page.write_number(row, place, cell)
    elif isinstance(cell, date):
        page.write_datetime(row, place, cell)
    else:
        text = str(cell)
        page.write_string(row, place, f"'{text}" if text.startswith(_FORMULA) else text)
