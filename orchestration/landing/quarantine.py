"""Rejected records: where they stood, what was wrong with them, and the record itself.

This room may hold personal data. Messages never do: they say what is wrong, not with what value.
"""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.landing.readers.base import Damaged
from orchestration.sql import literal, literals

FILE = "rejected.parquet"

SCHEMA = pa.schema(
    [
        ("entity", pa.string()),
        ("source", pa.string()),
        ("file", pa.string()),
        ("line", pa.int64()),
        ("column_name", pa.string()),
        ("value", pa.string()),
        ("reason", pa.string()),
        ("message", pa.string()),
        ("raw_row", pa.string()),
    ]
)
"""One row per rejected record of a file and entity: its first fault. `line` is the record's number
in the file (CSV and JSON lines: its line, XLSX: its row, Parquet: its place), NULL if unknown;
`value` is NULL where the record as a whole is at fault."""

COLUMNS = tuple((field.name, "BIGINT" if field.name == "line" else "VARCHAR") for field in SCHEMA)
"""(column, DuckDB type) of the quarantine."""


@dataclass(frozen=True)
class Origin:
    """What all rows of one quarantine file have in common."""

    entity: str
    source: str
    file: str


@dataclass(frozen=True)
class Fault:
    """What one verdict means."""

    column: str
    reason: str
    message: str


@dataclass(frozen=True)
class Judged:
    """Records that broke a contract: their numbers, verdicts, values (texts) and texts."""

    rows: pa.ChunkedArray
    verdicts: pa.ChunkedArray
    values: pa.ChunkedArray
    raw: pa.Array | pa.ChunkedArray


def judged_rows(origin: Origin, judged: Judged, faults: Sequence[Fault]) -> pa.Table:
    """Quarantine rows of records that broke a contract; verdict n means `faults[n - 1]`."""
    index = pc.subtract(judged.verdicts, 1)

    def named(texts: Iterable[str]) -> pa.ChunkedArray:
        return pa.array(texts, pa.string()).take(index)

    return _table(
        origin,
        {
            "line": judged.rows,
            "column_name": named(fault.column for fault in faults),
            "value": judged.values,
            "reason": named(fault.reason for fault in faults),
            "message": named(fault.message for fault in faults),
            "raw_row": judged.raw,
        },
    )


def damaged_rows(origin: Origin, damaged: Sequence[Damaged]) -> pa.Table:
    """Quarantine rows of records that could not be taken apart into columns."""
    nothing = pa.nulls(len(damaged), pa.string())
    return _table(
        origin,
        {
            "line": pa.array([one.row for one in damaged], pa.int64()),
            "column_name": nothing,
            "value": nothing,
            "reason": pa.array([one.reason.value for one in damaged], pa.string()),
            "message": pa.array([one.message for one in damaged], pa.string()),
            "raw_row": pa.array([one.raw for one in damaged], pa.string()),
        },
    )


def _table(origin: Origin, columns: Mapping[str, pa.Array | pa.ChunkedArray]) -> pa.Table:
    count = len(columns["raw_row"])
    constants = {
        "entity": pa.array([origin.entity] * count, pa.string()),
        "source": pa.array([origin.source] * count, pa.string()),
        "file": pa.array([origin.file] * count, pa.string()),
    }
    return pa.table({**constants, **columns}).select(SCHEMA.names).cast(SCHEMA)


def merge(parts: Sequence[Path], target: Path, connection: duckdb.DuckDBPyConnection) -> None:
    """One file out of the parts, ordered by line; the parts are removed."""
    connection.execute(
        f"copy (select * from read_parquet([{literals(str(part) for part in parts)}]) "
        f"order by line, reason) to {literal(str(target))} (format parquet, compression zstd)"
    )
    for part in parts:
        part.unlink()


def keep(rejected: Path, landed: Path) -> None:
    """A second name of a quarantine file in the landed batch's folder.

    So `landing/` alone is all that a delivery was, and the room can be restored from it. Both names
    are of one file on disk; whoever takes a record out of quarantine takes it out here, too.
    """
    try:
        (landed / FILE).hardlink_to(rejected)
    except OSError:  # a file system without hard links
        shutil.copy2(rejected, landed / FILE)


def restore(landing: Path, room: Path) -> None:
    """Puts what the room lacks back from `landing`, and keeps there what it does not have yet."""
    for kept in landing.glob(f"*/batch=*/{FILE}"):
        folder = room / kept.parent.relative_to(landing)
        if not (folder / FILE).exists():
            folder.mkdir(parents=True, exist_ok=True)
            keep(kept, folder)
    for rejected in room.glob(f"*/batch=*/{FILE}"):
        landed = landing / rejected.parent.relative_to(room)
        if landed.exists() and not (landed / FILE).exists():
            keep(rejected, landed)
