"""What can be shown of an export to everybody: shapes of values and sizes over time, no person."""

import csv
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from orchestration.exports import ledger
from orchestration.exports.model import ExportResult, FileEntry

_ROWS = 1000
_LONGEST = 20
_DAYS = 12
_BAR = 30
_HASH = re.compile(r"[0-9a-f]{32}(?:[0-9a-f]{32})?")


@dataclass(frozen=True)
class Column:
    """One column of a file: the share of rows (of the first thousand) that have something in it,
    and its commonest form: `a` for letters, `9` for digits, `hash`."""

    name: str
    filled: float
    form: str


def columns_of(file: Path, entry: FileEntry) -> list[Column]:
    """The columns of a CSV file; nothing where it cannot be told which cell is of which column."""
    if not file.is_file() or file.suffix != ".csv":
        return []
    with file.open(encoding="utf-8-sig", errors="replace", newline="") as text:
        first = text.readline()
        delimiter = max(",;\t", key=first.count)
        text.seek(0)
        rows = list(islice(csv.reader(text, delimiter=delimiter), 1, _ROWS + 1))
    if any(len(row) != len(entry.columns) for row in rows):
        return []
    return [_column(name, [row[place] for row in rows]) for place, name in enumerate(entry.columns)]


def _column(name: str, cells: Sequence[str]) -> Column:
    given = [cell for cell in cells if cell]
    forms = Counter(map(form, given)).most_common(1)
    return Column(name, len(given) / len(cells) if cells else 0.0, forms[0][0] if forms else "")


def form(cell: str) -> str:
    """How a value is written, without the value: `a@a.a`, `+9`, `hash`."""
    if _HASH.fullmatch(cell):
        return "hash"
    letters = re.sub(r"[^\W\d_]+", "a", cell)
    return re.sub(r"\d+", "9", letters)[:_LONGEST]


def sizes(
    days: Mapping[str, Mapping[ledger.Pair, Mapping[str, Any]]],
    result: ExportResult,
    as_of_date: date,
) -> list[tuple[str, int]]:
    """Day and customers kept: of the last releases before (`ledger.released_by_day`), and of this
    result."""
    found = [
        (day, int(exports[result.export.pair]["rows"]))
        for day, exports in days.items()
        if result.export.pair in exports
    ]
    return [*found[-_DAYS + 1 :], (as_of_date.isoformat(), result.counts.kept)]


def chart(sizes: Sequence[tuple[str, int]]) -> str:
    """Sizes over time as bars of text, in Markdown."""
    largest = max((size for _, size in sizes), default=0)
    lines = [
        f"{day}  {'█' * round(_BAR * size / largest) if largest else '':{_BAR}}  {size:,}"
        for day, size in sizes
    ]
    return "\n".join(["```", *lines, "```"])
