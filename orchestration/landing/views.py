"""Landing as the warehouse sees it: one view per entity, over the batches that count."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from orchestration.entities import ENTITIES, Entity
from orchestration.landing import quarantine
from orchestration.landing.batches import parts_of
from orchestration.landing.corrections.entries import is_correction
from orchestration.landing.corrections.relations import places_of, quarantine_relations
from orchestration.landing.keys import check_keys
from orchestration.landing.landed import empty_select, landed_select
from orchestration.landing.ledger import Batch, Ledger
from orchestration.settings import Settings
from orchestration.sql import literal, literals, quoted

SCHEMA = "landing"
SEQUENCE = "_sequence"


def create_landing_views(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Make schema `landing` in the connection's database, replacing what is there.

    - one view per entity of the contracts: contract columns, `extra`, `_source`, `_batch`,
      `_file`, `_row`, and `_sequence` (BIGINT, the batch's number in the ledger: with `_row` it
      decides which version is the later); of corrected rows, `_file`, `_row` and `_sequence` are
      those of the rows that they stand in for; absent entities are empty and typed
    - `_batches`: the ledger, all batches, without wall-clock times; `is_correction`: made of
      corrected rows
    - `_batch_amounts`: the money of batches by fate and currency: batch_id, fate, currency, rows,
      amount (DECIMAL(28,2)), without_amount, unreadable (`amounts.Amounts`)
    - `_rejected`: the rejected rows of all live batches (`quarantine.SCHEMA` and `_batch`)
    - `_requeued`, `_quarantine`: what became of them (`corrections.relations`)
    - `_entities`: entity, is_mapped, has_repeated_keys, rows (accepted rows of live batches)
    - `_sources`: source, covers_until

    Raises `LandingError` where a batch that the ledger knows is not in `landing/`.
    """
    connection.execute(f"create schema if not exists {SCHEMA}")
    with Ledger(settings.state) as ledger:
        live = {entity: ledger.live_batches(entity) for entity in ENTITIES}
        places = places_of(live, settings.landing)
        for name, entity in ENTITIES.items():
            select = _entity_select(entity, live[name], settings.landing, places)
            _replace(connection, "view", name, select)
        _replace(connection, "table", "_batches", _batches_select(ledger.batches()))
        _replace(connection, "table", "_batch_amounts", _amounts_select(ledger))
        _replace(connection, "view", "_rejected", _rejected_select(live, settings))
        for kind, name, select in quarantine_relations(live, settings.landing):
            _replace(connection, kind, name, select)
        mapped = {entity for source in ledger.sources() for entity in source.entities}
        rows = [
            f"({literal(name)}, {name in mapped}, "
            f"{check_keys(ledger, settings.landing, name, connection)}, "
            f"{sum(batch.counts.accepted for batch in live[name])}::BIGINT)"
            for name in ENTITIES
        ]
        columns = "entity, is_mapped, has_repeated_keys, rows"
        _replace(connection, "table", "_entities", _values(rows, columns))
        sources = [
            f"({literal(state.source)}, {_text(state.covers_until)}::DATE)"
            for state in ledger.sources()
        ]
        none = "select ''::VARCHAR as source, null::DATE as covers_until where false"
        covered = _values(sources, "source, covers_until") if sources else none
        _replace(connection, "table", "_sources", covered)


def _replace(connection: duckdb.DuckDBPyConnection, kind: str, name: str, select: str) -> None:
    # "create or replace" refuses to replace a view by a table of the same name.
    for existing in connection.execute(
        "select table_type from information_schema.tables where table_catalog = current_database() "
        "and table_schema = ? and table_name = ?",
        [SCHEMA, name],
    ).fetchall():
        dropped = "view" if existing[0] == "VIEW" else "table"
        connection.execute(f"drop {dropped} {SCHEMA}.{quoted(name)}")
    connection.execute(f"create {kind} {SCHEMA}.{quoted(name)} as {select}")


