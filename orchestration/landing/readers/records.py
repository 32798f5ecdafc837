"""The grammar of a CSV record, in Python: slow, exact, and the judge of every odd line.

A field that begins with a quote ends at the quote that a delimiter or the record's end follows;
a quote inside is doubled, or stands after the escape character where there is one. A quote
elsewhere is a character like others. A record may go over several lines inside quotes, if it then
has as many columns as it should; a line whose quote is never closed in that way is damaged by
itself and takes no other line with it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from orchestration.landing.errors import Reason
from orchestration.landing.readers.base import Damaged

LONGEST_LINE = 1 << 20
LONGEST_RECORD_LINES = 1000


@dataclass(frozen=True)
class Grammar:
    """How records of one file are written: delimiter, quote (empty: none), number of columns.

    `marked`, where not empty, stands in the text for bytes that could not be decoded. `escape`,
    where not empty, makes a quote, a delimiter or itself ordinary; before others it is ordinary.
    """

    delimiter: str
    quote: str
    columns: int
    marked: bytes = b""
    escape: str = ""

    @property
    def has_plain_delimiter(self) -> bool:
        """Whether the delimiter is one byte, as it is nearly always."""
        return len(self.delimiter) == 1 and self.delimiter.isascii()

    @cached_property
    def _quoted_field(self) -> re.Pattern[str]:
        quote, delimiter = re.escape(self.quote), re.escape(self.delimiter)
        blank = "" if self.delimiter == " " else " *"
        escape = re.escape(self.escape)
        escaped = rf"|{escape}." if escape else ""
        inside = rf"[^{quote}{escape}]*(?:(?:{quote}{quote}{escaped})[^{quote}{escape}]*)*"
        return re.compile(rf"{blank}{quote}({inside}){quote}{blank}(?={delimiter}|\Z)", re.DOTALL)

    @cached_property
    def _bare_field(self) -> re.Pattern[str]:
        return re.compile(
            rf"(?:{re.escape(self.escape)}.|(?!{re.escape(self.delimiter)}).)*", re.DOTALL
        )

    @cached_property
    def _escaped(self) -> re.Pattern[str]:
        after = "|".join(map(re.escape, filter(None, (self.quote, self.escape, self.delimiter))))
        return re.compile(rf"{re.escape(self.escape)}(?P<one>{after})")

    @cached_property
    def _escaped_or_doubled(self) -> re.Pattern[str]:
        quote = re.escape(self.quote)
        return re.compile(f"{quote}(?P<other>{quote})|{self._escaped.pattern}")

    @cached_property
    def _opening(self) -> re.Pattern[str]:
        return re.compile(("" if self.delimiter == " " else " *") + re.escape(self.quote))

    def fields(self, text: str) -> list[str] | None:
        """The fields of a record's text (without line end); None where its quotes are broken."""
        is_escaped = bool(self.escape) and self.escape in text
        if not is_escaped and (not self.quote or self.quote not in text):
            return text.split(self.delimiter)
        fields: list[str] = []
        position = 0
        while True:
            if self.quote and self._opening.match(text, position):
                found = self._quoted_field.match(text, position)
                if found is None:
                    return None
                fields.append(self._unquoted(found.group(1)))
                position = found.end()
            elif is_escaped:
                found = self._bare_field.match(text, position)
                end = found.end() if found else len(text)
                fields.append(self._escaped.sub(r"\g<one>", text[position:end]))
                position = end
            else:
                end = text.find(self.delimiter, position)
                end = len(text) if end < 0 else end
                fields.append(text[position:end])
                position = end
            if position >= len(text):
                return fields
            position += len(self.delimiter)

    def _unquoted(self, text: str) -> str:
        if not self.escape or self.escape not in text:
            return text.replace(self.quote * 2, self.quote)
        # One pass, so that what an escape gave is not taken for one half of a doubled quote.
        return self._escaped_or_doubled.sub(lambda found: found["one"] or found["other"], text)

    def quotes_in(self, line: bytearray) -> int:
        """The quotes of a line that open or close."""
        quote = self.quote.encode()
        if not self.escape or self.escape.encode() not in line:
            return line.count(quote)
        return re.sub(re.escape(self.escape.encode()) + b".", b"", bytes(line)).count(quote)


