"""What the ledger knows of keys that occur more than once, and for which batches that holds."""

import hashlib
import sqlite3
from collections.abc import Iterable

SCHEMA = """
create table if not exists key_checks (
    entity text primary key,
    live_batches text not null,
    has_repeated_keys integer not null
);
"""


def read(connection: sqlite3.Connection, entity: str) -> bool | None:
    """Whether a key occurs more than once over the live batches; None where nobody counted."""
    row = connection.execute(
        "select has_repeated_keys from key_checks where entity = ? and live_batches = ?",
        (entity, _live_fingerprint(connection, entity)),
    ).fetchone()
    return None if row is None else bool(row[0])


def write(
    connection: sqlite3.Connection,
    entity: str,
    has_repeated_keys: bool,
    repeated: Iterable[tuple[str, int]],
) -> None:
    """Remember a count of keys: over all live batches, and (batch id, rows) within batches."""
    connection.execute(
        "insert or replace into key_checks values (?, ?, ?)",
        (entity, _live_fingerprint(connection, entity), int(has_repeated_keys)),
    )
    connection.executemany(
        "update batches set repeated_keys = ? where batch_id = ?",
        [(rows, batch) for batch, rows in repeated],
    )


def _live_fingerprint(connection: sqlite3.Connection, entity: str) -> str:
    """A hash of the ids of the entity's batches that count: a count is good for these alone."""
    live = connection.execute(
        "select batch_id from batches where entity = ? and superseded_by is null order by batch_id",
        (entity,),
    )
    return hashlib.sha256(" ".join(batch for (batch,) in live).encode()).hexdigest()
