"""Which lines of a file are records, counted by other programs than landing's own."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from xml.etree import ElementTree

_CELLS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def records_of(form: str, content: bytes) -> set[int] | None:
    """The numbers of the lines on which records begin; of workbooks those of rows with a value.

    None where nobody but landing says where the records of a torn file begin.
    """
    match form:
        case "csv":
            return _of_csv(content)
        case "jsonl":
            return set(_filled(content.split(b"\n"))) if content.strip() else None
        case _:
            return _of_workbook(content)


def lines_of(content: bytes) -> list[bytes]:
    """The lines of a text, whatever ends them."""
    if b"\n" not in content:
        return content.split(b"\r")
    return content.replace(b"\r\n", b"\n").split(b"\n")


def _filled(lines: Sequence[bytes]) -> Iterator[int]:
    return (number for number, line in enumerate(lines, 1) if line.strip(b" \t\r"))


def _of_csv(content: bytes) -> set[int] | None:
    lines = lines_of(content)
    if b'"' not in content:
        _header, *records = _filled(lines)
        return set(records)
    try:
        texts = [line.decode() + "\n" for line in lines]
    except UnicodeDecodeError:
        return None
    if b"\0" in content:  # which ends a record, as other broken bytes do
        return None
    reader = csv.reader(texts, strict=True)
    begins: set[int] = set()
    try:
        while True:
            line = reader.line_num + 1
            row = next(reader)
            if len(row) > 1 or any(cell.strip(" \t") for cell in row):
                begins.add(line)
    except StopIteration:
        return begins - {min(begins)}
    except csv.Error:
        return None


def _of_workbook(content: bytes) -> set[int] | None:
    """Rows below the first that have a cell with a value."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            sheet = _xml(parts.read("xl/worksheets/sheet1.xml"))
            texts = [
                "".join(text.text or "" for text in one.iter(f"{_CELLS}t"))
                for one in _xml(parts.read("xl/sharedStrings.xml"))
            ]
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError):
        return None
    rows: set[int] = set()
    for cell in sheet.iter(f"{_CELLS}c"):
        value = "".join(
            text.text or "" for text in cell.iter() if text.tag in (f"{_CELLS}v", f"{_CELLS}t")
        )
        if texts[int(value)] if cell.get("t") == "s" else value:
            rows.add(int(re.sub("[A-Z]+", "", cell.attrib["r"])))
    return rows - {1}


def _xml(text: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(text)  # noqa: S314 - made by these tests
