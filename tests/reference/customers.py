"""`customers`: one row per customer with lifetime money (refunds attributed to their order)."""

import pandas as pd

from .blocks import contact_columns, contract_columns, gap_columns, order_columns, voice_columns
from .days import to_dates
from .facts import DIMENSIONS, GIVEN, Facts
from .money import to_money
from .relationships import relationships

SUMS = {
    "orders": "orders",
    "gross_sales": "gross_sales",
    "discounts": "discounts",
    "refunds": "refunds_attributed",
    "net_sales": "net_sales_attributed",
    "shipping": "shipping",
    "payment_fees": "payment_fees",
    "cost_to_serve": "cost_to_serve",
    "contribution_margin": "contribution_margin_attributed",
}


def customers(facts: Facts) -> pd.DataFrame:
    """One row per customer_id: dimensions, purchase days, and money of all time.

    `cost_of_goods` is after the share that refunds give back. The other columns are described in
    `blocks`. Someone who never bought has no
    purchase dates, and sums of 0 (refunds of an order never seen make them negative).
    """
    people = facts.customers
    sums = facts.days.groupby("customer_id").sum().reindex(people.index).fillna(0).astype("int64")
    table = people[["basis", *DIMENSIONS, *GIVEN, "purchase_days"]].join(relationships(facts))
    table = table.assign(
        first_purchase_date=to_dates(people["first_purchase_day"]),
        last_purchase_date=to_dates(people["last_purchase_day"]),
        **{name: to_money(sums[column]) for name, column in SUMS.items()},
        cost_of_goods=to_money(sums["goods"] - sums["cost_returned_attributed"]),
    )
    table = table.assign(orders=sums["orders"])
    blocks = (order_columns, gap_columns, contact_columns, voice_columns, contract_columns)
    return table.join([block(facts) for block in blocks]).reset_index()
