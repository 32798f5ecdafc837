"""What the ledger knows of sources that are pulled: where each reading ended, what counts."""

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
"""
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
        f"update batches set superseded_by = null where source = ? and superseded_by = ? "
        f"and {chosen}",
        (state.source, REPLACED, *values),
    )
    connection.execute(
        f"update batches set superseded_by = ? where source = ? and superseded_by is null "
        f"and not ({chosen})",
        (REPLACED, state.source, *values),
    )
