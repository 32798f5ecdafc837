"""The fixes: what people corrected, kept in `landing/` for as long as the batches that it made.

A fix is one Parquet file. Once it is in its place it is delivered like any other file: it lands
with the next landing, however often that is cut off, and lands anew under a changed mapping.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.files import private_folder, write_aside_then_rename
from orchestration.landing.corrections.entries import correction_hash, entry_prefix

FOLDER = "corrections"
LAND, DISMISS = "land", "dismiss"
"""What is to be done with a record: land it as corrected, or leave it out for good."""

_SCHEMA = pa.schema(
    [
        ("entry_id", pa.string()),
        ("source", pa.string()),
        ("entity", pa.string()),
        ("file", pa.string()),
        ("content_hash", pa.string()),
        ("line", pa.int64()),
        ("fix_file", pa.string()),
        ("fix_line", pa.int64()),
        ("action", pa.string()),
        ("original", pa.string()),
        ("changes", pa.string()),
    ]
)
_NAME = re.compile(r"fix-(\d+)\.parquet")


@dataclass(frozen=True)
class Correction:
    """One corrected record of a file (`source`, `content_hash`) for an entity.

    `line` is its number in that file, `fix_line` in what the person wrote. `original` (JSON) is the
    record as it was, None where it could not be taken apart; `changes` (JSON) the columns that have
    another text now.
    """

    entry_id: str
    source: str
    entity: str
    file: str
    content_hash: str
    line: int
    fix_file: str
    fix_line: int
    action: str
    original: str | None
    changes: str


@dataclass(frozen=True)
class CorrectedFile:
    """What one fix corrects of one file for one entity: what becomes one batch."""

    fix: str
    path: Path
    rows: tuple[Correction, ...]

    @property
    def source(self) -> str:
        return self.rows[0].source

    @property
    def entity(self) -> str:
        return self.rows[0].entity

    @property
    def file(self) -> str:
        return self.rows[0].file

    @property
    def corrects(self) -> str:
        """The content hash of the file that is corrected."""
        return self.rows[0].content_hash

    @cached_property
    def content_hash(self) -> str:
        return correction_hash(self.fix, self.corrects)

    @property
    def prefix(self) -> str:
        """What the ids of its entries begin with."""
        return entry_prefix(self.source, self.corrects, self.entity)


@dataclass(frozen=True)
class Fixes:
    """All fixes, in the order in which they came."""

    files: tuple[CorrectedFile, ...]

    @cached_property
    def latest(self) -> Mapping[str, str]:
        """Entry id → the last fix that corrects it: the only one that counts for it."""
        return {row.entry_id: file.fix for file in self.files for row in file.rows}

    @classmethod
    def read(cls, landing: Path) -> "Fixes":
        """The fixes in `landing/`."""
        found = [(_number(path), path) for path in (landing / FOLDER).glob("fix-*.parquet")]
        return cls(tuple(file for _, path in sorted(found) for file in _read(path)))


def corrected_files(fix: str, path: Path, rows: Iterable[Correction]) -> Iterator[CorrectedFile]:
    """What a fix corrects, file by file, in the order in which they first stand in it."""
    files: dict[tuple[str, str, str], list[Correction]] = {}
    for row in rows:
        files.setdefault((row.source, row.entity, row.content_hash), []).append(row)
    for of_file in files.values():
        yield CorrectedFile(fix, path, tuple(sorted(of_file, key=lambda row: row.line)))


def add_fix(landing: Path, rows: Sequence[Correction]) -> Path:
    """Put a fix in its place, whole or not at all."""
    folder = private_folder(landing / FOLDER)
    for leftover in folder.glob(".*"):
        leftover.unlink()
    last = max((_number(path) for path in folder.glob("fix-*.parquet")), default=0)
    path = folder / f"fix-{last + 1:06d}.parquet"
    table = pa.Table.from_pylist([asdict(row) for row in rows], _SCHEMA)
    with write_aside_then_rename(path) as aside:
        pq.write_table(table, aside, compression="zstd")
    return path


def _number(path: Path) -> int:
    found = _NAME.fullmatch(path.name)
    return int(found[1]) if found else 0


def _read(path: Path) -> Iterator[CorrectedFile]:
    rows = (Correction(**row) for row in pq.read_table(path).to_pylist())
    yield from corrected_files(path.stem, path, rows)
