"""Section 7 of the metrics page: `customer_rfm`."""

import pandas as pd

from .facts import Facts


def score(values: pd.Series) -> pd.Series:
    """1 + min(4, floor(5 x share strictly worse)): equal values share a score."""
    worse = (values.rank(method="min") - 1).astype("int64")
    return 1 + (5 * worse // max(len(values), 1)).clip(upper=4)


def customer_rfm(facts: Facts) -> pd.DataFrame:
    """One row per customer_id who ever bought: their three scores."""
    people = facts.customers[facts.customers["purchase_days"] > 0]
    net_sales = facts.days.groupby("customer_id")["net_sales"].sum().reindex(people.index)
    table = pd.DataFrame(
        {
            "recency_score": score(people["last_purchase_day"]),
            "frequency_score": score(people["purchase_days"]),
            "monetary_score": score(net_sales),
        }
    )
    return table.reset_index()
