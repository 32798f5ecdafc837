"""What the ledger knows of sources beyond local files: where each pull ended, which of its batches
count, and what lay in object stores."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

SCHEMA = """
create table if not exists pulls (
    source text not null,
    mapping_hash text not null,
    cursor text,
    known blob,
    pulls integer not null,
    primary key (source, mapping_hash)
);
create table if not exists objects (
    source text not null,
    file text not null,
    mark text not null,
    content_hash text not null,
    primary key (source, file)
);
"""
UNMAPPED = "unmapped"
"""Stands in `superseded_by` of batches whose source no longer maps their entity."""
REPLACED = "replaced"
"""Stands in `superseded_by` of batches of an earlier mapping or of an earlier whole reading."""


@dataclass(frozen=True)
class PullState:
    """Where the last pull of a source under a mapping ended.

    `cursor`: the greatest one, as `pulled.cursors.encoded`; None where nothing was read or the
    source is read whole. `known`: rows that the next pull meets again (`pulled.window`).
    `pulls`: how many there were.
    """

    source: str
    mapping_hash: str
    cursor: str | None = None
    known: bytes | None = None
    pulls: int = 0


def read_state(connection: sqlite3.Connection, source: str, mapping_hash: str) -> PullState:
    """The state after the last pull; that of no pull where there was none."""
    row = connection.execute(
        "select cursor, known, pulls from pulls where source = ? and mapping_hash = ?",
        (source, mapping_hash),
    ).fetchone()
    return PullState(source, mapping_hash, *row) if row else PullState(source, mapping_hash)


def write_state(connection: sqlite3.Connection, state: PullState) -> None:
    """Remember where a pull ended."""
    connection.execute(
        "insert or replace into pulls values (?, ?, ?, ?, ?)",
        (state.source, state.mapping_hash, state.cursor, state.known, state.pulls),
    )


def let_count(
    connection: sqlite3.Connection, state: PullState, delivered: Sequence[str] | None
) -> None:
    """Decide which batches of a pulled source count: those of its present mapping.

    `delivered`: the batches of a whole reading, which alone count then; None for a source that is
    read on from a cursor.
    """
    ids = ", ".join("?" * len(delivered or ()))
    chosen = "mapping_hash = ?" if delivered is None else f"batch_id in ({ids})"
    values = [state.mapping_hash] if delivered is None else list(delivered)
    connection.execute(
        f"update batches set superseded_by = null where source = ? and superseded_by in (?, ?) "
        f"and {chosen}",
        (state.source, REPLACED, UNMAPPED, *values),
    )
    connection.execute(
        f"update batches set superseded_by = ? where source = ? and superseded_by is null "
        f"and not ({chosen})",
        (REPLACED, state.source, *values),
    )


def read_content(connection: sqlite3.Connection, source: str, file: str, mark: str) -> str | None:
    """The content hash of an object that had `mark` when it was read last; else None."""
    row = connection.execute(
        "select content_hash from objects where source = ? and file = ? and mark = ?",
        (source, file, mark),
    ).fetchone()
    return str(row[0]) if row else None


def write_content(
    connection: sqlite3.Connection, source: str, file: str, mark: str, content_hash: str
) -> None:
    """Remember what an object with `mark` holds."""
    connection.execute(
        "insert or replace into objects values (?, ?, ?, ?)", (source, file, mark, content_hash)
    )
