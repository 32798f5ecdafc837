"""Keys: does one occur more than once? Staging is a plain view where none does."""

from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from orchestration.entities import ENTITIES, Entity
from orchestration.landing.batches import parts_of
from orchestration.landing.landed import landed_select
from orchestration.landing.ledger import Batch, Ledger
from orchestration.sql import count, literal, literals, quoted

_KEYS_AT_ONCE = 1 << 24
"""Hashes that are sorted at once: 128 MiB."""


def check_keys(
    ledger: Ledger, landing: Path, entity: str, connection: duckdb.DuckDBPyConnection
) -> bool:
    """Whether a key of the entity occurs more than once over its live batches.

    Counted once for a set of live batches and remembered in the ledger, together with the rows of
    every batch whose key is not alone in it. Entities without a key have none that repeats.
    """
    known = ledger.has_repeated_keys(entity)
    if known is not None:
        return known
    batches = ledger.live_batches(entity)
    contract = ENTITIES[entity]
    if not contract.key or not batches:
        ledger.note_keys(entity, False, [(batch.batch_id, 0) for batch in batches])
        return False
    parts = parts_of(landing, entity, [batch.batch_id for batch in batches])
    repeats = _has_repeats(contract, parts, connection)
    uncounted = [batch for batch in batches if batch.repeated_keys is None]
    ledger.note_keys(
        entity,
        repeats,
        _repeated_rows(contract, landing, uncounted, connection)
        if repeats
        else [(batch.batch_id, 0) for batch in uncounted],
    )
    return repeats


def _has_repeats(
    contract: Entity, parts: Sequence[Path], connection: duckdb.DuckDBPyConnection
) -> bool:
    """Sorts hashes of the keys: a quarter of the time of counting distinct ones in DuckDB."""
    landed = f"({landed_select(contract, parts)})"
    passes = -(-count(connection, f"select count(*) from {landed}") // _KEYS_AT_ONCE)
    for number in range(passes):
        some = f" where {_key(contract)} % {passes} = {number}" if passes > 1 else ""
        found = connection.execute(f"select {_key(contract)} as key from {landed}{some}")
        hashes = np.sort(np.asarray(found.fetchnumpy()["key"]))
        if (hashes[1:] == hashes[:-1]).any():
            return True
    return False


def _repeated_rows(
    contract: Entity,
    landing: Path,
    batches: Sequence[Batch],
    connection: duckdb.DuckDBPyConnection,
) -> list[tuple[str, int]]:
    counted: list[tuple[str, int]] = []
    for batch in batches:
        parts = parts_of(landing, contract.name, [batch.batch_id])
        repeated = count(
            connection,
            "select coalesce(sum(rows), 0) from (select count(*) as rows from "
            f"({landed_select(contract, parts)}) "
            f"group by {_key(contract)} having count(*) > 1)",
        )
        counted.append((batch.batch_id, repeated))
    return counted


def number_made_keys(
    entity: Entity,
    parts: Sequence[Path],
    connection: duckdb.DuckDBPyConnection,
    earlier: Sequence[Path] = (),
) -> int:
    """Give the second and later rows of equal keys in a file `<key>-2`, `<key>-3`, … in order.

    `parts` are all the Parquet files of one batch that is not yet in its place; only those that
    hold such rows are written anew. `earlier` parts count on but stay as they are. Returns how many
    rows got a number.
    """
    key = quoted(entity.key[0])
    if not _has_repeats(entity, [*earlier, *parts], connection):
        return 0
    made = f"regexp_replace({key}, '-[0-9]+$', '')"  # md5 has no hyphen
    first = f"select {made} as key, null as _row from {_files(earlier)} union all " * bool(earlier)
    changed = connection.execute(
        f"with rows as ({first}select {key} as key, _row from {_files(parts)}) "
        "select _row, key || '-' || occurrence as key from (select _row, key, "
        "row_number() over (partition by key order by _row nulls first) as occurrence from rows "
        "where key in (select key from rows group by all having count(*) > 1)) "
        "where occurrence > 1 and _row is not null"
    ).to_arrow_table()
    rows = pa.compute.unique(changed.column("_row"))
    connection.register("changed_keys", changed)
    for part in parts:
        concerned = connection.execute(
            f"select count(*) from {_files([part])} semi join changed_keys using (_row)"
        ).fetchone()
        if concerned and concerned[0]:
            aside = part.with_suffix(".aside")
            connection.execute(
                f"copy (select file.* replace (coalesce(changed.key, file.{key}) as {key}) "
                f"from {_files([part])} as file left join changed_keys as changed using (_row) "
                f"order by _row) to {literal(str(aside))} (format parquet)"
            )
            aside.replace(part)
    connection.unregister("changed_keys")
    return len(rows)


def _key(contract: Entity) -> str:
    """SQL: 64 bits that stand for the key (two of 10 million are equal once in 370,000 cases)."""
    return f"hash({', '.join(quoted(name) for name in contract.key)})"


def _files(parts: Sequence[Path]) -> str:
    return f"read_parquet([{literals(str(part) for part in parts)}])"
