"""What the ledger knows of `sources.yml` as it was at the last landing: sources and their entities.

Batches of what is not mapped any more do not count.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from orchestration.landing.pulls import UNMAPPED

SCHEMA = """
create table if not exists sources (
    position integer primary key,
    source text not null unique,
    covers_until text
);
create table if not exists mapped_entities (
    source text not null,
    entity text not null,
    primary key (source, entity)
);
"""


@dataclass(frozen=True)
class SourceState:
    """A configured source: the day its deliveries are complete until, the entities it maps."""

    source: str
    covers_until: date | None
    entities: tuple[str, ...]


def write(
    connection: sqlite3.Connection,
    sources: Sequence[SourceState],
    mapping_hashes: Mapping[str, str],
) -> int:
    """Remember what is configured, and let batches count or not by it.

    `mapping_hashes`: of each source. Batches of an entity that is mapped again count again where
    they were landed under the present mapping. Returns how many batches stopped counting.
    """
    mapped = [(state.source, entity) for state in sources for entity in state.entities]
    connection.execute("delete from sources")
    connection.executemany(
        "insert into sources values (?, ?, ?)",
        [
            (position, state.source, state.covers_until and state.covers_until.isoformat())
            for position, state in enumerate(sources)
        ],
    )
    connection.execute("delete from mapped_entities")
    connection.executemany("insert into mapped_entities values (?, ?)", mapped)
    connection.executemany(
        "update batches set superseded_by = null where superseded_by = ? and source = ? "
        "and entity = ? and mapping_hash = ?",
        [(UNMAPPED, source, entity, mapping_hashes[source]) for source, entity in mapped],
    )
    return connection.execute(
        "update batches set superseded_by = ? where superseded_by is null and not exists "
        "(select 1 from mapped_entities as mapped where mapped.source = batches.source "
        "and mapped.entity = batches.entity)",
        (UNMAPPED,),
    ).rowcount


def read(connection: sqlite3.Connection) -> list[SourceState]:
    """The sources, in the order of `sources.yml`; the entities of each in that of the alphabet."""
    entities: dict[str, list[str]] = {}
    for source, entity in connection.execute(
        "select source, entity from mapped_entities order by source, entity"
    ):
        entities.setdefault(source, []).append(entity)
    return [
        SourceState(
            source,
            date.fromisoformat(until) if until else None,
            tuple(entities.get(source, ())),
        )
        for source, until in connection.execute(
            "select source, covers_until from sources order by position"
        )
    ]
