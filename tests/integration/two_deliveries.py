"""A small company that delivered twice: at the end of a day, and long after it.

The first delivery holds what the sources knew on that day. The second brings what has happened
since, and later versions of what had been delivered, with nearly everything in them changed.
"""

from datetime import date
from pathlib import Path

import duckdb

from orchestration.entities import ENTITIES, Type
from orchestration.landing.views import create_landing_views
from orchestration.settings import Settings
from orchestration.stages import land_sources, make_demo_company

AS_OF = date(2024, 12, 31)
CUSTOMERS = 300
_END = "timestamptz '2025-01-01 00:00:00+00'"
_EVENTS = {
    "refunds": "refunded_at",
    "interactions": "occurred_at",
    "feedback": "answered_at",
    "referrals": "referred_at",
}
# Entity → (what was known at the end of the day, what came after it).
_DELIVERIES = {
    # An order without a version by then was pending, whatever became of it.
    "orders": (
        f"""
        select * from landing.orders
        where ordered_at < {_END} and updated_at < {_END}
        union all
        select distinct on (order_id)
            * replace ('pending' as status, ordered_at as updated_at)
        from landing.orders as orders
        where ordered_at < {_END} and updated_at >= {_END}
        and not exists (
            select 1 from landing.orders as known
            where known.order_id = orders.order_id and known.updated_at < {_END}
        )
        order by order_id, updated_at
        """,
        # From then on everything is sold in dollars, which have no rate.
        f"""
        select * replace ('USD' as currency) from landing.orders where ordered_at >= {_END}
        union all
        select * from landing.orders where ordered_at < {_END} and updated_at >= {_END}
        union all
        select * replace (
            case when hash(order_id) % 2 = 0 then 'cancelled' else 'completed' end as status,
            'C00000001' as customer_id, gross_amount * 2 as gross_amount,
            discount_amount + 1 as discount_amount, shipping_cost_amount + 7
            as shipping_cost_amount, 'AQ' as country, {_END} + interval 3 day as updated_at
        )
        from landing.orders where ordered_at < {_END} and hash(order_id) % 3 = 0
        """,
    ),
    # Orders of the till are known by their lines alone; one more line was added to each later.
    "order_lines": (
        f"""
        select lines.* from landing.order_lines as lines
        semi join (from landing.orders where ordered_at < {_END}) as orders using (order_id)
        union all
        select * replace (
            'T' || order_line_id as order_line_id, 'T' || order_id as order_id,
            'C00000002' as customer_id, {_END} - interval 1 second as ordered_at
        )
        from landing.order_lines where hash(order_line_id) % 20 = 0
        """,
        f"""
        select lines.* from landing.order_lines as lines
        anti join (from landing.orders where ordered_at < {_END}) as orders using (order_id)
        union all
        select * replace (
            'U' || order_line_id as order_line_id, 'T' || order_id as order_id,
            'C00000002' as customer_id, {_END} as ordered_at
        )
        from landing.order_lines where hash(order_line_id) % 20 = 0
        """,
    ),
    "products": (
        f"select * from landing.products where valid_from is null or valid_from < {_END}::date",
        f"""
        select * from landing.products where valid_from >= {_END}::date
        union all
        select distinct on (product_id) * replace (
            'other' as category, unit_cost * 3 as unit_cost, date '2025-01-05' as valid_from
        )
        from landing.products
        order by product_id
        """,
    ),
    # A card of every ninth customer was made later, though they had bought; of some the CRM does
    # not say when theirs was made.
    "customers": (
        f"""
        select * replace (
            case when hash(customer_id) % 7 > 0 then created_at end as created_at,
            case when updated_at < {_END} then updated_at else created_at end as updated_at
        )
        from landing.customers where created_at < {_END} and hash(customer_id) % 9 > 0
        """,
        f"""
        select * from landing.customers where created_at >= {_END}
        union all
        select * replace ({_END} as created_at, true as is_test) from landing.customers
        where created_at < {_END} and hash(customer_id) % 9 = 0
        union all
        select * replace (
            hash(customer_id) % 5 = 0 as is_test, 'AQ' as country, 'south' as acquisition_channel,
            'company' as customer_type, {_END} + interval 9 day as updated_at
        )
        from landing.customers
        where created_at < {_END} and hash(customer_id) % 9 > 0 and hash(customer_id) % 2 = 0
        """,
    ),
    # Besides the few real ones: cancelled later, and ends that had been planned by then.
    "contracts": (
        f"""
        select * replace (
            case when cancelled_on < {_END}::date then cancelled_on end as cancelled_on,
            case when cancelled_on < {_END}::date or not auto_renews then ends_on end as ends_on,
            least(updated_at, {_END} - interval 1 hour) as updated_at
        )
        from landing.contracts where started_on < {_END}::date
        union all by name
        select
            'N' || customer_id as contract_id, customer_id, 30 as recurring_amount,
            'month' as billing_period, hash(customer_id) % 3 > 0 as auto_renews,
            date '2024-03-01' + (hash(customer_id) % 200)::integer as started_on,
            case when hash(customer_id) % 3 = 0 then date '2025-02-20' end as ends_on,
            case when hash(customer_id) % 3 = 1 then date '2025-03-31' end as cancelled_on,
            {_END} - interval 20 day as updated_at
        from landing.customers
        where created_at < {_END} and hash(customer_id) % 6 = 0
        """,
        f"""
        select * from landing.contracts where started_on >= {_END}::date
        union all
        select * replace ({_END} + interval 5 day as updated_at) from landing.contracts
        where started_on < {_END}::date
        union all by name
        select
            'N' || customer_id as contract_id, customer_id, 90 as recurring_amount,
            'month' as billing_period, false as auto_renews, 'USD' as currency,
            date '2024-02-01' as started_on, date '2025-01-15' as ends_on,
            date '2025-01-02' as cancelled_on, {_END} + interval 2 day as updated_at
        from landing.customers where created_at < {_END} and hash(customer_id) % 12 = 0
        """,
    ),
    **{
        entity: (
            f"select * from landing.{entity} where {time} < {_END}",
            f"select * from landing.{entity} where {time} >= {_END}",
        )
        for entity, time in _EVENTS.items()
    },
}


