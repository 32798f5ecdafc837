"""A table, view or query of a database, through SQLAlchemy and dlt.

dlt streams the rows and makes Arrow tables of them; which rows are asked for, and in which order,
is said here, because the place where a pull ended stands in our ledger.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.exc import NoSuchTableError, SQLAlchemyError

from orchestration.landing.errors import LandingError, did_you_mean, listed
from orchestration.landing.pulled.database_errors import Address
from orchestration.landing.pulled.dlt_tables import read_table
from orchestration.landing.pulled.stream import Cursor, Page
from orchestration.landing.sources import Source, SourcesConfig
from orchestration.settings import Settings

PAGE_ROWS = 50_000
_KEPT = (
    sa.Numeric, sa.Float, sa.Integer, sa.String, sa.DateTime, sa.Date, sa.Time, sa.Boolean,
    sa.ARRAY, sa.LargeBinary, sa.Uuid,
)  # fmt: skip
"""SQLAlchemy types that become Arrow types; others (JSON, intervals, ranges, money, addresses) are
asked for as texts."""


def open_stream(config: SourcesConfig, name: str, _settings: Settings) -> "Database":
    """Connect to the database of source `name`, and look at its table or query.

    Raises `LandingError` with one message, without the password, where the address is none, the
    server cannot be reached or refuses, or the table or a column is not there.
    """
    source = config.sources[name]
    address = Address(config, name)
    engine = address.engine()
    with address.told(
        "address",
        "the database cannot be opened",
        "Check host, port, database, user and password, and that the server answers from here.",
    ):
        engine.connect().close()
    if source.query:
        with address.told("query", "the query cannot be run", "Correct it, or the rights."):
            table, rows = _of_query(engine, source.query, address)
    else:
        with address.told("table", "the table cannot be looked at", "Correct it, or the rights."):
            table = _of_table(engine, source.table, address)
        rows = table
    _check_columns(source, [column.name for column in table.columns], address)
    primary = tuple(column.name for column in table.primary_key.columns)
    return Database(
        name=source.table or "query",
        key=source.key or primary,
        lag=source.lag,
        source=source,
        table=table,
        rows=rows,
        engine=engine,
        address=address,
    )


def _of_table(engine: sa.Engine, name: str, address: Address) -> sa.Table:
    schema, _, table = name.rpartition(".")
    metadata = sa.MetaData(schema=schema or None)
    try:
        return sa.Table(table, metadata, autoload_with=engine, resolve_fks=False)
    except NoSuchTableError:
        seen = sa.inspect(engine)
        try:
            found = [*seen.get_table_names(schema or None), *seen.get_view_names(schema or None)]
        except SQLAlchemyError:  # such as a schema that is not there
            found = []
        where = f" in schema {schema!r}" if schema else ""
        raise LandingError(
            f"{address.place('table')}: there is no table or view {table!r}{where}."
            f"{did_you_mean(table, found)} Found: {listed(sorted(found)) or 'none'}. Correct "
            "`table`, or have the right to read it granted."
        ) from None


def _of_query(engine: sa.Engine, query: str, address: Address) -> tuple[sa.Table, sa.FromClause]:
    """The query as something to select from, and a table of its columns (types unknown)."""
    # A colon in the query is a colon, such as in a cast or a time, and no parameter.
    text = sa.text(query.strip().rstrip(";").replace(":", r"\:"))
    nothing = sa.select(sa.text("*")).select_from(text.columns().subquery("asked")).where(
        sa.literal_column("1") == sa.literal_column("0")
    )  # fmt: skip
    with engine.connect() as connection:
        names = list(connection.execute(nothing).keys())
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise LandingError(
            f"{address.place('query')}: the query gives {listed(repeated)} more than once. Give "
            "its columns different names by `as`."
        )
    table = sa.Table("query", sa.MetaData(), *(sa.Column(name) for name in names))
    return table, text.columns(*(sa.column(name) for name in names)).subquery("asked")


def _check_columns(source: Source, columns: Sequence[str], address: Address) -> None:
    for setting, wanted in (("cursor", (source.cursor,)), ("key", source.key)):
        for column in filter(None, wanted):
            if column not in columns:
                raise LandingError(
                    f"{address.place(setting)}: {source.table or 'the query'} has no column "
                    f"{column!r}.{did_you_mean(column, columns)} "
                    f"Columns found: {listed(columns, 40)}."
                )


@dataclass(frozen=True)
class Database:
    """A table, view or query as a stream. `rows` is what is selected from."""

    name: str
    key: tuple[str, ...]
    lag: timedelta | int | None
    source: Source
    table: sa.Table
    rows: sa.FromClause
    engine: sa.Engine
    address: Address
    format: Literal["parquet"] = "parquet"

    @property
    def is_incremental(self) -> bool:
        """Whether there is a cursor to read on from."""
        return bool(self.source.cursor)

    def read(self, start: Cursor | None, resume: str | None) -> Iterator[Page]:
        """The rows, in the order of the cursor, or of the primary key where there is no cursor.

        Rows without a cursor are read every time. A whole reading can be gone on with where the
        primary key is one whole number or text.
        """
        remedy = (
            "What was read is kept: run again to go on. A value that the driver cannot read has "
            "to be cast to text in a `query`."
        )
        with self.address.told("address", "the reading broke off", remedy, hides_values=True):
            select = self._select(start, resume)
            for table in read_table(self.engine, self.table, select, PAGE_ROWS):
                rows = _plain(table, self._without_values)
                cursors = rows.column(self.source.cursor) if self.is_incremental else None
                if cursors is not None:
                    self._check_cursor(cursors.type)
                yield Page(rows, cursors, self._resume(rows))

    def _without_values(self, name: str) -> pa.DataType:
        """The type of a column in a page that has no value of it; unknown in a query."""
        if self.rows is not self.table:
            return pa.null()
        is_number = isinstance(self.table.columns[name].type, sa.Numeric)
        return pa.decimal128(1, 0) if is_number else pa.string()

    def _select(self, start: Cursor | None, resume: str | None) -> sa.Select[Any]:
        columns = self.rows.columns
        select = sa.select(*(self._selected(column) for column in columns))
        primary = [columns[column.name] for column in self.table.primary_key.columns]
        if self.is_incremental:
            cursor = columns[self.source.cursor]
            if start is not None:
                select = select.where(sa.or_(cursor >= start, cursor.is_(None)))
            return select.order_by(cursor, *primary)
        if resume is not None:
            select = select.where(primary[0] > json.loads(resume))
        return select.order_by(*primary)

    def _selected(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        if self.rows is not self.table or isinstance(column.type, _KEPT):
            return column
        return sa.cast(column, sa.Text).label(str(column.key))

    def _resume(self, rows: pa.Table) -> str | None:
        """The last primary key as text, where a whole reading can go on after it."""
        primary = list(self.table.primary_key.columns)
        if self.is_incremental or len(primary) != 1:
            return None
        last = rows.column(primary[0].name)[-1].as_py()
        return json.dumps(last) if isinstance(last, int | str) else None

    def _check_cursor(self, kind: pa.DataType) -> None:
        """Times, dates and numbers have one order everywhere; texts only in SQLite."""
        types = pa.types
        is_time = types.is_timestamp(kind) or types.is_date(kind)
        is_number = types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind)
        is_text = types.is_string(kind) and self.engine.dialect.name == "sqlite"
        if not (is_time or is_number or is_text or types.is_null(kind)):
            raise LandingError(
                f"{self.address.place('cursor')}: {self.source.cursor} is neither a time nor a "
                "date nor a number, so it says nothing about what is new. Choose another column, "
                "or leave `cursor` out: then the table is read whole every time."
            )
        lag = self.lag
        if lag and not types.is_null(kind) and isinstance(lag, timedelta) != is_time:
            fitting = "`2 days`" if is_time else "`1000`"
            remedy = "Leave it out" if is_text else f"Write it like {fitting}"
            raise LandingError(
                f"{self.address.place('lag')}: does not fit the cursor {self.source.cursor}. "
                f"{remedy}."
            )


def _plain(table: pa.Table, without_values: Callable[[str], pa.DataType]) -> pa.Table:
    """Instants in one zone (the driver gives them in the server's, which may change in a year),
    bytes as hexadecimal digits, a type for columns without values."""
    for place, column in enumerate(table.schema):
        values = table.column(place)
        if pa.types.is_timestamp(column.type) and column.type.tz not in (None, "UTC"):
            values = values.cast(pa.timestamp(column.type.unit, "UTC"))
        elif pa.types.is_binary(column.type):
            texts = [None if value is None else value.hex() for value in values.to_pylist()]
            values = pa.array(texts, pa.string())
        elif pa.types.is_null(column.type):
            values = values.cast(without_values(column.name))
        else:
            continue
        table = table.set_column(place, column.name, values)
    return table
