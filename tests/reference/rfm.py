"""Section 7 of the metrics page: `customer_rfm`."""

import pandas as pd

from .facts import Facts
from .money import to_money

WEEK = 7


def score(values: pd.Series) -> pd.Series:
    """1 + min(4, floor(5 x share strictly worse)): equal values share a score."""
    worse = (values.rank(method="min") - 1).astype("int64")
    return 1 + (5 * worse // max(len(values), 1)).clip(upper=4)


def customer_rfm(facts: Facts) -> pd.DataFrame:
    """One row per customer_id who ever bought; recency_t_x and age_t in weeks.

    `monetary_m` is money per repeat purchase day (after discounts, before refunds, not rounded),
    NULL where nobody came back.
    """
    people = facts.customers[facts.customers["purchase_days"] > 0]
    net_sales = facts.days.groupby("customer_id")["net_sales"].sum().reindex(people.index)
    repeats = facts.days.join(people["first_purchase_day"], on="customer_id", how="inner")
    repeats = repeats.reset_index(drop=True)
    repeats = repeats[repeats["is_purchase_day"] & (repeats["day"] > repeats["first_purchase_day"])]
    mean_spent = repeats.groupby("customer_id")["spent"].mean()
    first, last = people["first_purchase_day"], people["last_purchase_day"]
    table = pd.DataFrame(
        {
            "recency_score": score(last),
            "frequency_score": score(people["purchase_days"]),
            "monetary_score": score(net_sales),
            "frequency_x": people["purchase_days"] - 1,
            "recency_t_x": (last - first) / WEEK,
            "age_t": (facts.as_of - first) / WEEK,
            "monetary_m": to_money(mean_spent.reindex(people.index)),
        }
    )
    return table.reset_index()