def make_deliveries(folder: Path) -> tuple[Path, Path]:
    """Writes both deliveries, a Parquet file per entity each, and says in which folders.

    The small demo company is landed in `folder`, so that its rows are typed.
    """
    settings = Settings(folder, folder / "sources.yml")
    make_demo_company(settings, CUSTOMERS)
    land_sources(settings)
    first, second = folder / "first", folder / "second"
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        create_landing_views(connection, settings)
        for number, delivery in enumerate((first, second)):
            delivery.mkdir()
            for entity, queries in _DELIVERIES.items():
                columns = ", ".join(_columns(entity))
                connection.execute(
                    f"copy (select {columns} from ({queries[number]}) order by all) "
                    f"to '{delivery / entity}.parquet' (format parquet)"
                )
    return first, second


def write_sources(data_dir: Path) -> None:
    """A `sources.yml` that takes both deliveries as they are, from folders of the inbox."""
    lines = ["sources:"]
    for entity in _DELIVERIES:
        columns = ", ".join(f"{column}: {column}" for column in _columns(entity))
        lines += [
            f"  {entity}:",
            "    kind: file",
            f"    path: inbox/*/{entity}.parquet",
            f"    entities: {{{entity}: {{columns: {{{columns}}}}}}}",
        ]
    (data_dir / "sources.yml").write_text("\n".join(lines) + "\n")


def _columns(entity: str) -> list[str]:
    return [column.name for column in ENTITIES[entity].columns if column.type is not Type.JSON]
