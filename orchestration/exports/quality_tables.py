"""Rows for tables of `quality` that dbt makes and a stage of the run completes."""

from collections.abc import Sequence

import duckdb

from orchestration.exports.model import ExportError

_AT_ONCE = 1000


def enter(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: str,
    rows: Sequence[str],
    replacing: str = "true",
) -> None:
    """Put `rows` (SQL tuples of `columns`) in the place of those of which `replacing` holds.

    All or nothing: raises `ExportError` where the table cannot take them. They are literals, for
    binding any value makes DuckDB import pandas, which takes seconds.
    """
    connection.execute("begin")
    try:
        connection.execute(f"delete from quality.{table} where {replacing}")
        for first in range(0, len(rows), _AT_ONCE):
            values = ", ".join(rows[first : first + _AT_ONCE])
            connection.execute(f"insert into quality.{table} ({columns}) values {values}")
        connection.execute("commit")
    except duckdb.Error as error:
        connection.execute("rollback")
        raise ExportError(f"quality.{table} cannot be completed: {error}") from error
