"""The head of a CSV file: where its records begin, its columns, its first records."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from orchestration.landing.errors import LandingError
from orchestration.landing.readers.names import unique_names
from orchestration.landing.readers.records import (
    Grammar,
    NeedsMoreLinesError,
    Record,
    take_record,
)
from orchestration.landing.readers.text import (
    REPLACEMENT,
    encoding_remedy,
    is_transcoded,
    utf8_blocks,
)
from orchestration.landing.sources import Source

_SAMPLE_RECORDS = 2000
_HEAD = 1 << 20
_LINES = 4 * _SAMPLE_RECORDS
"""Of the head that are looked at, for records may go over lines."""
_LONGEST_HEADER = 20


class CsvHead:
    """`lines` before the first record, `grammar` and `columns` of a file.

    Raises `LandingError` for an empty file and for an unreadable header.
    """

    def __init__(self, path: Path, name: str, source: Source) -> None:
        self._path, self._name, self._source = path, name, source
        self._marked = REPLACEMENT if is_transcoded(source.encoding) else b""
        block = next(utf8_blocks(path, source.encoding, _HEAD), bytearray())
        self._lines = block.split(b"\n", source.skip + _LINES)[:-1]
        self.lines, self.columns = self._read_header()
        self.grammar = self._grammar(len(self.columns))

    def _read_header(self) -> tuple[int, tuple[str, ...]]:
        source, lines = self._source, self._lines
        first = source.skip
        while source.header and first < len(lines) and not lines[first].strip():
            first += 1
        if first >= len(lines):
            raise LandingError(
                f"{self._name}: the file is empty"
                + (f" after the {source.skip} lines to skip" if source.skip else "")
                + ". Have it delivered again, or take it out of the folder."
            )
        fields, taken = self._header_fields(lines, first)
        if source.header:
            return first + taken, unique_names(fields)
        names = source.names or tuple(f"c{number}" for number in range(1, len(fields) + 1))
        if len(names) != len(fields):
            raise LandingError(
                f"{self._name} line {first + 1}: {len(fields)} columns where `names` gives "
                f"{len(names)}. Give a name to every column."
            )
        return first, names

    def _header_fields(self, lines: Sequence[bytearray], first: int) -> tuple[list[str], int]:
        source = self._source
        for last in range(first, min(first + _LONGEST_HEADER, len(lines))):
            line = bytearray(b"\n").join(lines[first : last + 1])
            try:
                text = line.decode()
            except UnicodeDecodeError as error:
                raise LandingError(
                    f"{self._name} line {first + 1}: byte 0x{line[error.start]:02x} at position "
                    f"{error.start + 1} is not {source.encoding}. {encoding_remedy(self._path)}"
                ) from error
            if "\0" in text or (self._marked and self._marked in line):
                break
            fields = self._grammar(0).fields(text)
            if fields is not None:
                return fields, last - first + 1
        else:
            raise LandingError(
                f"{self._name} line {first + 1}: a quote in the first line is not closed. "
                "Mend the line, or set `quote`."
            )
        raise LandingError(
            f"{self._name} line {first + 1}: cannot be read as {source.encoding}. "
            f"{encoding_remedy(self._path)}"
        )

    def _grammar(self, columns: int) -> Grammar:
        source = self._source
        return Grammar(source.delimiter, source.quote, columns, self._marked, source.escape)

    @cached_property
    def records(self) -> list[tuple[str, ...]]:
        """The first whole records of the file."""
        return self._plain_records() or self._any_records()

    def _plain_records(self) -> list[tuple[str, ...]]:
        """A record per line, where nothing in the lines is quoted, escaped or odd; else none."""
        first = bytearray(b"\n").join(self._lines[self.lines : self.lines + _SAMPLE_RECORDS])
        grammar = self.grammar
        marks = (grammar.quote.encode(), grammar.escape.encode(), grammar.marked, b"\0", b"\r")
        if any(mark and mark in first for mark in marks):
            return []
        try:
            lines = first.decode().split("\n")
        except UnicodeDecodeError:
            return []
        records = [tuple(line.split(grammar.delimiter)) for line in lines]
        is_whole = all(
            line and len(record) == grammar.columns
            for line, record in zip(lines, records, strict=True)
        )
        return records if is_whole else []

    def _any_records(self) -> list[tuple[str, ...]]:
        number = self.lines
        found: list[tuple[str, ...]] = []
        while number < len(self._lines) and len(found) < _SAMPLE_RECORDS:
            try:
                taken = take_record(self._lines, number, 0, self.grammar, False)
            except NeedsMoreLinesError:
                break
            number += taken.lines
            if isinstance(taken.record, Record):
                found.append(taken.record.fields)
        return found
