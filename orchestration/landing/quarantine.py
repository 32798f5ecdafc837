"""Rejected records: where they stood, what was wrong with them, and the record itself.

This room may hold personal data. Messages never do: they say what is wrong, not with what value.
"""

import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.landing.batches import folder_of
from orchestration.landing.layouts import LAYOUT_KEY, Layout
from orchestration.landing.readers.base import Damaged
from orchestration.sql import literal, literals

FILE = "rejected.parquet"

SCHEMA = pa.schema(
    [
        ("entity", pa.string()),
        ("source", pa.string()),
        ("file", pa.string()),
        ("line", pa.int64()),
        ("row_key", pa.string()),
        ("column_name", pa.string()),
        ("value", pa.string()),
        ("reason", pa.string()),
        ("message", pa.string()),
        ("raw_row", pa.string()),
        ("record", pa.string()),
    ]
)
"""One row per rejected record of a file and entity: its first fault. `line` is the record's number
in the file (CSV and JSON lines: its line, XLSX: its row, Parquet: its place), NULL if unknown;
`row_key` tells a row of a pulled table apart, such as `{"id":17}`; `value` is NULL where the record
as a whole is at fault. `record` is JSON: the source's columns and what was read of them, NULL where
the record could not be taken apart."""

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
    """Records that broke a contract: their numbers, keys, verdicts, values (texts), texts and
    columns (JSON)."""

    rows: pa.ChunkedArray
    keys: pa.ChunkedArray
    verdicts: pa.ChunkedArray
    values: pa.ChunkedArray
    raw: pa.Array | pa.ChunkedArray
    records: pa.Array | pa.ChunkedArray


def judged_rows(origin: Origin, judged: Judged, faults: Sequence[Fault]) -> pa.Table:
    """Quarantine rows of records that broke a contract; verdict n means `faults[n - 1]`."""
    index = pc.subtract(judged.verdicts, 1)

    def named(texts: Iterable[str]) -> pa.ChunkedArray:
        return pa.array(texts, pa.string()).take(index)

    return _table(
        origin,
        {
            "line": judged.rows,
            "row_key": judged.keys,
            "column_name": named(fault.column for fault in faults),
            "value": judged.values,
            "reason": named(fault.reason for fault in faults),
            "message": named(fault.message for fault in faults),
            "raw_row": judged.raw,
            "record": judged.records,
        },
    )


def damaged_rows(origin: Origin, damaged: Sequence[Damaged]) -> pa.Table:
    """Quarantine rows of records that could not be taken apart into columns."""
    nothing = pa.nulls(len(damaged), pa.string())
    return _table(
        origin,
        {
            "line": pa.array([one.row for one in damaged], pa.int64()),
            "row_key": nothing,
            "column_name": nothing,
            "value": nothing,
            "reason": pa.array([one.reason.value for one in damaged], pa.string()),
            "message": pa.array([one.message for one in damaged], pa.string()),
            "raw_row": pa.array([one.raw for one in damaged], pa.string()),
            "record": pa.array([one.record for one in damaged], pa.string()),
        },
    )


def link(file: Path, other: Path) -> None:
    """Let `other` be the same file: a batch keeps its rejected records in `landing/`, which is
    backed up, and shows them in `quarantine/`."""
    try:
        os.link(file, other)
    except OSError:  # a file system without links
        shutil.copyfile(file, other)


def restore(landing: Path, room: Path, batches: Iterable[tuple[str, str]]) -> None:
    """Show again in `quarantine/` what `landing/` has: (entity, batch) each."""
    for entity, batch in batches:
        kept = folder_of(landing, entity, batch) / FILE
        shown = folder_of(room, entity, batch) / FILE
        if kept.is_file() and not shown.exists():
            shown.parent.mkdir(parents=True, exist_ok=True)
            link(kept, shown)


def file_of(landing: Path, room: Path, entity: str, batch: str) -> Path | None:
    """Where the rejected records of a batch are; None where it has none."""
    files = (folder_of(place, entity, batch) / FILE for place in (landing, room))
    return next((file for file in files if file.is_file()), None)


def _table(origin: Origin, columns: Mapping[str, pa.Array | pa.ChunkedArray]) -> pa.Table:
    count = len(columns["raw_row"])
    constants = {
        "entity": pa.array([origin.entity] * count, pa.string()),
        "source": pa.array([origin.source] * count, pa.string()),
        "file": pa.array([origin.file] * count, pa.string()),
    }
    return pa.table({**constants, **columns}).select(SCHEMA.names).cast(SCHEMA)


def merge(
    parts: Sequence[Path], target: Path, layout: Layout, connection: duckdb.DuckDBPyConnection
) -> None:
    """One file out of the parts, ordered by line; the parts are removed.

    `layout` goes with it: what it takes to read corrected records as these were read.
    """
    connection.execute(
        f"copy (select * from read_parquet([{literals(str(part) for part in parts)}]) "
        f"order by line, reason) to {literal(str(target))} (format parquet, compression zstd, "
        f"kv_metadata {{{LAYOUT_KEY}: {literal(layout.to_json())}}})"
    )
    for part in parts:
        part.unlink()
