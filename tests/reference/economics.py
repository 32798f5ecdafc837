"""Section 9 of the metrics page: `retention_economics`."""

import numpy as np
import pandas as pd

from .days import to_dates
from .facts import Facts
from .money import ratio, to_money
from .periods import CALENDAR_GRAINS, periods_of
from .retention import retention_of
from .spending import is_spend_known, spend_on

RATES = [
    "cost_to_acquire",
    "cost_to_keep",
    "acquire_to_keep_ratio",
    "returning_sales_share",
    "returning_sales_per_customer",
    "first_time_sales_per_customer",
    "returning_sales_uplift",
]
OF_RETENTION = ["new_customers", "retained_customers", "repeat_sales_share", "is_complete"]
LITERATURE = {
    "acquire_to_keep_low": 5.0,
    "acquire_to_keep_high": 10.0,
    "returning_sales_share_literature": 0.65,
    "returning_sales_uplift_literature": 0.67,
}


def money_in(facts: Facts, start: int, end: int) -> dict[str, float]:
    """Spend, cost to serve, and the buyers of a period with their sales (cents); NULL unknown."""
    days = facts.days[facts.days["day"].between(start, end)]
    first = facts.customers["first_purchase_day"]
    buyers = first.loc[days.loc[days["is_purchase_day"], "customer_id"].unique()]
    returning, first_time = buyers.index[buyers < start], buyers.index[buyers >= start]
    amounts = {}
    for name, purpose in (("acquisition_spend", "acquire"), ("keep_spend", "keep")):
        spend = spend_on(facts, purpose)
        inside = spend.loc[spend["day"].between(start, end), "amount"]
        amounts[name] = float(inside.sum()) if is_spend_known(facts) else np.nan
    for name, ids in (("returning", returning), ("first_time", first_time)):
        amounts[f"{name}_customers"] = len(ids)
        amounts[f"{name}_sales"] = days.loc[days["customer_id"].isin(ids), "net_sales"].sum()
    return amounts | {"start": start, "cost_to_serve": days["cost_to_serve"].sum()}


def with_rates(table: pd.DataFrame) -> pd.DataFrame:
    """What winning and keeping one customer cost, and what they buy; NULL unless complete."""
    retained = table["retained_customers"].astype(float)
    acquire = ratio(table["acquisition_spend"], table["new_customers"]) / 100
    keep = ratio(table["keep_spend"] + table["cost_to_serve"], retained) / 100
    returning = ratio(table["returning_sales"], table["returning_customers"]) / 100
    first_time = ratio(table["first_time_sales"], table["first_time_customers"]) / 100
    table = table.assign(
        cost_to_acquire=acquire,
        cost_to_keep=keep,
        acquire_to_keep_ratio=ratio(acquire, keep),
        returning_sales_share=table["repeat_sales_share"],
        returning_sales_per_customer=returning,
        first_time_sales_per_customer=first_time,
        returning_sales_uplift=ratio(returning, first_time) - 1,
    )
    return table.assign(**{name: table[name].where(table["is_complete"]) for name in RATES})


def economics_of(facts: Facts, grain: str) -> pd.DataFrame:
    """The rows of one period_grain."""
    periods = periods_of(facts, grain)
    amounts = [money_in(facts, period.start, period.end) for period in periods.itertuples()]
    table = pd.DataFrame(amounts).assign(
        period_grain=grain,
        period_start=to_dates(periods["start"]),
        period_end=to_dates(periods["end"]),
    )
    flows = retention_of(facts, grain, ["all"])[["period_start", *OF_RETENTION]]
    table = with_rates(table.merge(flows, on="period_start")).assign(**LITERATURE)
    spent = ["acquisition_spend", "keep_spend", "cost_to_serve"]
    return table.assign(**{name: to_money(table[name]) for name in spent})


def retention_economics(facts: Facts) -> pd.DataFrame:
    """Grain: period_grain x period_start; spend and costs are money, others per customer."""
    table = pd.concat([economics_of(facts, grain) for grain in CALENDAR_GRAINS], ignore_index=True)
    return table.drop(
        columns=["start", "repeat_sales_share", "returning_sales", "first_time_sales"]
    )
