"""Section 2 of the metrics page: `retention` per month, for `all` and per country."""

import numpy as np
import pandas as pd

from .contracts import in_force
from .days import Days, month_end, month_of, month_start, to_dates
from .facts import Facts
from .money import ratio

COUNTS = [
    "active_start",
    "new_customers",
    "reactivated_customers",
    "lost_customers",
    "active_end",
    "lost_new_customers",
    "retained_customers",
    "dormant_customers",
]
RATES = [
    "crr",
    "crr_strict",
    "churn_rate",
    "net_revenue_retention",
    "gross_revenue_retention",
    "repeat_sales_share",
    "repeat_customer_rate",
]
LOW_BELOW = {"ecommerce": 0.06, "saas": 0.16}
EXCELLENT_FROM = 0.35


def months_observed(facts: Facts) -> Days:
    """All months from that of `data_start` to that of `as_of_date`."""
    first, last = month_of(np.array([facts.data_start, facts.as_of]))
    return np.arange(first, last + 1)


def active_in(facts: Facts, month: int) -> pd.Series:
    """Per customer: a purchase day in the month; contractual: in force on its last day.

    A month that is still running is judged by `as_of_date`.
    """
    people = facts.customers
    bought = facts.days[facts.days["is_purchase_day"]]
    buyers = bought.loc[month_of(bought["day"]) == month, "customer_id"]
    last_day = min(int(month_end(np.array([month]))[0]), facts.as_of)
    contractual = people["basis"] == "contractual"
    running = people.index.isin(in_force(facts.terms, last_day))
    return (people.index.isin(buyers) & ~contractual) | (running & contractual)


def net_sales_in(facts: Facts, month: int) -> pd.Series:
    """Per customer the net sales of the month in cents, refunds on their own day."""
    days = facts.days[month_of(facts.days["day"]) == month]
    return days.groupby("customer_id")["net_sales"].sum().reindex(facts.customers.index).fillna(0)


def customer_month(facts: Facts, month: int) -> pd.DataFrame:
    """One row per customer: what they count for in a month; flags as 0/1, money in cents."""
    people = facts.customers
    start, end = int(month_start(np.array([month]))[0]), int(month_end(np.array([month]))[0])
    before, now = active_in(facts, month - 1), active_in(facts, month)
    entered = people["entry_day"].between(start, end)
    known = people["entry_day"] < start
    earlier, current = net_sales_in(facts, month - 1), net_sales_in(facts, month)
    capped = np.minimum(current.clip(lower=0), earlier.clip(lower=0))
    bought = people["first_purchase_day"] <= end
    flags = {
        "active_start": before,
        "new_customers": entered,
        "reactivated_customers": now & ~before & known,
        "lost_customers": before & ~now,
        "active_end": now,
        "lost_new_customers": entered & ~now,
        "retained_customers": before & now,
        "dormant_customers": known & ~now,
        "customers": bought,
        "repeat_customers": people["second_purchase_day"] <= end,
        "sales_start": earlier.where(before, 0),
        "sales_end": current.where(before, 0),
        "floored_start": earlier.clip(lower=0).where(before, 0),
        "floored_end": capped.where(before, 0),
        "sales": current.where(bought, 0),
        "repeat_sales": current.where(people["first_purchase_day"] < start, 0),
    }
    return pd.DataFrame(flags, index=people.index).astype(np.int64)


def with_rates(counts: pd.DataFrame) -> pd.DataFrame:
    """The seven rates, each NULL where its base is zero or not positive."""
    start = counts["active_start"]
    return counts.assign(
        crr=ratio(counts["active_end"] - counts["new_customers"], start),
        crr_strict=ratio(counts["retained_customers"], start),
        churn_rate=ratio(counts["lost_customers"], start),
        net_revenue_retention=ratio(counts["sales_end"], counts["sales_start"]),
        gross_revenue_retention=ratio(counts["floored_end"], counts["floored_start"]),
        repeat_sales_share=ratio(counts["repeat_sales"], counts["sales"]),
        repeat_customer_rate=ratio(counts["repeat_customers"], counts["customers"]),
    )


def hide_unobserved(table: pd.DataFrame, facts: Facts) -> pd.DataFrame:
    """NULL for what an incomplete month cannot show; `is_complete`, `is_small_base`."""
    p = facts.parameters
    previous_seen = month_start(table["month"] - 1) >= facts.data_start
    complete = previous_seen & (month_end(table["month"]) <= facts.as_of)
    small = (table["active_start"] < p.small_base).astype("boolean")
    table = table.astype(dict.fromkeys(COUNTS, "Int64"))
    table = table.assign(is_complete=complete, is_small_base=small.where(previous_seen))
    for column in (*RATES, "lost_customers"):
        table[column] = table[column].where(complete)
    for column in ("active_start", "retained_customers"):
        table[column] = table[column].where(previous_seen)
    return table


def benchmark_band(crr_strict: pd.Series, industry: str) -> pd.Series:
    """Where the strict retention rate of a month stands; NULL without a rate."""
    band = np.where(crr_strict < LOW_BELOW[industry], "low", "normal")
    band = np.where(crr_strict >= EXCELLENT_FROM, "excellent", band)
    return pd.Series(band, index=crr_strict.index, dtype="str").where(crr_strict.notna())


def retention(facts: Facts) -> pd.DataFrame:
    """Grain: period_start x dimension_name (all, country) x dimension_value; month only."""
    parts = []
    for month in months_observed(facts):
        rows = customer_month(facts, int(month))
        for dimension in ("all", "country"):
            sums = rows.groupby(facts.customers[dimension].rename("dimension_value")).sum()
            parts.append(sums.reset_index().assign(month=month, dimension_name=dimension))
    table = hide_unobserved(with_rates(pd.concat(parts, ignore_index=True)), facts)
    table = table.assign(
        period_grain="month",
        period_start=to_dates(month_start(table["month"])),
        period_end=to_dates(month_end(table["month"])),
        benchmark_band=benchmark_band(table["crr_strict"], facts.parameters.benchmark_industry),
    )
    keys = ["period_grain", "period_start", "period_end", "dimension_name", "dimension_value"]
    return table[[*keys, *COUNTS, *RATES, "is_complete", "is_small_base", "benchmark_band"]]
