"""The check of the floor: the same figures in the bare marts and in the published snapshot.

Keys are numbered differently (ours by the registry, bare by the customer id), so tables are
compared by row counts and by column: sums of numbers (to nine digits), counts of texts and flags.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import duckdb

MARTS = (
    "customers",
    "cohorts",
    "retention",
    "customer_churn",
    "churn",
    "churn_reasons",
    "survival",
    "pareto",
    "pareto_curve",
    "concentration",
    "pareto_migration",
    "quadrants",
    "quadrant_migration",
    "quadrant_sensitivity",
    "segment_membership",
    "customer_rfm",
    "customer_value",
    "nps",
    "acquisition_channels",
    "retention_economics",
    "onboarding",
    "key_accounts",
)
_OURS, _BARE = "ours", "bare"
_RELATIVE = 1e-9
_KEYS = {"customer_key"}


@dataclass(frozen=True)
class Difference:
    """A figure of a table that is not the same."""

    table: str
    figure: str
    ours: object
    bare: object


def compare_marts(published: Path, bare: Path) -> list[Difference]:
    """All figures that differ between the published snapshot and the bare database."""
    with duckdb.connect(config={"memory_limit": "2GB"}) as connection:
        connection.execute(f"attach '{published}' as {_OURS} (read_only)")
        connection.execute(f"attach '{bare}' as {_BARE} (read_only)")
        return [found for table in MARTS for found in _compare(connection, table)]


def _compare(connection: duckdb.DuckDBPyConnection, table: str) -> list[Difference]:
    columns = _columns(connection, _OURS, table)
    others = _columns(connection, _BARE, table)
    if set(columns) != set(others):
        return [Difference(table, "columns", sorted(columns), sorted(others))]
    expressions = {"rows": "count(*)"}
    for name, kind in columns.items():
        if name not in _KEYS:
            expressions |= _figures(name, kind)
    query = ", ".join(f'{sql} as "{figure}"' for figure, sql in expressions.items())
    ours, bare = (
        connection.execute(f"select {query} from {database}.marts.{table}").fetchone() or ()
        for database in (_OURS, _BARE)
    )
    return [
        Difference(table, figure, one, other)
        for figure, one, other in zip(expressions, ours, bare, strict=True)
        if not _is_same(one, other)
    ]


def _columns(connection: duckdb.DuckDBPyConnection, database: str, table: str) -> dict[str, str]:
    rows = connection.execute(
        "select column_name, data_type from duckdb_columns() "
        "where database_name = ? and schema_name = 'marts' and table_name = ?",
        [database, table],
    ).fetchall()
    return dict(rows)


def _figures(name: str, kind: str) -> dict[str, str]:
    if kind == "VARCHAR":
        # A sum of hashes: the same texts in the same numbers, in any order.
        return {name: f'sum(cast(hash("{name}") as hugeint))'}
    if kind == "BOOLEAN":
        return {name: f'count(*) filter ("{name}")', f"{name} null": f'count("{name}")'}
    value = f"\"{name}\" - date '1970-01-01'" if kind == "DATE" else f'"{name}"'
    return {name: f"sum({value})", f"{name} null": f'count("{name}")'}


def _is_same(one: object, other: object) -> bool:
    if one == other:
        return True
    if one is None or other is None or isinstance(one, str) or isinstance(other, str):
        return False
    left, right = float(str(one)), float(str(other))
    return abs(left - right) <= _RELATIVE * max(abs(left), abs(right))


def compare_exports(released: Path, bare: Path) -> list[tuple[str, int, int]]:
    """Rows per export file: (`<destination>__<audience>`, ours, bare).

    Bare normalises simply, so a few people in a thousand may differ.
    """
    ours = {
        "__".join(path.name.split("__")[:2]): path for path in sorted(released.glob("*/*/*.csv"))
    }
    return [
        (name, _rows(path), _rows(bare / f"{name}.csv"))
        for name, path in ours.items()
        if (bare / f"{name}.csv").exists()
    ]


def _rows(path: Path) -> int:
    with path.open(newline="", encoding="utf-8") as file:
        return sum(1 for _ in csv.reader(file)) - 1
