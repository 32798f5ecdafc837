"""The table that goes out to a person and comes back corrected: CSV, or XLSX for spreadsheets.

Our own columns begin with `quarantine_` and tell what is wrong; the others are those of the source,
with the texts that were read. Only the id and what was corrected have to come back.
"""

import csv
import io
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import xlsxwriter

from orchestration.files import write_aside_then_rename
from orchestration.landing.errors import LandingError
from orchestration.landing.readers.workbooks import sheet_rows
from orchestration.landing.readers.xlsx import text_of

ID, ACTION = "quarantine_id", "quarantine_action"
OURS = (
    ID, ACTION, "quarantine_source", "quarantine_entity", "quarantine_file", "quarantine_line",
    "quarantine_reason", "quarantine_column", "quarantine_value", "quarantine_message",
    "quarantine_raw_row",
)  # fmt: skip
_LONGEST_CELL = 32_767
"""Characters that a cell of a spreadsheet holds."""
_SHEET = "quarantine"
_DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True)
class SheetRow:
    """A row as it came back: its line, and its texts by column."""

    line: int
    cells: Mapping[str, str]


def write_sheet(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> int:
    """Write the table to a `.csv` or `.xlsx` file that only its owner may read; returns its rows.

    Raises `LandingError` for another ending, and for a text that no spreadsheet can hold.
    """
    if path.suffix.lower() not in (".csv", ".xlsx"):
        raise LandingError(f"{path}: write to a file that ends in .csv or .xlsx.")
    count = 0

    def texts() -> Iterator[list[str]]:
        nonlocal count
        yield list(columns)
        for row in rows:
            count += 1
            yield [row.get(column) or "" for column in columns]

    path.parent.mkdir(parents=True, exist_ok=True)
    with write_aside_then_rename(path) as aside:
        os.close(os.open(aside, os.O_CREAT | os.O_WRONLY, 0o600))
        if path.suffix.lower() == ".csv":
            with aside.open("w", encoding="utf-8-sig", newline="") as file:
                csv.writer(file).writerows(texts())
        else:
            _write_workbook(aside, texts(), columns)
    return count


def _write_workbook(path: Path, rows: Iterable[list[str]], columns: Sequence[str]) -> None:
    """Every cell is a text, so that no program takes an id for a number or a date."""
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "in_memory": False})
    as_text = book.add_format({"num_format": "@"})
    sheet = book.add_worksheet(_SHEET)
    sheet.set_column(0, max(len(columns) - 1, 0), None, as_text)
    sheet.freeze_panes(1, 1)
    for number, row in enumerate(rows):
        for place, text in enumerate(row):
            if len(text) <= _LONGEST_CELL:
                sheet.write_string(number, place, text, as_text)
            elif columns[place] in OURS:
                sheet.write_string(number, place, text[:_LONGEST_CELL], as_text)
            else:
                book.close()
                raise LandingError(
                    f"column {columns[place]!r} holds a text of {len(text):,} characters, more "
                    "than a cell of a spreadsheet can hold. Export to a .csv file."
                )
    book.close()


def read_sheet(path: Path) -> tuple[tuple[str, ...], list[SheetRow]]:
    """The columns and the rows of a table that came back; blank rows are left out.

    Raises `LandingError` where it cannot be read, or has no column `quarantine_id`.
    """
    if not path.is_file():
        raise LandingError(f"{path}: there is no such file.")
    match path.suffix.lower():
        case ".xlsx":
            lines = list(_workbook_lines(path))
        case _:
            lines = list(_csv_lines(path))
    if not lines or ID not in (header := [name.strip() for name in lines[0][1]]):
        raise LandingError(
            f"{path.name}: has no column {ID!r}, so that its rows cannot be told. Correct a file "
            "that `retention quarantine export` wrote, and keep that column."
        )
    repeated = {name for name in header if name and header.count(name) > 1}
    if repeated:
        raise LandingError(f"{path.name}: column {sorted(repeated)[0]!r} stands twice. Keep one.")
    rows = []
    for line, cells in lines[1:]:
        if len(cells) > len(header):
            raise LandingError(
                f"{path.name} line {line}: {len(cells)} cells where the header has {len(header)}. "
                "Put texts that hold the delimiter in quotes."
            )
        if any(cells):
            rows.append(SheetRow(line, dict(zip(header, cells, strict=False))))
    return tuple(header), rows


def _csv_lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise LandingError(
            f"{path.name} line {line}: is not UTF-8. Save the file as “CSV UTF-8”, or work with an "
            ".xlsx file."
        ) from None
    header = text.split("\n", 1)[0].replace('"', "")
    delimiter = next((mark for mark in _DELIMITERS if f"{ID}{mark}" in header), ",")
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise LandingError(
            f"{path.name} line {line}: cannot be read as CSV ({error}). Close the quote, and "
            "double quotes inside texts."
        ) from None


def _workbook_lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    for line, cells in enumerate(sheet_rows(path, path.name, None), 1):
        yield line, [text_of(cell) or "" for cell in cells]
