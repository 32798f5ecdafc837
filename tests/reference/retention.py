"""Section 2 of the metrics page: `retention`."""

import numpy as np
import pandas as pd

from .contracts import in_force
from .days import to_dates
from .dimensions import EVERY, sums_by_dimension
from .facts import Facts
from .money import ratio
from .periods import CALENDAR_GRAINS, ROLLING, periods_of

GRAINS = ["week", *CALENDAR_GRAINS, *ROLLING]

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


def active_in(facts: Facts, start: int, end: int) -> pd.Series:
    """Per customer: a purchase day in the period; contractual: in force on its last day.

    A period that is still running is judged by `as_of_date`.
    """
    people = facts.customers
    bought = facts.days[facts.days["is_purchase_day"]]
    buyers = bought.loc[bought["day"].between(start, end), "customer_id"]
    contractual = people["basis"] == "contractual"
    running = people.index.isin(in_force(facts.terms, min(end, facts.as_of)))
    return (people.index.isin(buyers) & ~contractual) | (running & contractual)


def net_sales_in(facts: Facts, start: int, end: int) -> pd.Series:
    """Per customer the net sales of the period in cents, refunds on their own day."""
    days = facts.days[facts.days["day"].between(start, end)]
    return days.groupby("customer_id")["net_sales"].sum().reindex(facts.customers.index).fillna(0)


def customer_period(facts: Facts, start: int, end: int, start_before: int) -> pd.DataFrame:
    """One row per customer: what they count for in a period; flags as 0/1, money in cents.

    The period before is that from `start_before` to the day before `start`.
    """
    people = facts.customers
    before = active_in(facts, start_before, start - 1)
    now = active_in(facts, start, end)
    entered = people["entry_day"].between(start, end)
    known = people["entry_day"] < start
    earlier = net_sales_in(facts, start_before, start - 1)
    current = net_sales_in(facts, start, end)
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
    rows = pd.DataFrame(flags, index=people.index).astype(np.int64)
    return rows.reset_index().assign(start=start)


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
    """NULL for what an incomplete period cannot show; `is_complete`, `is_small_base`."""
    p = facts.parameters
    previous_seen = table["start_before"] >= facts.data_start
    complete = previous_seen & (table["end"] <= facts.as_of)
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


def retention_of(facts: Facts, grain: str, dimensions: list[str] = EVERY) -> pd.DataFrame:
    """The rows of one period_grain: period_start x dimension_name x dimension_value."""
    periods = periods_of(facts, grain)
    parts = [
        customer_period(facts, period.start, period.end, period.start_before)
        for period in periods.itertuples()
    ]
    sums = sums_by_dimension(pd.concat(parts, ignore_index=True), facts, dimensions, ["start"])
    table = hide_unobserved(with_rates(sums.merge(periods, on="start")), facts)
    industry = facts.parameters.benchmark_industry
    bands = benchmark_band(table["crr_strict"], industry)
    table = table.assign(
        period_grain=grain,
        period_start=to_dates(table["start"]),
        period_end=to_dates(table["end"]),
        benchmark_band=bands if grain == facts.parameters.benchmark_grain else None,
    )
    keys = ["period_grain", "period_start", "period_end", "dimension_name", "dimension_value"]
    return table[[*keys, *COUNTS, *RATES, "is_complete", "is_small_base", "benchmark_band"]]


def retention(facts: Facts) -> pd.DataFrame:
    """Grain: period_grain x period_start x dimension_name x dimension_value."""
    parts = [retention_of(facts, grain) for grain in GRAINS]
    banded = [part.astype({"benchmark_band": "str"}) for part in parts]
    return pd.concat(banded, ignore_index=True)
