"""A table or view of a DuckDB file, such as one that another dbt project builds; read whole."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

import duckdb
import pyarrow as pa

from orchestration.landing.errors import LandingError, did_you_mean, listed
from orchestration.landing.pulled.stream import Cursor, Page
from orchestration.landing.sources import SourcesConfig
from orchestration.settings import Settings
from orchestration.sql import literal, quoted

PAGE_ROWS = 100_000
_AS_TEXT = ("ENUM", "INTERVAL", "BIT", "BLOB", "UNION", "BIGNUM", "VARIANT")
"""What Parquet files of Arrow tables do not hold, or not as something to work with."""


def open_stream(config: SourcesConfig, name: str, settings: Settings) -> "DuckDbTable":
    """Open the file of source `name` read-only, and look for its table.

    Raises `LandingError` where there is no such file, table or column, where the file cannot be
    opened, and for the warehouse that the run itself builds.
    """
    source = config.sources[name]
    path = (config.folder / source.path).resolve()
    place = config.place(name, "path")
    if path == settings.warehouse.resolve():
        raise LandingError(
            f"{place}: {path.name} is what this run builds, so it cannot be a source of it. Take "
            "published/current.duckdb, which holds the figures of the run before."
        )
    if not path.is_file():
        raise LandingError(f"{place}: there is no file {path}. Put it there, or correct `path`.")
    table = DuckDbTable(path, source.table, source.key, place)
    with table.connect() as connection:
        columns = table.columns(connection)
        if not columns:
            found = _tables(connection)
            raise LandingError(
                f"{config.place(name, 'table')}: {path.name} has no table or view "
                f"{source.table!r}.{did_you_mean(source.table, found)} Found: {listed(found)}."
            )
        for column in source.key:
            if column not in columns:
                raise LandingError(
                    f"{config.place(name, 'key')}: {source.table} has no column {column!r}."
                    f"{did_you_mean(column, columns)} Columns found: {listed(list(columns), 40)}."
                )
        key = source.key or table.primary_key(connection)
    return DuckDbTable(path, source.table, key, place)


def _tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    found = connection.execute(
        "select table_schema || '.' || table_name from information_schema.tables "
        "where table_catalog = current_database() order by 1"
    ).fetchall()
    return [str(row[0]) for row in found]


@dataclass(frozen=True)
class DuckDbTable:
    """A table or view as a stream; `name` is `table` or `schema.table`."""

    path: Path
    name: str
    key: tuple[str, ...]
    place: str
    format: Literal["parquet"] = "parquet"
    is_incremental: Literal[False] = False
    lag: timedelta | int | None = None

    def connect(self) -> duckdb.DuckDBPyConnection:
        """A connection that cannot change the file; raises `LandingError`."""
        try:
            connection = duckdb.connect(str(self.path), read_only=True)
        except duckdb.Error as error:
            said = str(error).split("\n", 1)[0].rstrip(".")
            raise LandingError(
                f"{self.place}: {self.path.name} cannot be opened: {said}. It has to be a DuckDB "
                "1.x file that no other program is writing to."
            ) from None
        connection.execute("set TimeZone = 'UTC'")
        return connection

    def columns(self, connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
        """Column → DuckDB type; empty where there is no such table."""
        found = connection.execute(
            "select column_name, data_type from duckdb_columns() where database_name = "
            f"current_database() and {self._is_it} order by column_index"
        ).fetchall()
        return {str(name): str(kind) for name, kind in found}

    def primary_key(self, connection: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
        """The columns of the table's primary key; empty where it has none."""
        row = connection.execute(
            "select constraint_column_names from duckdb_constraints() where database_name = "
            f"current_database() and constraint_type = 'PRIMARY KEY' and {self._is_it}"
        ).fetchone()
        return tuple(row[0]) if row else ()

    @property
    def _parts(self) -> tuple[str, str]:
        schema, _, table = self.name.rpartition(".")
        return schema or "main", table

    @property
    def _is_it(self) -> str:
        schema, table = self._parts
        return f"schema_name = {literal(schema)} and table_name = {literal(table)}"

    def read(self, start: Cursor | None, resume: str | None) -> Iterator[Page]:
        """All rows, in the order in which they stand in the table."""
        schema, table = self._parts
        with self.connect() as connection:
            columns = ", ".join(
                _selected(name, kind) for name, kind in self.columns(connection).items()
            )
            try:
                batches = connection.execute(
                    f"select {columns} from {quoted(schema)}.{quoted(table)}"
                ).to_arrow_reader(PAGE_ROWS)
                for batch in batches:
                    yield Page(pa.Table.from_batches([batch]))
            except duckdb.Error as error:
                said = str(error).split("\n", 1)[0].rstrip(".")
                raise LandingError(
                    f"{self.place}: {self.name} of {self.path.name} cannot be read: {said}. A view "
                    "over other files or databases has to be a table."
                ) from None


def _selected(name: str, kind: str) -> str:
    if kind.startswith(_AS_TEXT):
        return f"cast({quoted(name)} as VARCHAR) as {quoted(name)}"
    return quoted(name)
