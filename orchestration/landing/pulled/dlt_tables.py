"""Rows of a database as Arrow tables, by dlt's `sql_table`."""

from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from dlt.common.libs.pyarrow import PyToArrowConversionException
from dlt.extract.exceptions import ResourceExtractionError
from dlt.sources.sql_database import TableLoader, sql_table
from dlt.sources.sql_database.arrow_helpers import row_tuples_to_arrow


def read_table(
    engine: sa.Engine, table: sa.Table, select: sa.Select[Any], page_rows: int
) -> Iterator[pa.Table]:
    """The rows that `select` gives of `table`, `page_rows` at a time, in its order.

    A column of which a value fits no Arrow type (`NaN` in a numeric column) is text in that page.
    Raises what SQLAlchemy raises.
    """
    resource = sql_table(
        credentials=engine,
        table=table.name,
        metadata=table.metadata,
        chunk_size=page_rows,
        backend="pyarrow",
        reflection_level="full",
        type_adapter_callback=_adapted,
        query_adapter_callback=_always(select),
        table_loader_class=_Loader,
    )
    try:
        yield from resource
    except ResourceExtractionError as error:
        raise error.__cause__ or error from None


class _Loader(TableLoader):
    """As dlt's own, but a value that fits no type stops no other."""

    def _convert_result(self, result: Any, backend_kwargs: dict[str, Any]) -> Iterator[pa.Table]:
        names = list(result.keys())
        for partition in result.partitions(size=self.chunk_size):
            yield self._table([tuple(row) for row in partition], names)

    def _table(self, rows: list[tuple[Any, ...]], names: list[str]) -> pa.Table:
        hints = {name: self.columns.get(name, {"name": name}) for name in names}
        while True:
            try:
                return row_tuples_to_arrow(rows, columns=hints, tz="UTC")
            except PyToArrowConversionException as error:
                name = error.field_name
                if hints[name].get("data_type") == "text":
                    raise
                hints[name] = {"name": name, "data_type": "text"}
                rows = [_with_text(row, names.index(name)) for row in rows]


def _with_text(row: tuple[Any, ...], place: int) -> tuple[Any, ...]:
    value = row[place]
    return (*row[:place], None if value is None else str(value), *row[place + 1 :])


def _adapted(kind: Any) -> Any:
    """The SQLAlchemy type by which dlt chooses the Arrow type; None: by the values."""
    if isinstance(kind, sa.Float):
        return sa.Numeric(asdecimal=False)  # what dlt takes for a 64-bit number
    if isinstance(kind, sa.Numeric) and kind.precision is None:
        return None  # any number of digits: dlt would cut them at nine
    return kind


def _always(select: sa.Select[Any]) -> Callable[..., sa.Select[Any]]:
    def adapt(*_given: Any) -> sa.Select[Any]:
        return select

    return adapt
