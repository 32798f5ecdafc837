"""The customer key registry: which whole number stands for which customer, for good.

State, not cache: a key given once is never given again, so it lives beside the ledger in `state/`
as Parquet parts (customer_id VARCHAR, customer_key BIGINT; grain: customer_id), one for each run
that met new customers. Within a run new customers are numbered in the order of their ids, so the
same landing and the same registry give the same keys.
"""

from pathlib import Path

import duckdb

from orchestration.entities import ENTITIES
from orchestration.files import write_aside_then_rename
from orchestration.settings import Settings
from orchestration.sql import literal

REGISTRY = "customer_keys"


def _given_ids() -> str:
    """SQL for every customer id in any landed entity; column `customer_id`, repeats included."""
    columns = [
        (entity.name, column.name)
        for entity in ENTITIES.values()
        for column in entity.columns
        if column.name in {"customer_id", "referrer_id"}
    ]
    return " union all ".join(
        f"select distinct {column} as customer_id from landing.{entity}"
        for entity, column in columns
    )


def register_customers(connection: duckdb.DuckDBPyConnection, settings: Settings) -> int:
    """Gives a key to each customer that has none and makes `landing._customer_keys` of all.

    Needs the landing views in `connection`. Returns the number of new customers.
    """
    folder = settings.state / REGISTRY
    folder.mkdir(parents=True, exist_ok=True)
    parts = sorted(folder.glob("part-*.parquet"))
    connection.execute("create schema if not exists landing")
    connection.execute(
        "create or replace table landing._customer_keys as "
        + (
            f"select customer_id, customer_key from read_parquet({[str(part) for part in parts]})"
            if parts
            else "select null::varchar as customer_id, null::bigint as customer_key where false"
        )
    )
    new = connection.execute(
        f"""
        create or replace temp table new_customer_keys as
        select
            customer_id,
            cast(row_number() over (order by customer_id) as bigint)
            + coalesce((select max(customer_key) from landing._customer_keys), 0) as customer_key
        from (
            select distinct customer_id from ({_given_ids()})
            where customer_id is not null
        ) as given
        anti join landing._customer_keys using (customer_id)
        """
    ).fetchone()
    count = int(new[0]) if new else 0
    if count:
        _add_part(connection, folder / f"part-{len(parts):06d}.parquet")
        connection.execute(
            "insert into landing._customer_keys "
            "select customer_id, customer_key from new_customer_keys order by customer_key"
        )
    connection.execute("drop table new_customer_keys")
    return count


def _add_part(connection: duckdb.DuckDBPyConnection, part: Path) -> None:
    with write_aside_then_rename(part) as aside:
        connection.execute(
            "copy (select customer_id, customer_key from new_customer_keys order by customer_key) "
            f"to {literal(str(aside))} (format parquet)"
        )
