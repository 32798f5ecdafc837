"""Damage whose fate depends on where it hits: the places, each done to the same sound file.

Of every place the table of damage has a row.
"""

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import xlsxwriter

from tests.unit.landing.damage.kinds import HEADER, written

Change = Callable[[bytes], bytes]
_NOISE = bytes.fromhex("9c01ff0022e25b7f0b")
_ROWS = [[f"L{n}", "O1", "2", "3.5", "2024-01-31 10:00:00", "note"] for n in range(3)]


def sound(form: str) -> bytes:
    """Three rows, on the lines 2 to 4 of a CSV file or workbook and 1 to 3 of a JSON lines file."""
    return written(form, [HEADER, *_ROWS])


def _line(number: int, change: Change, content: bytes) -> bytes:
    """A line, without its end, changed; numbers below 0 count from the last one."""
    lines = content.splitlines()
    lines[number] = change(lines[number])
    return b"\n".join([*lines, b""])


def _changed(*texts: tuple[int, bytes, bytes]) -> Change:
    """(line, from 0, what stands in it, what stands there instead), in this order."""

    def change(content: bytes) -> bytes:
        for number, old, new in texts:
            assert old in content.splitlines()[number]
            content = _line(number, lambda line, old=old, new=new: line.replace(old, new), content)
        return content

    return change


def _before(number: int, text: bytes) -> Change:
    return partial(_line, number, lambda line: text + line)


def _at_end(text: bytes) -> Change:
    return lambda content: content + text


def _over_line_end(content: bytes) -> bytes:
    """Noise over the last bytes of the second line and the first ones of the third."""
    place = content.find(b"\n", content.find(b"\n") + 1)
    return content[: place - 4] + _NOISE + content[place - 4 + len(_NOISE) :]


def _until(text: bytes) -> Change:
    """The file ends behind the last occurrence of a text."""
    return lambda content: content[: content.rindex(text) + len(text)]


def _without(part: str) -> Change:
    """A workbook without a part of its archive."""
    return partial(_parts, lambda name, text: None if name == part else text)


def _noise_in(part: str) -> Change:
    """A workbook with noise in the middle of a part of its archive, as it is unpacked."""

    def change(name: str, text: bytes) -> bytes:
        middle = len(text) // 2
        return text[:middle] + _NOISE + text[middle:] if name == part else text

    return partial(_parts, change)


def _parts(change: Callable[[str, bytes], bytes | None], content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as parts, zipfile.ZipFile(file, "w") as target:
        assert {change(name, b"") for name in parts.namelist()} != {b""}, "no such part"
        for name in parts.namelist():
            text = change(name, parts.read(name))
            if text is not None:
                target.writestr(name, text)
    return file.getvalue()


def _dates_without_styles(_content: bytes) -> bytes:
    """Times as a workbook has them, as numbers, without the styles that say so."""
    file = io.BytesIO()
    form = {
        "in_memory": True,
        "strings_to_numbers": True,
        "default_date_format": "yyyy-mm-dd",
        "remove_timezone": True,
    }
    with xlsxwriter.Workbook(file, form) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        for place, row in enumerate(_ROWS, 1):
            sheet.write_row(place, 0, row)
            sheet.write_datetime(place, HEADER.index("at"), datetime(2024, 1, 31, 10, tzinfo=UTC))
    return _without("xl/styles.xml")(file.getvalue())


def _flipped_bytes(content: bytes) -> bytes:
    """Noise over the packed bytes of the sheet."""
    place = content.index(b"xl/worksheets/sheet1.xml")
    return content[: place + 60] + _NOISE + content[place + 60 + len(_NOISE) :]


PLACES: dict[tuple[str, str], dict[str, Change]] = {
    ("csv", "a quote that is never closed"): {
        "before a text of the first row": _changed((1, b"note", b'"note')),
        "before a text of the last row": _changed((3, b"note", b'"note')),
        "before a text of the first row, and one in a text of the last": _changed(
            (1, b"note", b'"note'), (3, b"note", b'no"te')
        ),
        "before a text of the first row, and one behind a text of the last": _changed(
            (1, b"note", b'"note'), (3, b"note", b'note"')
        ),
    },
    ("csv", "NUL bytes"): {
        "in a text": _changed((2, b"note", b"no\0\0te")),
        "in a number": _changed((2, b"3.5", b"3\0\0.5")),
        "behind the last row": _at_end(b"\0\0"),
    },
    ("csv", "a lone carriage return"): {
        "in a text": _changed((2, b"note", b"no\rte")),
        "in a number": _changed((2, b"3.5", b"3\r.5")),
        "before a row": _before(2, b"\r"),
    },
    ("csv", "bytes that are not UTF-8"): {
        "in a row": _changed((2, b"note", b"no\xff\xfe\xc3te")),
        "in the header": _changed((0, b"note", b"no\xff\xfe\xc3te")),
    },
    ("csv", "binary noise"): {
        "over a text": _changed((2, b"note", _NOISE)),
        "over the end of a row and the beginning of the next": _over_line_end,
        "over the header": _changed((0, b"note", _NOISE)),
    },
    ("csv", "empty lines"): {
        "between two rows": _before(2, b"\n\n"),
        "in the middle of a row": _changed((2, b"O1,", b"O1,\n\n\n")),
        "behind the last row": _at_end(b"\n\n\n"),
    },
    ("csv", "the file ends in the middle of a line"): {
        "behind the first columns of a row": _until(b",O1,"),
        "in the time of a row, the last column but one": _until(b",2024-01-31 1"),
        "in the last column": _until(b",no"),
    },
    ("jsonl", "NUL bytes"): {
        "in a text": _changed((1, b'note"}', b'no\0\0te"}')),
        "between two lines": _before(1, b"\0\0\n"),
    },
    ("jsonl", "bytes that are not UTF-8"): {
        "in a text": _changed((1, b'note"}', b'no\xff\xfe\xc3te"}')),
        "between two lines": _before(1, b"\xff\xfe\xc3\n"),
    },
    ("jsonl", "binary noise"): {
        "over a text": _changed((1, b'note"}', _NOISE + b'"}')),
        "over the end of a line and the beginning of the next": _over_line_end,
    },
    ("jsonl", "empty lines"): {
        "between two lines": _before(1, b"\n\n"),
        "in the middle of a line": _changed((1, b'"quantity"', b'\n\n\n"quantity"')),
    },
    ("jsonl", "the file ends in the middle of a line"): {
        "in an object": _until(b'"quantity"'),
        "behind an object, before the line's end": _until(b"}"),
    },
    ("xlsx", "the archive lacks a part"): {
        "the list of its sheets": _without("xl/workbook.xml"),
        "the sheet": _without("xl/worksheets/sheet1.xml"),
        "the texts": _without("xl/sharedStrings.xml"),
        "the styles, and times are texts": _without("xl/styles.xml"),
        "the styles, and times are times": _dates_without_styles,
        "the theme": _without("xl/theme/theme1.xml"),
    },
    ("xlsx", "binary noise"): {
        "over the packed sheet": _flipped_bytes,
        "in the sheet before it was packed": _noise_in("xl/worksheets/sheet1.xml"),
        "in the texts before they were packed": _noise_in("xl/sharedStrings.xml"),
        "in the theme before it was packed": _noise_in("xl/theme/theme1.xml"),
    },
}
"""(format, words of the kind) → words for the place → what is done to the sound file."""