@dataclass(frozen=True)
class Record:
    """A whole record: its first line's number and its fields, as many as there are columns."""

    row: int
    fields: tuple[str, ...]
    raw: str


@dataclass(frozen=True)
class Taken:
    """The record that begins at a line, and how many lines it takes; `blank` lines are none."""

    record: Record | Damaged | None
    lines: int


class Lines(Protocol):
    """Lines by their place, from 0."""

    def __len__(self) -> int: ...

    def __getitem__(self, place: int, /) -> bytearray: ...


class NeedsMoreLinesError(Exception):
    """The record may go on after the last line that was given."""


def take_record(lines: Lines, first: int, row: int, grammar: Grammar, is_last: bool) -> Taken:
    """The record that begins at `lines[first]`, the file's line `row`.

    Raises `NeedsMoreLinesError` where the lines end inside quotes and `is_last` is false.
    """
    line = lines[first]
    if not line.strip(b"\r"):
        return Taken(None, 1)
    text = _decoded(line, row, grammar)
    if isinstance(text, Damaged):
        return Taken(text, 1)
    fields = grammar.fields(text)
    if fields is not None:
        return Taken(_checked(row, fields, text, grammar), 1)
    for count in _possible_ends(lines, first, grammar, is_last):
        record = _over_lines([lines[n] for n in range(first, first + count)], row, grammar)
        if record:
            return Taken(record, count)
    message = (
        "a quote is opened and not closed as it should be; close it, and double quotes inside texts"
    )
    return Taken(Damaged(row, Reason.BROKEN_QUOTE, message, text), 1)


def _possible_ends(lines: Lines, first: int, grammar: Grammar, is_last: bool) -> Iterator[int]:
    """After how many lines (at most once) all quotes that were opened are closed."""
    quotes, size = grammar.quotes_in(lines[first]), len(lines[first])
    for last in range(first + 1, first + LONGEST_RECORD_LINES):
        if quotes % 2 == 0 or size > LONGEST_LINE:
            return
        if last >= len(lines):
            if is_last:
                return
            raise NeedsMoreLinesError
        quotes += grammar.quotes_in(lines[last])
        size += len(lines[last])
        if quotes % 2 == 0:
            yield last - first + 1


def _over_lines(lines: Sequence[bytearray], row: int, grammar: Grammar) -> Record | None:
    text = _decoded(bytearray(b"\n").join(lines), row, grammar)
    if isinstance(text, Damaged):
        return None
    fields = grammar.fields(text)
    is_whole = fields is not None and len(fields) == grammar.columns
    return Record(row, tuple(fields or ()), text) if is_whole else None


def _checked(row: int, fields: list[str], text: str, grammar: Grammar) -> Record | Damaged:
    if len(fields) == grammar.columns:
        return Record(row, tuple(fields), text)
    message = (
        f"{len(fields)} columns where the header has {grammar.columns}; "
        "complete the line, or put texts that hold the delimiter in quotes"
    )
    return Damaged(row, Reason.WRONG_COLUMN_COUNT, message, text)


def _decoded(line: bytearray, row: int, grammar: Grammar) -> str | Damaged:
    if len(line) > LONGEST_LINE:
        raw = line[:LONGEST_LINE].decode(errors="backslashreplace")
        message = f"longer than {LONGEST_LINE >> 20} MiB; is a line's end missing?"
        return Damaged(row, Reason.TOO_LONG, message, raw)
    if b"\0" not in line and not (grammar.marked and grammar.marked in line):
        try:
            return line.decode()
        except UnicodeDecodeError:
            pass
    return Damaged(
        row,
        Reason.BAD_ENCODING,
        "bytes that are not of the file's encoding; save the file as UTF-8, or say its `encoding`",
        line.decode(errors="backslashreplace").replace("\0", "\\x00"),
    )
