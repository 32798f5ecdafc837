"""Lines that can be read at full speed are told from lines that have to be looked at.

A plain line is one whole record: its quotes open after and close before a delimiter, it has as many
columns as it should, it is valid UTF-8, and nothing in it is escaped. DuckDB reads blocks of plain
lines in any way it likes and there is still exactly one record to each line, which makes line
numbers and the accounting exact. Everything else is taken apart by `records`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from orchestration.landing.readers.base import Damaged
from orchestration.landing.readers.records import (
    Grammar,
    NeedsMoreLinesError,
    Record,
    Taken,
    take_record,
)

Positions = npt.NDArray[np.int64]
_LINE_END = ord("\n")
_DECODED_AT_ONCE = 1 << 16
_SURVEYED_AT_ONCE = 1 << 20
_FEW_QUOTES = 20_000


@dataclass(frozen=True)
class Sieved:
    """A block taken apart.

    `plain` holds the plain lines, `plain_rows` of them; `removed` are the numbers, from 0 in the
    block, of the lines that are not among them. `has_blanks`: fields may begin or end with a blank.
    `rest` belongs before the next block.
    """

    plain: bytearray
    has_blanks: bool
    plain_rows: int
    lines: int
    removed: Positions
    records: tuple[Record, ...]
    damaged: tuple[Damaged, ...]
    rest: bytearray = field(default_factory=bytearray)

    def rows(self, first_line: int) -> Positions:
        """The file's line number of every plain line."""
        numbers = np.arange(first_line, first_line + self.lines, dtype=np.int64)
        return np.delete(numbers, self.removed) if len(self.removed) else numbers

    @cached_property
    def plain_ends(self) -> Positions:
        """Where the plain lines end."""
        return line_ends(self.plain)

    @property
    def counted(self) -> int:
        """The records of the block, as counted here."""
        return self.plain_rows + len(self.records) + len(self.damaged)


_NONE: Positions = np.empty(0, dtype=np.int64)


def sieve(block: bytearray, first_line: int, grammar: Grammar, is_last: bool) -> Sieved:
    """Take a block of whole lines apart; `first_line` is the file's number of its first line.

    Where a record goes on beyond the block and `is_last` is false, it becomes `rest`.
    """
    lines, delimiters, has_empty, has_blanks = _surveyed(block, grammar)
    text = _Lines(block)
    is_even = delimiters == lines * (grammar.columns - 1)
    odd = _odd_lines(text, grammar, has_empty, is_even)
    if not len(odd):
        return Sieved(block, has_blanks, lines, lines, _NONE, (), ())
    taken: list[tuple[int, Taken]] = []
    done, stop = 0, len(text)
    for number in odd.tolist():
        if number < done:
            continue
        try:
            record = take_record(text, number, first_line + number, grammar, is_last)
        except NeedsMoreLinesError:
            stop = number
            break
        taken.append((number, record))
        done = number + record.lines
    removed = np.concatenate(
        [_NONE, *(np.arange(at, at + one.lines, dtype=np.int64) for at, one in taken)]
    )
    found = [one.record for _, one in taken]
    end = int(text.starts[stop]) if stop < len(text) else len(block)
    return Sieved(
        plain=bytearray().join(_kept(text, taken, end)),
        has_blanks=has_blanks,
        plain_rows=stop - len(removed),
        lines=stop,
        removed=removed,
        records=tuple(one for one in found if isinstance(one, Record)),
        damaged=tuple(one for one in found if isinstance(one, Damaged)),
        rest=block[end:],
    )


def _surveyed(block: bytearray, grammar: Grammar) -> tuple[int, int, bool, bool]:
    """The line ends and the delimiters of a block; whether lines are empty; whether fields may have
    blanks around."""
    data = np.frombuffer(block, np.uint8)
    delimiter = grammar.delimiter.encode()
    delimiters = 0 if grammar.has_plain_delimiter else block.count(delimiter)
    count, has_empty = 0, block.startswith(b"\n")
    has_blanks = block.startswith((b" ", b"\t")) or "\u00a0".encode() in block
    has_tabs = grammar.delimiter != "\t" and b"\t" in block
    has_blanks = has_blanks or not grammar.has_plain_delimiter  # who knows
    for start in range(0, len(data), _SURVEYED_AT_ONCE):  # as much as a core keeps near
        # One byte more at the front, so that pairs over the slices' borders are seen.
        part = data[max(start - 1, 0) : start + _SURVEYED_AT_ONCE]
        ends = part == _LINE_END
        count += int(np.count_nonzero(ends)) - int(start > 0 and ends[0])
        if grammar.has_plain_delimiter:
            between = part == delimiter[0]
            delimiters += int(np.count_nonzero(between)) - int(start > 0 and between[0])
        has_empty = has_empty or bool((ends[1:] & ends[:-1]).any())
        if not has_blanks:
            borders = ends | between
            if grammar.quote:
                borders |= part == ord(grammar.quote)
            blanks = part == ord(" ")
            if has_tabs:
                blanks |= part == ord("\t")
            has_blanks = bool(((blanks[1:] & borders[:-1]) | (blanks[:-1] & borders[1:])).any())
    return count, delimiters, has_empty, has_blanks


