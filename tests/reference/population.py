"""Who counts on a day, what they brought in the year up to it, and where a line is drawn."""

import numpy as np
import pandas as pd

from .contracts import in_force
from .facts import Facts

YEAR = 365


def population(facts: Facts, day: int) -> pd.Index:
    """Ids of customers with a purchase day in the 365 days up to a day, or a running contract."""
    bought = facts.days[facts.days["is_purchase_day"]]
    recent = bought.loc[bought["day"].between(day - (YEAR - 1), day), "customer_id"]
    return pd.Index(recent.unique(), dtype="str").union(in_force(facts.terms, day)).sort_values()


def margins_of_year(facts: Facts, day: int) -> pd.Series:
    """Per customer with anything in the 365 days up to a day their contribution margin (cents)."""
    days = facts.days[facts.days["day"].between(day - (YEAR - 1), day)]
    return days.groupby("customer_id")["contribution_margin"].sum()


def threshold(units: pd.Series, rule: str, scale: int) -> float:
    """The line between low and high, in units: median, mean, percentile:NN or fixed:N."""
    name, _, number = rule.partition(":")
    rules = {
        "median": lambda: float(units.median()),
        "mean": lambda: float(units.mean()),
        "percentile": lambda: float(np.percentile(units, float(number), method="linear")),
        "fixed": lambda: float(number) * scale,
    }
    if name not in rules:
        raise ValueError(f"threshold rule {rule!r}: use {', '.join(rules)}")
    return rules[name]()
