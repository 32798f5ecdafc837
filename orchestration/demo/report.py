"""What was made: the report that `make_demo` returns and leaves in the folder as `demo.json`."""

import json
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from orchestration.demo.dirt import DIRT, Fate

REPORT_FILE = "demo.json"


class DemoError(RuntimeError):
    """The demo company cannot be made; the message says why and what to do."""


@dataclass(frozen=True)
class DemoFile:
    """One file: its path in the folder, its entity, its data rows and the dirty ones by kind.

    `rows` counts every row that a reader meets, torn lines included, the header not.
    """

    path: str
    entity: str
    rows: int
    dirty: dict[str, int]

    @property
    def rejected(self) -> int:
        """Rows of this file that a reader is expected to reject."""
        return sum(self.dirty.get(kind, 0) for kind in _REJECTED)


@dataclass(frozen=True)
class DemoReport:
    """The demo company that a folder holds: how it was asked for, and its files by path."""

    customers: int
    seed: int
    first_day: date
    last_day: date
    files: tuple[DemoFile, ...]

    @property
    def rows(self) -> dict[str, int]:
        """Data rows per entity, over all its files: repeated deliveries count again."""
        counts: Counter[str] = Counter()
        for file in self.files:
            counts[file.entity] += file.rows
        return dict(sorted(counts.items()))

    @property
    def dirty(self) -> dict[str, int]:
        """Dirty rows per kind (`order_lines.text_in_number`), kinds in the order of `DIRT`."""
        counts: Counter[str] = Counter()
        for file in self.files:
            counts.update(file.dirty)
        return {dirt.kind: counts[dirt.kind] for dirt in DIRT if counts[dirt.kind]}

    @property
    def rejected(self) -> dict[str, int]:
        """Rows per entity that a reader is expected to reject; a repeated delivery is not read."""
        counts: Counter[str] = Counter()
        for file in self.files:
            if not any(kind in file.dirty for kind in _SKIPPED):
                counts[file.entity] += file.rejected
        return dict(sorted(counts.items()))

    def save(self, folder: Path) -> None:
        """Write `demo.json`."""
        text = json.dumps(asdict(self), default=date.isoformat, indent=1)
        (folder / REPORT_FILE).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "DemoReport":
        """The report of a finished demo folder. Raises `DemoError` where there is none."""
        try:
            stored: dict[str, Any] = json.loads((folder / REPORT_FILE).read_text("utf-8"))
        except FileNotFoundError:
            raise DemoError(
                f"{folder} holds no finished demo company: {REPORT_FILE} is missing. "
                "Make it again with `make demo`."
            ) from None
        return cls(
            customers=stored["customers"],
            seed=stored["seed"],
            first_day=date.fromisoformat(stored["first_day"]),
            last_day=date.fromisoformat(stored["last_day"]),
            files=tuple(DemoFile(**file) for file in stored["files"]),
        )


_REJECTED = frozenset(dirt.kind for dirt in DIRT if dirt.fate is Fate.REJECTED)
_SKIPPED = frozenset(dirt.kind for dirt in DIRT if dirt.fate is Fate.SKIPPED)
