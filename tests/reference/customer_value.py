"""Section 7 of the metrics page: `customer_value`, what models of future purchases start from."""

import pandas as pd

from .facts import Facts
from .money import to_money

WEEK = 7
PREDICTED = ["probability_alive", "expected_purchases_30d", "expected_purchases_90d"]
PREDICTED += ["expected_purchases_365d", "predicted_margin_365d"]


def customer_value(facts: Facts) -> pd.DataFrame:
    """One row per customer_id who ever bought; recency_t_x and age_t in weeks.

    `monetary_m` is money per repeat purchase day (after discounts, before refunds, not rounded),
    NULL where nobody came back. Nothing is predicted without a trusted model.
    """
    people = facts.customers[facts.customers["purchase_days"] > 0]
    repeats = facts.days.join(people["first_purchase_day"], on="customer_id", how="inner")
    repeats = repeats.reset_index(drop=True)
    repeats = repeats[repeats["is_purchase_day"] & (repeats["day"] > repeats["first_purchase_day"])]
    mean_spent = repeats.groupby("customer_id")["spent"].mean()
    first, last = people["first_purchase_day"], people["last_purchase_day"]
    table = pd.DataFrame(
        {
            "frequency_x": people["purchase_days"] - 1,
            "recency_t_x": (last - first) / WEEK,
            "age_t": (facts.as_of - first) / WEEK,
            "monetary_m": to_money(mean_spent.reindex(people.index)),
            **dict.fromkeys(PREDICTED),
            "is_trusted": False,
        }
    )
    return table.reset_index()
