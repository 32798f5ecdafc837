"""Every kind of damage: what is done to a sound file of three rows, or of any.

A file is its rows (lists of texts, the header first) until it is written; some kinds change rows,
some what is written of them.
"""

import io
import json
import random
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import xlsxwriter

Rows = list[list[str]]
HEADER = ["id", "order", "quantity", "price", "at", "note"]
QUANTITY, PRICE, AT, NOTE = 2, 3, 4, 5


@dataclass(frozen=True)
class Kind:
    """One kind of damage to files of a format. `rows` or `written` does it, with a dice."""

    format: str
    words: str
    rows: Callable[[Rows, random.Random], None] | None = None
    written: Callable[[bytes, random.Random], bytes] | None = None
    encoding: str = "utf-8"
    is_large: bool = False
    """Takes a tenth of a second: a few are enough."""
    is_harmless: bool = False
    """Another way to write a sound file."""


def sound_rows(count: int, dice: random.Random) -> Rows:
    """A header and rows that can all be accepted."""
    return [
        list(HEADER),
        *(
            [f"L{n}", f"O{dice.randint(0, 9)}", str(dice.randint(1, 9)), f"{dice.randint(0, 99)}.5",
             "2024-01-31 10:00:00", dice.choice(["", "note", "Ünïcode €"])]
            for n in range(count)
        ),
    ]  # fmt: skip


def _cell(column: int, text: str, rows: Rows, dice: random.Random) -> None:
    """Put a text into one cell."""
    dice.choice(rows[1:])[column] = text


def _ragged(change: Callable[[list[str]], None], rows: Rows, dice: random.Random) -> None:
    change(dice.choice(rows[1:]))


def _header(change: Callable[[list[str]], None], rows: Rows, _dice: random.Random) -> None:
    change(rows[0])


def _insert(text: bytes, content: bytes, dice: random.Random) -> bytes:
    """Put bytes somewhere behind the header."""
    place = dice.randint(content.find(b"\n") + 1, len(content))
    return content[:place] + text + content[place:]


def _noise(content: bytes, dice: random.Random) -> bytes:
    """Binary noise over some bytes behind the header."""
    start = dice.randint(content.find(b"\n") + 1, len(content) - 1)
    return content[:start] + dice.randbytes(9) + content[start + 9 :]


def _cut(content: bytes, dice: random.Random) -> bytes:
    return content[: dice.randint(content.find(b"\n") + 2, len(content) - 1)]


def _last_line(text: bytes, content: bytes, _dice: random.Random) -> bytes:
    """Put a line before the last one."""
    lines = content.splitlines(keepends=True)
    return b"".join([*lines[:-1], text + b"\n", lines[-1]])


def _replaced(old: bytes, new: bytes, content: bytes, _dice: random.Random) -> bytes:
    return content.replace(old, new)


def _large_cell(content: bytes, _dice: random.Random) -> bytes:
    return content.replace(b"2024-01-31 10:00:00", b"x" * (10 << 20), 1)


def _only(content: bytes, _old: bytes, _dice: random.Random) -> bytes:
    return content


def _mixed(encoding: str, content: bytes, _dice: random.Random) -> bytes:
    """The last line in another encoding than the others."""
    *lines, last = content.splitlines(keepends=True)
    return b"".join([*lines, last.decode().replace("\n", " Ünï\n").encode(encoding)])


_VALUES = [
    ("a number where 1e309 stands, larger than any", QUANTITY, "1e309"),
    ("a number that is a word", PRICE, "many"),
    ("a number that is `nan`", PRICE, "nan"),
    ("an amount of thirty digits", PRICE, "9" * 30),
    ("a quantity of 0", QUANTITY, "0"),
    ("31 February as a date", AT, "2024-02-31"),
    ("`31.02` as a date", AT, "31.02"),
    ("1 January 1970, the date of who knows none", AT, "1970-01-01 00:00:00"),
    ("a date in the year 2999", AT, "2999-12-31"),
    ("no value in a required column", QUANTITY, ""),
    ("a formula as a text", NOTE, "=1+1"),
]


def _of_values(form: str) -> list[Kind]:
    return [Kind(form, words, rows=partial(_cell, at, text)) for words, at, text in _VALUES]


_NEW_HEADER = {
    "a mapped column is missing": lambda names: names.__setitem__(PRICE, "amount"),
    "a column is named twice": lambda names: names.__setitem__(NOTE, "id"),
    "a column has no name": lambda names: names.__setitem__(NOTE, ""),
}

