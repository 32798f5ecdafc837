"""Segments as they come from the warehouse: copied once per run, checked, and put together.

Makes one temp table per segment, `export_segment_<n>` (the columns of every segment, `COLUMNS`),
and `temp.export_members`, the distinct `customer_key` of all of them.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import duckdb

from orchestration import sql
from orchestration.exports.model import RETIRED, ExportError

COLUMNS = (
    "customer_key",
    "customer_id",
    "segment_code",
    "value",
    "currency",
    "suggested_action_en",
    "suggested_action_ru",
    "reason_en",
    "reason_ru",
    "due_date",
    "last_order_date",
    "manager_id",
    "as_of_date",
)
"""What every segment has; `models/segments/` says what they hold. `customer_id` is a text."""


@dataclass(frozen=True)
class Segment:
    """A loaded segment: its temp table, neutral code (empty if it has no rows) and size."""

    name: str
    table: str
    code: str
    size: int


def load_segments(
    connection: duckdb.DuckDBPyConnection, names: Collection[str], as_of_date: date
) -> dict[str, Segment]:
    """Load every segment named and make `temp.export_members`; `RETIRED` is one without anybody.

    Raises `ExportError` for a segment that does not exist, is of another day, repeats a customer
    or has rows without `customer_key` or `customer_id`.
    """
    loaded = {}
    for place, segment in enumerate(name for name in names if name != RETIRED):
        loaded[segment] = _load(connection, segment, f"export_segment_{place}", as_of_date)
    keys = " union ".join(
        ["select customer_key from restricted.consent_status where false"]
        + [f"select customer_key from {found.table}" for found in loaded.values()]
    )
    connection.execute(f"create temp table export_members as {keys}")
    if RETIRED in names:
        loaded[RETIRED] = _nobody(connection)
    return loaded


def _nobody(connection: duckdb.DuckDBPyConnection) -> Segment:
    types = {"value": "decimal(18, 2)"} | {
        name: "date" for name in COLUMNS if name.endswith("_date")
    }
    columns = ", ".join(f"null::{types.get(name, 'varchar')} as {name}" for name in COLUMNS)
    connection.execute(f"create temp table export_segment_{RETIRED} as select {columns} limit 0")
    return Segment(RETIRED, f"temp.export_segment_{RETIRED}", "", 0)


def _load(
    connection: duckdb.DuckDBPyConnection, segment: str, table: str, as_of_date: date
) -> Segment:
    relation = f"segments.{sql.quoted(segment)}"
    try:
        connection.execute(f"""
            create temp table {table} as
            select * replace (cast(customer_id as varchar) as customer_id)
            from (select {", ".join(COLUMNS)} from {relation})
        """)
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        # The engine's message names tables and columns only: nothing was read yet.
        raise ExportError(f"Segment {segment!r} cannot be read: {error}") from error
    row = connection.execute(
        f"""
        select count(*), count(customer_key), count(customer_id), count(distinct customer_key),
            count(distinct segment_code), coalesce(min(segment_code), ''),
            count(*) filter (as_of_date is distinct from date '{as_of_date}')
        from {table}
    """
    ).fetchone()
    if row is None:
        raise ExportError(f"Segment {segment!r} cannot be counted.")
    size, keys, ids, distinct, codes, code, other_days = row
    faults = {
        f"{size - min(keys, ids)} rows without customer_key or customer_id": min(keys, ids) < size,
        f"{keys - distinct} customers that stand twice": distinct < keys,
        f"{codes} segment codes instead of one": codes > 1,
        f"{other_days} rows of another day than {as_of_date}": other_days > 0,
    }
    found = [fault for fault, applies in faults.items() if applies]
    if found:
        raise ExportError(f"Segment {segment!r} has {', '.join(found)}. Correct models/segments/.")
    return Segment(segment, f"temp.{table}", code, size)
