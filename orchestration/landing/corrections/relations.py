"""The quarantine as the warehouse sees it: every entry, whether it is open, what closed it.

- `_requeued` (table): one row per entry that was corrected, by its last fix: entry_id, line,
  fix_file, fix_line, batch_id (NULL while the fix has not landed), outcome: `accepted`, `filtered`
  (a `where` leaves it out), `dismissed` (a person does), `rejected` (again), `pending`
- `_quarantine` (view): one row per rejected record of every delivered file that counts: the columns
  of `_rejected` (reason, value and so on of the last try), `entry_id`, `state` (open, closed),
  `closed_by` (the batch), `closed_as` (the outcome), `tries` (how often it was corrected)
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from orchestration.landing import quarantine
from orchestration.landing.batches import parts_of
from orchestration.landing.corrections.entries import entry_prefix, is_correction
from orchestration.landing.corrections.store import DISMISS, Fixes
from orchestration.landing.ledger import Batch
from orchestration.sql import literal, literals

Live = Mapping[str, Sequence[Batch]]
"""Entity → its live batches."""

OPEN, CLOSED = "open", "closed"
_OF_LAST_TRY = ("column_name", "value", "reason", "message", "record")


def places_of(live: Live, landing: Path) -> dict[str, int]:
    """Live batch of corrected rows → the sequence number of the batch that it corrects.

    A corrected row is as old as the delivery that it belongs to: what was delivered after that,
    and before somebody corrected it, is still the later version.
    """
    batches = [batch for of_entity in live.values() for batch in of_entity]
    if not any(is_correction(batch.content_hash) for batch in batches):
        return {}
    known = {(batch.source, batch.content_hash, batch.entity): batch for batch in batches}
    places = {}
    for file in Fixes.read(landing).files:
        made = known.get((file.source, file.content_hash, file.entity))
        origin = known.get((file.source, file.corrects, file.entity))
        if made and origin:
            places[made.batch_id] = origin.sequence
    return places


def quarantine_relations(live: Live, landing: Path) -> Iterator[tuple[str, str, str]]:
    """(kind, name, select) of the relations above, over the view `_rejected`."""
    yield "table", "_requeued", _requeued_select(live, landing)
    yield "view", "_quarantine", _quarantine_select(live)


def _requeued_select(live: Live, landing: Path) -> str:
    fixes = Fixes.read(landing)
    columns = "entry_id, line, fix_file, fix_line, tries, action, batch_id"
    batches = {
        (batch.source, batch.content_hash, batch.entity): batch
        for of_entity in live.values()
        for batch in of_entity
        if is_correction(batch.content_hash)
    }
    tries: dict[str, int] = {}
    rows = []
    for file in fixes.files:
        batch = batches.get((file.source, file.content_hash, file.entity))
        batch_id = literal(batch.batch_id) if batch else "null"
        for row in file.rows:
            tries[row.entry_id] = tries.get(row.entry_id, 0) + 1
            if fixes.latest[row.entry_id] == file.fix:
                rows.append(
                    f"({literal(row.entry_id)}, {row.line}, {literal(row.fix_file)}, "
                    f"{row.fix_line}, {tries[row.entry_id]}, {literal(row.action)}, {batch_id})"
                )
    listed = ", ".join(rows) or "('', 0, '', 0, 0, '', '')"
    parts = [
        part
        for batch in batches.values()
        for part in parts_of(landing, batch.entity, [batch.batch_id])
    ]
    accepted = (
        f"select _batch, _row from read_parquet([{literals(map(str, parts))}], "
        "hive_partitioning = false)"
        if parts
        else "select null::VARCHAR as _batch, null::BIGINT as _row where false"
    )
    return (
        f"with fixed({columns}) as (values {listed}), accepted as ({accepted}) "
        "select fixed.entry_id, fixed.line::BIGINT as line, fixed.fix_file, "
        "fixed.fix_line::BIGINT as fix_line, fixed.tries::INTEGER as tries, "
        "fixed.batch_id::VARCHAR as batch_id, case "
        "when fixed.batch_id is null then 'pending' "
        f"when fixed.action = {literal(DISMISS)} then 'dismissed' "
        "when again.line is not null then 'rejected' "
        "when accepted._row is not null then 'accepted' else 'filtered' end as outcome "
        "from fixed left join landing._rejected as again "
        "on fixed.batch_id = again._batch and fixed.line = again.line "
        "left join accepted on fixed.batch_id = accepted._batch and fixed.line = accepted._row "
        "where fixed.entry_id <> ''"
    )


def _quarantine_select(live: Live) -> str:
    origins = [
        f"({literal(batch.batch_id)}, "
        f"{literal(entry_prefix(batch.source, batch.content_hash, batch.entity))})"
        for of_entity in live.values()
        for batch in of_entity
        if not is_correction(batch.content_hash)
    ]
    listed = ", ".join(origins) or "('', '')"
    columns = ", ".join(
        f"case when again.line is null then entry.{name} else again.{name} end as {name}"
        if name in _OF_LAST_TRY
        else f"entry.{name}"
        for name, _ in quarantine.COLUMNS
    )
    is_closed = "requeued.outcome in ('accepted', 'filtered', 'dismissed')"
    return (
        f"with origins(batch_id, prefix) as (values {listed}), "
        "entry as (select rejected.*, origins.prefix || rejected.line as entry_id "
        "from landing._rejected as rejected inner join origins "
        "on rejected._batch = origins.batch_id) "
        f"select {columns}, entry._batch, entry.entry_id, "
        f"case when {is_closed} then '{CLOSED}' else '{OPEN}' end as state, "
        f"case when {is_closed} then requeued.batch_id end as closed_by, "
        f"case when {is_closed} then requeued.outcome end as closed_as, "
        "coalesce(requeued.tries, 0) as tries "
        "from entry left join landing._requeued as requeued on entry.entry_id = requeued.entry_id "
        # In the next join's condition the outcome, which is of its left side alone, would make
        # DuckDB compare each entry with each rejected row.
        "left join landing._requeued as retried "
        "on entry.entry_id = retried.entry_id and retried.outcome = 'rejected' "
        "left join landing._rejected as again "
        "on retried.batch_id = again._batch and retried.line = again.line"
    )