CSV = [
    *_of_values("csv"),
    *(Kind("csv", words, rows=partial(_header, change)) for words, change in _NEW_HEADER.items()),
    Kind("csv", "a row with a column too few", rows=partial(_ragged, lambda row: row.pop())),
    Kind("csv", "a row with columns too many", rows=partial(_ragged, lambda row: row.extend("xy"))),
    Kind(
        "csv",
        "a quote that is never closed",
        written=partial(_insert, b'\nL,O,1,1,,"torn\n'),
    ),
    Kind("csv", "text after a closed quote", written=partial(_last_line, b'L,O,1,1,,"a"b')),
    Kind("csv", "a quote in the middle of a text", written=partial(_last_line, b'L,O,1,1,,a"b')),
    Kind("csv", "a line end inside quotes", written=partial(_last_line, b'L,O,1,1,,"a\nb"')),
    Kind("csv", "NUL bytes", written=partial(_insert, b"\0\0")),
    Kind("csv", "a cell of 10 MB", written=_large_cell, is_large=True),
    Kind("csv", "a lone carriage return", written=partial(_insert, b"\r")),
    Kind("csv", "bytes that are not UTF-8", written=partial(_insert, b"\xff\xfe\xc3")),
    Kind("csv", "a line in another encoding (cp1252)", written=partial(_mixed, "cp1252")),
    Kind("csv", "a line in another encoding (utf-16)", written=partial(_mixed, "utf-16-le")),
    Kind("csv", "binary noise", written=_noise),
    Kind("csv", "empty lines", written=partial(_insert, b"\n\n\n")),
    Kind("csv", "the file ends in the middle of a line", written=_cut),
    Kind("csv", "another delimiter than the settings say", written=partial(_replaced, b",", b";")),
    Kind(
        "csv", "line ends of Windows", written=partial(_replaced, b"\n", b"\r\n"), is_harmless=True
    ),
    Kind(
        "csv", "line ends of old Macs", written=partial(_replaced, b"\n", b"\r"), is_harmless=True
    ),
    Kind(
        "csv",
        "a byte order mark",
        written=lambda content, _: b"\xef\xbb\xbf" + content,
        is_harmless=True,
    ),
    Kind("csv", "the whole file is UTF-16", encoding="utf-16"),
    Kind("csv", "the file is empty", written=partial(_only, b"")),
    Kind("csv", "nothing but blanks and line ends", written=partial(_only, b" \n\n \n")),
    Kind("csv", "a header and no rows", written=lambda content, _: content.splitlines()[0]),
    Kind("csv", "nothing but noise", written=lambda _, dice: dice.randbytes(300)),
    Kind("csv", "NULs and nothing else", written=partial(_only, b"\0" * 64)),
    Kind("csv", "an XLSX workbook with the wrong ending", written=lambda *_: workbook([HEADER])),
]

_ONE = b'{"id": "L", "order": %b, "quantity": 1, "price": 2}'

JSONL = [
    *_of_values("jsonl"),
    Kind("jsonl", "a mapped column is missing",
         written=partial(_replaced, b'"price"', b'"amount"')),
    Kind("jsonl", "a name twice in one object",
         written=partial(_last_line, _ONE.replace(b"{", b'{"id": "M", ') % b'"O"')),
    Kind("jsonl", "a line that is no object", written=partial(_last_line, b"[1, 2]")),
    Kind("jsonl", "a torn object", written=partial(_last_line, b'{"id": "L", "order": ')),
    Kind("jsonl", "two objects in one line", written=partial(_last_line, b"{} {}")),
    Kind("jsonl", "a nested object", written=partial(_last_line, _ONE % b'{"a": 1}')),
    Kind("jsonl", "a thousand brackets deep",
         written=partial(_last_line, _ONE % (b"[" * 1000 + b"]" * 1000))),
    Kind("jsonl", "NaN and Infinity, which are no JSON",
         written=partial(_last_line, b'{"id": "L", "order": "O", "quantity": NaN}')),
    Kind("jsonl", "half a surrogate pair",
         written=partial(_last_line, _ONE % b'"\\ud800"')),
    Kind("jsonl", "a value of 10 MB", written=_large_cell, is_large=True),
    Kind("jsonl", "NUL bytes", written=partial(_insert, b"\0\0")),
    Kind("jsonl", "bytes that are not UTF-8",
         written=partial(_insert, b"\xff\xfe\xc3")),
    Kind("jsonl", "binary noise", written=_noise),
    Kind("jsonl", "empty lines", written=partial(_insert, b"\n\n\n")),
    Kind("jsonl", "the file ends in the middle of a line", written=_cut),
    Kind("jsonl", "one JSON array instead of lines",
         written=lambda content, _: b"[" + content.strip().replace(b"\n", b",\n") + b"]"),
    Kind("jsonl", "line ends of Windows",
         written=partial(_replaced, b"\n", b"\r\n"), is_harmless=True),
    Kind("jsonl", "a byte order mark",
         written=lambda content, _: b"\xef\xbb\xbf" + content, is_harmless=True),
    Kind("jsonl", "the whole file is UTF-16", encoding="utf-16"),
    Kind("jsonl", "the file is empty", written=partial(_only, b"")),
    Kind("jsonl", "nothing but noise", written=lambda _, dice: dice.randbytes(300)),
]  # fmt: skip


