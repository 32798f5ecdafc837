"""The newest event of a source, as far as it can have happened."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from orchestration.entities import ENTITIES
from orchestration.landing.batches import parts_of
from orchestration.landing.landed import landed_select
from orchestration.landing.ledger import Batch
from orchestration.sql import literal, quoted


def newest_event(
    batches: Iterable[Batch], now: datetime, landing: Path, connection: duckdb.DuckDBPyConnection
) -> datetime | None:
    """The greatest event time, not after `now`, of batches of one entity; None where none is.

    The ledger knows it. Only batches with events in the future are looked into: a source is not
    fresh because one of its rows says 2099.
    """
    known = [
        _looked_up(batch, now, landing, connection) if event > now else event
        for batch in batches
        if (event := _moment(batch.max_event)) is not None
    ]
    return max((event for event in known if event is not None), default=None)


def _looked_up(
    batch: Batch, now: datetime, landing: Path, connection: duckdb.DuckDBPyConnection
) -> datetime | None:
    column = ENTITIES[batch.entity].event_column
    if column is None:
        return None
    event = f"cast({quoted(column)} as TIMESTAMPTZ)"
    landed = landed_select(
        ENTITIES[batch.entity], parts_of(landing, batch.entity, [batch.batch_id])
    )
    connection.execute("set TimeZone = 'UTC'")
    row = connection.execute(
        f"select strftime(max({event}), '%Y-%m-%dT%H:%M:%SZ') from ({landed}) "
        f"where {event} <= cast({literal(now.isoformat())} as TIMESTAMPTZ)"
    ).fetchone()
    return _moment(row[0] if row else None)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC)
