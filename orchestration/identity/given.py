"""Who is there to be resolved: every customer id that any landed entity names, and guests.

An order without a customer id is a guest's: `guest:<order_id>`. A guest is a customer where an
identifier counts (see `identifiers`), so the guests come after those.
"""

import duckdb

from orchestration import sql
from orchestration.entities import CUSTOMER_IDS, ENTITIES, GUEST

NAMING = tuple(
    (entity, column.name)
    for entity, contract in ENTITIES.items()
    for column in contract.columns
    if column.name in CUSTOMER_IDS - {"referred_id", "parent_customer_id", "merged_into_id"}
)
"""Entities and the columns by which they name who did something; other columns may name people
never met."""

GUEST_ID = f"{sql.literal(GUEST + ':')} || order_id"
"""SQL: the customer id of an order that names no customer."""


def make_tests(connection: duckdb.DuckDBPyConnection) -> None:
    """`temp.identity_tests` (customer_id): records whose latest version is a test's."""
    connection.execute("""
        create or replace temp table identity_tests as
        with marked as (
            select distinct customer_id from landing.customers where is_test
        )
        select customer_id
        from (
            select customer_id, is_test
            from landing.customers
            semi join marked using (customer_id)
            qualify row_number() over (
                partition by customer_id
                order by updated_at desc nulls last, _sequence desc, _row desc
            ) = 1
        )
        where is_test
    """)


def make_given(connection: duckdb.DuckDBPyConnection) -> None:
    """`temp.identity_given` (customer_id): each id once; needs `temp.identity_guests`."""
    named = " union all ".join(
        f"select distinct {sql.quoted(column)} as customer_id from landing.{sql.quoted(entity)}"
        for entity, column in NAMING
    )
    connection.execute(f"""
        create or replace temp table identity_given as
        select distinct customer_id
        from ({named} union all select customer_id from temp.identity_guests)
        where customer_id is not null
    """)
