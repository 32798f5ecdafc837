"""Stage 2: CRM and sales identities become customers, each with a key that stays.

Reads what has landed, the registry, `dbt_project.yml` and two seeds; writes new entries of the
registry, then the tables that dbt reads, as Parquet in `identity/` of the data folder. A run that
is killed between the two finds its entries in the registry and comes to the same keys.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from orchestration import sql
from orchestration.entities import ENTITIES
from orchestration.files import private_folder, write_aside_then_rename
from orchestration.identity import links, registry, tables
from orchestration.identity.changes import make_entries
from orchestration.identity.given import make_given, make_tests
from orchestration.identity.graph import make_graph
from orchestration.identity.guards import make_guests, make_ignored
from orchestration.identity.identifiers import make_values
from orchestration.identity.keys import assign_keys
from orchestration.identity.rules import Rules, with_erased
from orchestration.landing.erased import ErasureList
from orchestration.landing.ledger import Ledger
from orchestration.landing.views import create_landing_views
from orchestration.settings import Settings

_VERSION = 1
"""To be raised when the same landing, seeds and settings resolve differently than before."""
_MEMORY = "3GB"
_FINGERPRINT = "fingerprint"


@dataclass(frozen=True)
class Resolution:
    """What came of it; `is_new` is false where nothing has changed since the last time."""

    identities: int
    customers: int
    links: int
    ignored: int
    merged: int
    split: int
    unknown_overrides: tuple[str, ...]
    is_new: bool = True


def resolve(settings: Settings, rules: Rules) -> Resolution:
    """Resolves all identities that have landed; does nothing where nothing has changed since.

    Writes `identity/<table>.parquet` for each of `tables.TABLES`. Raises `IdentityError` where
    manual joins and splits contradict each other, and `LandingError` where a batch is missing.
    """
    done = settings.identity / _FINGERPRINT
    rules = with_erased(rules, ErasureList.read(settings.state))
    before = _fingerprint(settings, rules)
    if done.exists():
        noted = json.loads(done.read_text())
        if noted["of"] == before and all(
            tables.path_of(settings, name).exists() for name in tables.TABLES
        ):
            return Resolution(
                **{**noted["result"], "merged": 0, "split": 0, "is_new": False},
                unknown_overrides=tuple(noted["unknown_overrides"]),
            )
    with Ledger(settings.state) as ledger:
        newest = max((batch.sequence for batch in ledger.batches()), default=0)
    with _connection(settings) as connection:
        create_landing_views(connection, settings)
        resolution = resolve_landed(connection, settings, rules, newest)
    result = {
        name: value for name, value in vars(resolution).items() if name != "unknown_overrides"
    }
    # The registry may have grown: its parts belong to the fingerprint.
    noted = {
        "of": _fingerprint(settings, rules),
        "result": result,
        "unknown_overrides": resolution.unknown_overrides,
    }
    with write_aside_then_rename(done) as aside:
        aside.write_text(json.dumps(noted, sort_keys=True))
    return resolution


def resolve_landed(
    connection: duckdb.DuckDBPyConnection, settings: Settings, rules: Rules, batch_sequence: int
) -> Resolution:
    """Resolves what stands in the schema `landing` of `connection`, whatever was done before."""
    registry.read_registry(connection, settings)
    make_tests(connection)
    make_values(connection, with_contacts=rules.unit_of_analysis == "company")
    make_ignored(connection, rules)
    make_guests(connection)
    make_given(connection)
    links.make_evidence(connection, rules)
    graph = make_graph(connection, rules)
    assign_keys(connection, graph.units)
    make_entries(connection, rules, batch_sequence)
    registry.add_part(connection, settings)
    private_folder(settings.identity)
    tables.write_tables(connection, settings, graph.persons)
    return _count(connection, rules)


def _count(connection: duckdb.DuckDBPyConnection, rules: Rules) -> Resolution:
    row = connection.execute("""
        select
            (select count(*) from temp.identity_given),
            (select count(distinct customer_key) from temp.identity_registry
                semi join temp.identity_given using (customer_id)),
            (select count(*) from temp.identity_links where is_joined),
            (select count(*) from temp.identity_ignored),
            (select count(*) from temp.identity_new_entries where change = 'merge'),
            (select count(*) from temp.identity_new_entries where change = 'split')
    """).fetchone()
    identities, customers, joined, ignored, merged, split = row or (0,) * 6
    return Resolution(
        identities, customers, joined, ignored, merged, split, _unknown(connection, rules)
    )


def _unknown(connection: duckdb.DuckDBPyConnection, rules: Rules) -> tuple[str, ...]:
    """Places of decisions about an identity that no source has given."""
    named = {name for one in rules.overrides for name in (one.first, one.second)}
    if not named:
        return ()
    given = {
        name
        for (name,) in connection.execute(
            "select customer_id from temp.identity_given "
            f"where customer_id in ({sql.literals(sorted(named))})"
        ).fetchall()
    }
    return tuple(one.place for one in rules.overrides if not {one.first, one.second} <= given)


def _fingerprint(settings: Settings, rules: Rules) -> str:
    """Of all that the result depends on: live batches, registry, rules."""
    with Ledger(settings.state) as ledger:
        live = {
            entity: [(batch.sequence, batch.batch_id) for batch in ledger.live_batches(entity)]
            for entity in ENTITIES
        }
    keys = [(part.name, part.stat().st_size) for part in registry.parts(settings)]
    text = json.dumps([_VERSION, rules.fingerprint, live, keys])
    return hashlib.sha256(text.encode()).hexdigest()


@contextmanager
def _connection(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """In memory, spilling to the data folder; time zone UTC whatever the host's."""
    temporary = settings.data_dir / "tmp"
    connection = duckdb.connect(
        config={
            "memory_limit": _MEMORY,
            "temp_directory": str(temporary),
        }
    )
    try:
        connection.execute("set timezone = 'UTC'")
        yield connection
    finally:
        connection.close()