def workbook(rows: Sequence[Sequence[str]], formula: str = "", error: bool = False) -> bytes:
    """An XLSX workbook; numbers as numbers. `formula`: in the last row's last cell."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_numbers": True}) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, [cell if cell != "=1+1" else "'=1+1" for cell in row])
        if formula:
            value = "#DIV/0!" if error else 2
            sheet.write_formula(len(rows) - 1, len(rows[-1]) - 1, formula, None, value)
    return file.getvalue()


def _formula(formula: str, error: bool, content: bytes, dice: random.Random) -> bytes:
    return workbook(sound_rows(3, dice), formula, error)


def _formula_without_value(content: bytes, _dice: random.Random) -> bytes:
    """As programs write it that do not compute: the first row's quantity."""
    bare = b'<c r="C2"><f>1+1</f></c>'
    return _with_sheet(content, lambda text: re.sub(rb'<c r="C2".*?</c>', bare, text))


def _far_cell(_content: bytes, dice: random.Random) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate(sound_rows(3, dice)):
            sheet.write_row(place, 0, row)
        sheet.write(1_000_000, 16_000, "far")
    return file.getvalue()


def _without_part(content: bytes, dice: random.Random) -> bytes:
    """The archive without one of its parts."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        kept = parts.infolist()
        kept.remove(dice.choice(kept))
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as target:
            for part in kept:
                target.writestr(part, parts.read(part))
    return file.getvalue()


def _with_sheet(content: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """The archive with another text of its sheet."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as parts, zipfile.ZipFile(file, "w") as target:
        for part in parts.infolist():
            text = parts.read(part)
            target.writestr(part, change(text) if "sheet1" in part.filename else text)
    return file.getvalue()


def _torn_sheet(content: bytes, dice: random.Random) -> bytes:
    """The archive is whole, and the sheet's text in it is cut off."""
    return _with_sheet(content, lambda text: text[: dice.randint(1, len(text))])


def _large_sheet_cell(content: bytes, _dice: random.Random) -> bytes:
    large = b'<c r="C3" t="inlineStr"><is><t>' + b"x" * (10 << 20) + b"</t></is></c>"
    return _with_sheet(content, lambda text: re.sub(rb'<c r="C3".*?</c>', large, text))


def _flipped(content: bytes, dice: random.Random) -> bytes:
    place = dice.randint(0, len(content) - 5)
    return content[:place] + dice.randbytes(5) + content[place + 5 :]


def _binary_cut(content: bytes, dice: random.Random) -> bytes:
    return content[: dice.randint(1, len(content) - 1)]


XLSX = [
    *_of_values("xlsx"),
    *(Kind("xlsx", words, rows=partial(_header, change)) for words, change in _NEW_HEADER.items()),
    Kind("xlsx", "a row with a cell too few", rows=partial(_ragged, lambda row: row.pop())),
    Kind("xlsx", "a row with cells too many", rows=partial(_ragged, lambda row: row.extend("xy"))),
    Kind("xlsx", "an empty row", rows=partial(_ragged, lambda row: row.clear())),
    Kind("xlsx", "a formula cell with its value", written=partial(_formula, "=1+1", False)),
    Kind("xlsx", "a formula cell that nobody computed, in a column that is required",
         written=_formula_without_value),
    Kind("xlsx", "a formula cell with an error", written=partial(_formula, "=1/0", True)),
    Kind("xlsx", "a cell far outside the table", written=_far_cell),
    Kind("xlsx", "a cell of 10 MB", written=_large_sheet_cell, is_large=True),
    Kind("xlsx", "the archive is cut off", written=_binary_cut),
    Kind("xlsx", "the archive lacks a part", written=_without_part),
    Kind("xlsx", "the sheet's text is cut off", written=_torn_sheet),
    Kind("xlsx", "binary noise", written=_flipped),
    Kind("xlsx", "a CSV file with the wrong ending", written=lambda *_: b"id,order\n1,2\n"),
    Kind("xlsx", "the file is empty", written=partial(_only, b"")),
    Kind("xlsx", "a workbook without a row", rows=lambda rows, _: rows.clear()),
]  # fmt: skip

KINDS = {"csv": CSV, "jsonl": JSONL, "xlsx": XLSX}


def made(kind_or_kinds: Sequence[Kind], dice: random.Random, count: int = 3) -> bytes:
    """A file of `count` rows with damage of these kinds, all of one format."""
    rows = sound_rows(count, dice)
    for kind in kind_or_kinds:
        if kind.rows and len(rows) > 1:
            kind.rows(rows, dice)
    content = written(kind_or_kinds[0].format, rows)
    for kind in kind_or_kinds:
        if kind.written:
            content = kind.written(content, dice)
    if any(kind.encoding != "utf-8" for kind in kind_or_kinds):
        content = content.decode(errors="replace").encode("utf-16")
    return content


def written(form: str, rows: Rows) -> bytes:
    match form:
        case "csv":
            return "".join(",".join(row) + "\n" for row in rows).encode()
        case "jsonl":
            header, *others = rows
            objects = (
                {name: value for name, value in zip(header, row, strict=False) if value}
                for row in others
            )
            return "".join(json.dumps(one) + "\n" for one in objects).encode()
        case _:
            return workbook(rows)