def line_ends(block: bytearray) -> Positions:
    """Where the lines of a block end."""
    ends: Positions = np.flatnonzero(np.frombuffer(block, np.uint8) == _LINE_END)
    return ends


class _Lines:
    """A block's lines; where they end is found once, and only if somebody asks."""

    def __init__(self, block: bytearray) -> None:
        self.block = block

    @cached_property
    def ends(self) -> Positions:
        return line_ends(self.block)

    @cached_property
    def starts(self) -> Positions:
        return np.concatenate((np.zeros(1, np.int64), self.ends[:-1] + 1))

    def __len__(self) -> int:
        return len(self.ends)

    def __getitem__(self, number: int, /) -> bytearray:
        return self.block[self.starts[number] : self.ends[number]]


def _kept(text: _Lines, taken: list[tuple[int, Taken]], end: int) -> Iterator[bytearray]:
    """What is between the lines that were taken out."""
    position = 0
    for at, one in taken:
        yield text.block[position : int(text.starts[at])]
        position = int(text.ends[at + one.lines - 1]) + 1
    yield text.block[position:end]


def _odd_lines(text: _Lines, grammar: Grammar, has_empty: bool, is_even: bool) -> Positions:
    """The numbers, from 0, of the lines that are not plain, in order."""
    block = text.block
    positions = [
        _positions_of(block, b"\0"),
        _positions_of(block, b"\r"),
        _positions_of(block, grammar.marked),
        _positions_of(block, grammar.escape.encode()),
        _undecodable(block),
    ]
    found = np.concatenate(positions)
    odd = np.searchsorted(text.ends, found) if len(found) else _NONE
    if has_empty:
        empty = np.diff(text.ends, prepend=-1) == 1
        odd = np.concatenate((odd, np.flatnonzero(empty)))
    if grammar.quote and grammar.quote.encode() in block:
        odd = np.concatenate((odd, _oddly_quoted_among(text, grammar)))
    if not is_even:
        odd = np.concatenate((odd, _wrongly_counted(text, grammar)))
    return np.unique(odd).astype(np.int64)


def _positions_of(block: bytearray, mark: bytes) -> Positions:
    if not mark or mark not in block:
        return _NONE
    return np.array([found.start() for found in re.finditer(re.escape(mark), block)], np.int64)


def _undecodable(block: bytearray) -> Positions:
    """A position in every line that is not valid UTF-8."""
    if block.isascii():
        return _NONE
    positions: list[int] = []
    start = 0
    while start < len(block):
        end = block.find(b"\n", min(start + _DECODED_AT_ONCE, len(block) - 1)) + 1
        if not _is_utf8(block[start:end]):
            for line in block[start:end].splitlines(keepends=True):
                if not _is_utf8(line):
                    positions.append(start)
                start += len(line)
        start = end
    return np.array(positions, np.int64)


def _is_utf8(text: bytearray) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _wrongly_counted(text: _Lines, grammar: Grammar) -> Positions:
    """Lines that have another number of delimiters outside quotes than columns ask for.

    DuckDB takes 50 µs and a copy of the line for every column that is too many: a line of 1 MiB
    full of delimiters would keep it busy for hours.
    """
    if not grammar.has_plain_delimiter:  # then every line with a quote is looked at anyway
        mark, asked = grammar.delimiter.encode(), grammar.columns - 1
        return np.array([n for n in range(len(text)) if text[n].count(mark) != asked], np.int64)
    data = np.frombuffer(text.block, np.uint8)
    delimiters = np.flatnonzero(data == ord(grammar.delimiter))
    counts = np.diff(np.searchsorted(delimiters, text.ends), prepend=0)
    if grammar.quote and grammar.quote.encode() in text.block:
        inside = np.bitwise_xor.accumulate(data == ord(grammar.quote))
        begins_inside = np.concatenate(([False], inside[text.ends[:-1]]))
        lines = np.repeat(np.arange(len(text)), counts)
        outside = inside[delimiters] == begins_inside[lines]
        counts = np.bincount(lines[outside], minlength=len(text))
    wrong: Positions = np.flatnonzero(counts != grammar.columns - 1).astype(np.int64)
    return wrong


