"""Columns of text made whole: numbers, moments and days as a file writes them, joined to lines.

Everything here takes and returns whole Arrow columns; no row is touched by Python.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.demo.timeline import DAY, Ints

Bools = npt.NDArray[np.bool_]

_FIRST_LISTED = np.datetime64("1930-01-01").astype(int)
_LAST_LISTED = np.datetime64("2060-12-31").astype(int)


def chosen(values: Sequence[str | None], places: npt.NDArray[np.integer]) -> pa.Array:
    """`values[place]` for each place."""
    return pa.array(values, pa.string()).take(pa.array(places))


def numbered(prefix: str, numbers: Ints, width: int) -> pa.Array:
    """Ids such as `C00000042`: `prefix` and the number, filled with zeros to `width` digits."""
    digits = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")
    return joined(prefix, digits) if prefix else digits


def joined(*parts: pa.Array | str) -> pa.Array:
    """The parts side by side; a missing value counts as empty."""
    return pc.binary_join_element_wise(*parts, "", null_handling="replace", null_replacement="")


def given(column: pa.Array, where: Bools) -> pa.Array:
    """`column` where `where` holds, else missing."""
    return pc.if_else(pa.array(where), column, pa.scalar(None, column.type))


def decimals(cents: Ints) -> pa.Array:
    """Cents as decimal(15,2)."""
    words = np.empty((len(cents), 2), dtype="<i8")
    words[:, 0] = cents
    words[:, 1] = cents >> 63
    return pa.Array.from_buffers(pa.decimal128(15, 2), len(cents), [None, pa.py_buffer(words)])


def money(cents: Ints) -> pa.Array:
    """Cents as text such as `12.50`."""
    return decimals(cents).cast(pa.string())


def moments(seconds: Ints) -> pa.Array:
    """Seconds since 1970 as `2024-01-31 12:00:00`."""
    return pa.array(seconds, pa.timestamp("s")).cast(pa.string())


def days(seconds: Ints) -> pa.Array:
    """Seconds since 1970 as `2024-01-31`."""
    return _listed_days(False).take(pa.array(seconds // DAY - _FIRST_LISTED))


def dotted_days(seconds: Ints) -> pa.Array:
    """Seconds since 1970 as `31.01.2024`."""
    return _listed_days(True).take(pa.array(seconds // DAY - _FIRST_LISTED))


def dotted_moments(seconds: Ints) -> pa.Array:
    """Seconds since 1970 as `31.01.2024 12:00`."""
    return joined(dotted_days(seconds), " ", _minutes().take(pa.array(seconds % DAY // 60)))


def csv_quoted(column: pa.Array) -> pa.Array:
    """`column` in quotes, quotes inside doubled; a missing value stays missing."""
    doubled = pc.replace_substring(column, '"', '""')
    return pc.binary_join_element_wise('"', doubled, '"', "")


def json_text(column: pa.Array) -> pa.Array:
    """`column` as JSON texts, missing ones as null. The values must need no escapes."""
    quoted = pc.binary_join_element_wise('"', column, '"', "")
    return pc.fill_null(quoted, "null")


def csv_lines(delimiter: str, *columns: pa.Array) -> pa.Array:
    """One line per row, with its line end. Values that need quotes must have them."""
    parts: list[pa.Array | str] = []
    for column in columns:
        parts += [column, delimiter]
    parts[-1] = "\n"
    return joined(*parts)


def json_lines(**columns: pa.Array) -> pa.Array:
    """One JSON object per row, with its line end; columns hold JSON values (see `json_text`)."""
    parts: list[pa.Array | str] = []
    for name, column in columns.items():
        parts += [f'{"," if parts else "{"}"{name}":', column]
    return joined(*parts, "}\n")


def raw(lines: pa.Array) -> memoryview:
    """The bytes of a text or binary column, value after value, without a copy."""
    if len(lines) == 0:
        return memoryview(b"")
    _, offsets_buffer, data = lines.buffers()
    offsets = np.frombuffer(offsets_buffer, np.int32)[lines.offset : lines.offset + len(lines) + 1]
    return memoryview(data)[int(offsets[0]) : int(offsets[-1])]


@cache
def _listed_days(dotted: bool) -> pa.Array:
    listed = np.arange(_FIRST_LISTED, _LAST_LISTED).astype("datetime64[D]").astype(str)
    if dotted:
        listed = np.array([f"{day[8:]}.{day[5:7]}.{day[:4]}" for day in listed])
    return pa.array(listed.tolist())


@cache
def _minutes() -> pa.Array:
    return pa.array([f"{minute // 60:02d}:{minute % 60:02d}" for minute in range(1440)])
