"""What people decided by hand: which identities are one customer, and which are not.

`seeds/identity_overrides.csv`; a join holds whatever the data say, a split holds whatever else
would bring the two together.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from orchestration.identity.errors import IdentityError

FILE = "identity_overrides.csv"
COLUMNS = ("identity_a", "identity_b", "decision", "reason", "decided_on", "decided_by")
JOIN, SPLIT = "join", "split"


@dataclass(frozen=True)
class Override:
    """One decision: `first` and `second` are customer ids, the smaller one first."""

    first: str
    second: str
    decision: str
    reason: str
    line: int

    @property
    def place(self) -> str:
        return f"seeds/{FILE} line {self.line}"


def read_overrides(path: Path) -> tuple[Override, ...]:
    """All decisions of the seed, in its order.

    Raises `IdentityError` naming every line that cannot be followed: columns missing or misspelt,
    an unknown decision, an empty cell, a date that is none, an identity with itself, a pair twice.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    if not rows or tuple(rows[0]) != COLUMNS:
        raise IdentityError(f"seeds/{FILE}: the first line has to be {','.join(COLUMNS)}.")
    problems: list[str] = []
    overrides: list[Override] = []
    seen: dict[tuple[str, str], int] = {}
    for line, row in enumerate(rows[1:], start=2):
        if not any(row):
            continue
        wrong = list(_problems(row))
        if not wrong:
            first, second = sorted((row[0], row[1]))
            earlier = seen.setdefault((first, second), line)
            if earlier != line:
                wrong.append(f"the pair stands in line {earlier} already; keep one decision")
            overrides.append(Override(first, second, row[2], row[3], line))
        problems += [f"seeds/{FILE} line {line}: {text}." for text in wrong]
    if problems:
        raise IdentityError(*problems)
    return tuple(overrides)


def _problems(row: list[str]) -> Iterator[str]:
    if len(row) != len(COLUMNS):
        yield f"{len(row)} columns instead of {len(COLUMNS)}; quote texts that hold commas"
        return
    for name, value in zip(COLUMNS, row, strict=True):
        if not value.strip():
            yield f"{name} is empty"
    if row[0] == row[1] and row[0]:
        yield f"both identities are {row[0]!r}"
    if row[2].strip() and row[2] not in (JOIN, SPLIT):
        yield f"decision is {row[2]!r}; write {JOIN} or {SPLIT}"
    if row[4].strip():
        try:
            date.fromisoformat(row[4])
        except ValueError:
            yield f"decided_on is {row[4]!r}; write it as YYYY-MM-DD"
