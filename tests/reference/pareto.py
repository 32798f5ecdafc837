"""Section 5 of the metrics page: `pareto` and `concentration`."""

import numpy as np
import pandas as pd

from .days import NEVER
from .facts import Facts
from .money import to_money
from .population import YEAR
from .rhythm import customer_states, rhythm_of

BASES = ["contribution_margin", "net_sales", "gross_sales"]
WINDOWS = ["trailing_365d", "all_time"]
TOP_PERCENTS = [1, 5, 10, 20, 50]


def window_values(facts: Facts, basis: str, window: str, day: int | None = None) -> pd.Series:
    """Cents per customer with a purchase day in the window, refunds on their own day.

    The window ends on `day`, by default `as_of_date`.
    """
    end = facts.as_of if day is None else day
    start = end - (YEAR - 1) if window == "trailing_365d" else -NEVER
    days = facts.days[facts.days["day"].between(start, end)]
    buyers = days.loc[days["is_purchase_day"], "customer_id"].unique()
    return days.groupby("customer_id")[basis].sum().loc[np.sort(buyers)]


def total_above(values: pd.Series) -> pd.Series:
    """Per customer the sum of the positive values strictly above their own."""
    sums = values.clip(lower=0).groupby(values).sum().sort_index(ascending=False)
    return values.map(sums.cumsum() - sums)


def pareto_class(values: pd.Series) -> pd.Series:
    """A, B, C or negative; equal values are always of one class."""
    above, total = total_above(values), int(values.clip(lower=0).sum())
    classes = np.select(
        [values < 0, values == 0, 100 * above < 80 * total, 100 * above < 95 * total],
        ["negative", "C", "A", "B"],
        "C",
    )
    return pd.Series(classes, index=values.index, dtype="str")


def growth_spans(facts: Facts) -> pd.DataFrame:
    """Per buyer the first day of the earlier and of the later span; the later ends as_of.

    Two windows of 365 days; for younger customers the halves of their time, the middle day
    belonging to the earlier.
    """
    first = facts.customers["first_purchase_day"]
    first = first[first < NEVER]
    age = facts.as_of - first + 1
    younger = age < 2 * YEAR
    return pd.DataFrame(
        {
            "earlier_start": first.where(younger, facts.as_of - (2 * YEAR - 1)),
            "later_start": (first + (age + 1) // 2).where(younger, facts.as_of - (YEAR - 1)),
        }
    )


def has_grown(facts: Facts, basis: str) -> pd.Series:
    """Per buyer: a positive earlier value, enough purchase days, grown by `rising_growth`."""
    p = facts.parameters
    spans = growth_spans(facts)
    days = facts.days.join(spans, on="customer_id", how="inner")
    days = days.reset_index(drop=True)
    days = days[days["day"] >= days["earlier_start"]]
    late = days["day"] >= days["later_start"]
    earlier = days[~late].groupby("customer_id")[basis].sum().reindex(spans.index).fillna(0)
    later = days[late].groupby("customer_id")[basis].sum().reindex(spans.index).fillna(0)
    purchases = days.groupby("customer_id")["is_purchase_day"].sum().reindex(spans.index).fillna(0)
    growth = int(p.rising_growth * 1000)
    grown = 1000 * (later - earlier) >= growth * earlier
    return (earlier > 0) & (purchases >= p.rising_min_purchase_days) & grown


def may_rise(facts: Facts) -> pd.Series:
    """Per customer: not churned, and first bought long enough ago."""
    state = customer_states(facts, rhythm_of(facts), facts.as_of)
    age = facts.as_of - facts.customers["first_purchase_day"]
    return (state != "churned") & (age >= facts.parameters.rising_min_age_days)


def pareto(facts: Facts) -> pd.DataFrame:
    """Grain: basis x window_name x customer_id with a purchase day in the window; money."""
    candidates, parts = may_rise(facts), []
    for basis in BASES:
        rising = candidates & has_grown(facts, basis).reindex(candidates.index, fill_value=False)
        for window in WINDOWS:
            values = window_values(facts, basis, window)
            classes = pareto_class(values)
            rows = pd.DataFrame(
                {
                    "basis": basis,
                    "window_name": window,
                    "value": to_money(values),
                    "value_rank": values.rank(method="min", ascending=False).astype(np.int64),
                    "pareto_class": classes,
                    "is_rising": rising.loc[values.index] & (classes != "A"),
                }
            )
            parts.append(rows.rename_axis("customer_id").reset_index())
    return pd.concat(parts, ignore_index=True)


def customers_for_80(values: pd.Series) -> int:
    """The smallest number of customers, counted one by one, that give 80 % or more."""
    ordered = values.clip(lower=0).sort_values(ascending=False)
    enough = 100 * ordered.cumsum() >= 80 * ordered.sum()
    return int((~enough).sum()) + 1


def gini(values: pd.Series) -> float:
    """Gini coefficient of the values that are not negative (0: all equal)."""
    ascending = values[values >= 0].sort_values().to_numpy(dtype=float)
    n = len(ascending)
    weighted = float((np.arange(1, n + 1) * ascending).sum())
    return 2 * weighted / (n * float(ascending.sum())) - (n + 1) / n


def concentration_of(values: pd.Series) -> dict[str, float | int | None]:
    """One row of `concentration`; shares of the total of positive values, NULL without one."""
    n, positive = len(values), values.clip(lower=0).sort_values(ascending=False)
    total = int(positive.sum())
    names = ["customers_for_80", "customer_share_for_80"]
    names += [f"top_{percent}_share" for percent in TOP_PERCENTS]
    names += ["gini", "hhi", "largest_customer_share"]
    if total <= 0:
        return {"customers": n} | dict.fromkeys(names)
    head = customers_for_80(values)
    tops = [int(positive.iloc[: -(-n * percent // 100)].sum()) for percent in TOP_PERCENTS]
    spread = [gini(values), float(((positive / total) ** 2).sum()), positive.iloc[0] / total]
    measured = [head, head / n, *(top / total for top in tops), *spread]
    return {"customers": n} | dict(zip(names, measured, strict=True))


def concentration(facts: Facts) -> pd.DataFrame:
    """Grain: basis x window_name."""
    rows = [
        {"basis": basis, "window_name": window}
        | concentration_of(window_values(facts, basis, window))
        for basis in BASES
        for window in WINDOWS
    ]
    return pd.DataFrame(rows).astype({"customers_for_80": "Int64"})


def pareto_curve(facts: Facts) -> pd.DataFrame:
    """Grain: basis x window_name x percent_of_customers 1 to 100, the largest customers first.

    `cumulative_value` is money, `value_share` that of the total of positive values.
    """
    parts = []
    for basis in BASES:
        for window in WINDOWS:
            percents = np.arange(1, 101)
            values = window_values(facts, basis, window).sort_values(ascending=False)
            if values.empty:
                percents = percents[:0]
            heads = -(-len(values) * percents // 100)
            sums = values.cumsum().to_numpy()[heads - 1]
            total = int(values.clip(lower=0).sum())
            curve = {
                "percent_of_customers": percents,
                "customers": heads,
                "cumulative_value": to_money(sums),
                "customer_share": heads / max(len(values), 1),
                "value_share": sums / total if total > 0 else np.nan,
            }
            parts.append(pd.DataFrame(curve).assign(basis=basis, window_name=window))
    return pd.concat(parts, ignore_index=True)