def _entity_select(
    entity: Entity, batches: Sequence[Batch], landing: Path, places: Mapping[str, int]
) -> str:
    """`places`: batch of corrected rows → the sequence number of the batch that it corrects."""
    if not batches:
        return f"select *, cast(null as BIGINT) as {SEQUENCE} from ({empty_select(entity)})"
    parts: list[Path] = []
    sequences: list[int] = []
    for batch in batches:
        found = parts_of(landing, entity.name, [batch.batch_id])
        parts += found
        sequences += [places.get(batch.batch_id, batch.sequence)] * len(found)
    # `file_index` is a constant of every file: it costs nothing where nobody asks for it.
    numbers = ", ".join(map(str, sequences))
    sequence = f"([{numbers}]::BIGINT[])[file_index::BIGINT + 1]"
    return landed_select(entity, parts, f"{sequence} as {SEQUENCE}")


def _batches_select(batches: Sequence[Batch]) -> str:
    columns = (
        ("sequence", "BIGINT"), ("batch_id", "VARCHAR"), ("entity", "VARCHAR"),
        ("source", "VARCHAR"), ("file", "VARCHAR"), ("content_hash", "VARCHAR"),
        ("mapping_hash", "VARCHAR"), ("rows_read", "BIGINT"), ("rows_accepted", "BIGINT"),
        ("rows_rejected", "BIGINT"), ("rows_filtered", "BIGINT"), ("repeated_keys", "BIGINT"),
        ("min_event", "TIMESTAMPTZ"), ("max_event", "TIMESTAMPTZ"), ("superseded_by", "VARCHAR"),
        ("is_correction", "BOOLEAN"),
    )  # fmt: skip
    typed = ", ".join(f"cast({name} as {kind}) as {name}" for name, kind in columns)
    if not batches:
        nothing = ", ".join(f"null as {name}" for name, _ in columns)
        return f"select {typed} from (select {nothing}) where false"
    rows = [
        "("
        + ", ".join(
            _text(value)
            for value in (
                batch.sequence, batch.batch_id, batch.entity, batch.source, batch.file,
                batch.content_hash, batch.mapping_hash, batch.counts.read, batch.counts.accepted,
                batch.counts.rejected, batch.counts.filtered, batch.repeated_keys,
                batch.min_event, batch.max_event, batch.superseded_by,
                is_correction(batch.content_hash),
            )
        )
        + ")"
        for batch in batches
    ]  # fmt: skip
    names = ", ".join(name for name, _ in columns)
    return f"select {typed} from (values {', '.join(rows)}) as ledger({names})"


def _amounts_select(ledger: Ledger) -> str:
    rows = [
        f"({literal(batch)}, {literal(fate)}, {literal(currency)}, {amounts.rows}::BIGINT, "
        f"{amounts.amount}::DECIMAL(28,2), {amounts.without_amount}::BIGINT, "
        f"{amounts.unreadable}::BIGINT)"
        for batch, fate, currency, amounts in ledger.amounts()
    ]
    none = "('', '', '', 0::BIGINT, 0::DECIMAL(28,2), 0::BIGINT, 0::BIGINT)"
    columns = "batch_id, fate, currency, rows, amount, without_amount, unreadable"
    return _values(rows or [none], columns) + ("" if rows else " where false")


def _rejected_select(live: dict[str, list[Batch]], settings: Settings) -> str:
    columns = ", ".join(name for name, _ in quarantine.COLUMNS)
    files = [
        (file, batch.batch_id)
        for entity, batches in live.items()
        for batch in batches
        if (
            file := quarantine.file_of(
                settings.landing, settings.quarantine, entity, batch.batch_id
            )
        )
    ]
    nothing = ", ".join(f"cast(null as {kind}) as {name}" for name, kind in quarantine.COLUMNS)
    empty = f"select {nothing}, cast(null as VARCHAR) as _batch where false"
    if not files:
        return empty
    ids = literals(batch for _, batch in files)
    batch = f"([{ids}]::VARCHAR[])[file_index::BIGINT + 1]"
    found = f"{_files([file for file, _ in files], 'union_by_name = true')}"
    # Batches that landed before a column was added to the quarantine do not have it.
    return (
        f"select {columns}, _batch from (select *, {batch} as _batch from {found} "
        f"union all by name {empty})"
    )


def _files(paths: Sequence[Path], *options: str) -> str:
    settings = ", ".join(("hive_partitioning = false", *options))
    return f"read_parquet([{literals(str(path) for path in paths)}], {settings})"


def _values(rows: Sequence[str], columns: str) -> str:
    return f"select * from (values {', '.join(rows)}) as listed({columns})"


def _text(value: object) -> str:
    return "null" if value is None else literal(str(value))
