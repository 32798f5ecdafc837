"""What stands in the warehouse file before dbt builds: landing views, who is whom, the run."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from orchestration.exports import assignments
from orchestration.identity import create_views, load_rules, resolve
from orchestration.landing.ledger import Ledger
from orchestration.landing.views import create_landing_views
from orchestration.parameters import load_variables, recorded_parameters, seed_tables
from orchestration.settings import Settings
from orchestration.sql import literal


@dataclass(frozen=True)
class Prepared:
    """What dbt must know before it parses: entities whose keys repeat."""

    repeated_entities: tuple[str, ...]


@contextmanager
def open_warehouse(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-write connection to the warehouse file, closed afterwards.

    Time zone UTC, so that nothing depends on the host's.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(str(path))
    path.chmod(0o600)  # it holds personal columns; BI reads the snapshot
    try:
        connection.execute("set timezone = 'UTC'")
        yield connection
    finally:
        connection.close()


def start_afresh(warehouse: Path) -> None:
    """Removes the warehouse file: everything in it can be rebuilt, and nothing old can linger."""
    for path in (warehouse, warehouse.with_name(f"{warehouse.name}.wal")):
        path.unlink(missing_ok=True)


def prepare(
    settings: Settings, warehouse: Path, overrides: Mapping[str, Any] | None = None
) -> Prepared:
    """Makes the schemas `landing` and `identity`: views over the live batches and over recorded
    assignments, what the run was asked, its settings (with `overrides` of `--vars`), and who is
    whom, after resolving whoever landed since that was last done.
    """
    resolve(settings, load_rules())
    with open_warehouse(warehouse) as connection:
        create_landing_views(connection, settings)
        create_views(connection, settings)
        assignments.create_view(connection, settings)
        # A literal, not a bound parameter: binding makes DuckDB import pandas, which takes seconds.
        asked = f"date '{settings.as_of_date}'" if settings.as_of_date else "null::date"
        landed = _last_landing(settings)
        until = f"date '{landed + timedelta(days=1)}'" if landed else "null::date"
        connection.execute(
            "create or replace table landing._run as "
            f"select {asked} as as_of_date, {until} as happened_until"
        )
        _record_settings(connection, settings, overrides)
        repeated = connection.execute(
            "select entity from landing._entities where has_repeated_keys order by entity"
        ).fetchall()
    return Prepared(tuple(entity for (entity,) in repeated))


def _record_settings(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    overrides: Mapping[str, Any] | None,
) -> None:
    """`landing._settings`: one row per setting of the run, for `quality.run_parameters`."""
    recorded = recorded_parameters(
        load_variables(overrides=overrides), seed_tables(), settings.as_of_date
    )
    connection.execute(
        "create or replace table landing._settings (parameter_name varchar, kind varchar, "
        "section varchar, description varchar, default_value varchar, is_default boolean, "
        "content_hash varchar)"
    )
    rows = (
        (
            *map(_text, (one.name, one.kind, one.section, one.description, one.default_value)),
            "null" if one.is_default is None else str(one.is_default).lower(),
            _text(one.content_hash),
        )
        for one in recorded
    )
    values = ", ".join(f"({', '.join(row)})" for row in rows)
    connection.execute(f"insert into landing._settings values {values}")


def _text(value: str | None) -> str:
    return "null" if value is None else literal(value)


def _last_landing(settings: Settings) -> date | None:
    """The day, in UTC, on which the last batch landed: what is later cannot have happened yet.

    The ledger says it, not the clock: the same `state/` gives the same marts on any day.
    """
    with Ledger(settings.state) as ledger:
        return ledger.last_landing()