def _oddly_quoted_among(text: _Lines, grammar: Grammar) -> Positions:
    """Lines with odd quotes, looked for only among those that a quick look does not clear."""
    quote = grammar.quote.encode()
    if not grammar.has_plain_delimiter or text.block.count(quote) < _FEW_QUOTES:
        places = _positions_of(text.block, quote)
        suspected = np.unique(np.searchsorted(text.ends, places)).astype(np.int64)
        if not grammar.has_plain_delimiter:
            return suspected
    else:
        suspected = _not_simply_quoted(text, grammar)
    if not len(suspected):
        return _NONE
    if len(suspected) * 4 > len(text):
        return _oddly_quoted(text, grammar)
    lines = bytearray().join(text[line] + b"\n" for line in suspected.tolist())
    return suspected[_oddly_quoted(_Lines(lines), grammar)]


def _not_simply_quoted(text: _Lines, grammar: Grammar) -> Positions:
    """Lines whose quotes are not pairs of one at a field's beginning and one at its end.

    Looks at nothing but quotes and line ends: a line is cleared if in their row every quote at a
    beginning is followed, and every quote at an end preceded, by one of the other kind.
    """
    data = np.frombuffer(text.block, np.uint8)
    mark, delimiter = ord(grammar.quote), ord(grammar.delimiter)
    kinds, places = [], []
    for start in range(0, len(data), _SURVEYED_AT_ONCE):
        part = data[start : start + _SURVEYED_AT_ONCE]
        is_end, is_quote = part == _LINE_END, part == mark
        is_border = is_end | (part == delimiter)
        after = np.empty(len(part), np.bool_)
        after[:-1], after[-1] = is_border[1:], _is_border(data, start + len(part), delimiter)
        before = np.empty(len(part), np.bool_)
        before[1:], before[0] = is_border[:-1], _is_border(data, start - 1, delimiter)
        kind = before.astype(np.uint8)
        kind += after
        kind += after
        kind[~is_quote] = 0
        kind[is_quote & ~before & ~after] = _NEITHER
        chosen = is_quote | is_end
        kinds.append(kind[chosen])
        places.append(np.flatnonzero(chosen).astype(np.int64) + start)
    kind = np.concatenate(kinds)
    wrong = kind > _CLOSES
    torn = (kind[:-1] == _OPENS) != (kind[1:] == _CLOSES)
    wrong[:-1] |= torn
    wrong[1:] |= torn
    if not wrong.any():
        return _NONE
    found: Positions = np.unique(np.searchsorted(text.ends, np.concatenate(places)[wrong]))
    return found


_OPENS, _CLOSES, _NEITHER = 1, 2, 4


def _is_border(data: npt.NDArray[np.uint8], place: int, delimiter: int) -> bool:
    """Whether a field begins or ends here; before and after the block, one does."""
    return not 0 <= place < len(data) or data[place] in (_LINE_END, delimiter)


def _oddly_quoted(text: _Lines, grammar: Grammar) -> Positions:
    """Lines whose quotes are not those of whole, well quoted fields.

    Looks at runs of quotes. Outside quotes a run has to stand at a field's beginning; a run after
    which one is outside again (an even number of quotes so far in the line) at a field's end.
    Everything between is doubled quotes inside a text.
    """
    data = np.frombuffer(text.block, np.uint8)
    mark, delimiter = ord(grammar.quote), ord(grammar.delimiter)
    quotes = np.flatnonzero(data == mark)
    follows = np.diff(quotes) == 1
    starts = quotes[np.concatenate(([True], ~follows))]
    ends = quotes[np.concatenate((~follows, [True]))]
    line_of = np.searchsorted(text.ends, starts)
    is_first = np.concatenate(([True], line_of[1:] != line_of[:-1]))
    so_far = np.cumsum(ends - starts + 1)
    before_line = np.concatenate(([0], so_far[:-1]))[is_first][np.cumsum(is_first) - 1]
    inside_after = (so_far - before_line) % 2 == 1
    inside_before = (so_far - before_line - (ends - starts + 1)) % 2 == 1
    before = data[np.maximum(starts - 1, 0)]
    after = data[ends + 1]  # a block ends with a line's end, so there is always one
    at_begin = (before == delimiter) | (before == _LINE_END) | (starts == 0)
    at_end = (after == delimiter) | (after == _LINE_END)
    is_last = np.concatenate((is_first[1:], [True]))
    wrong = (~inside_before & ~at_begin) | (~inside_after & ~at_end) | (is_last & inside_after)
    odd: Positions = np.unique(line_of[wrong]).astype(np.int64)
    return odd
