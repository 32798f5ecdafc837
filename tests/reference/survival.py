"""Section 4 of the metrics page: `survival`, the product-limit estimate of Kaplan and Meier."""

import numpy as np
import pandas as pd

from .days import NEVER
from .dimensions import LASTING, customer_dimensions
from .facts import Facts
from .rhythm import episodes_of, rhythm_of

Z = 1.959963984540054
COLUMNS = ["days", "at_risk", "churned", "censored", "survival", "lower_95", "upper_95"]


def kaplan_meier(days: pd.Series, has_churned: pd.Series) -> pd.DataFrame:
    """One row for day 0 and per day with a churn: at_risk, churned, censored, survival, bounds.

    days: per subject the days until churn, or until they were last watched. Who is last watched on
    the day of a churn is still at risk on it; `censored` counts from a row's day to the day before
    the next row's. Bounds: log-log, variance by Greenwood; NULL where survival is 1 or 0.
    """
    shown = np.unique(np.append(days[has_churned].to_numpy(dtype=np.int64), 0))
    at_risk = np.array([(days >= day).sum() for day in shown])
    churned = np.array([((days == day) & has_churned).sum() for day in shown])
    following = np.append(shown[1:], NEVER)
    censored = np.array(
        [
            (days.between(day, after - 1) & ~has_churned).sum()
            for day, after in zip(shown, following, strict=True)
        ]
    )
    survival = np.cumprod((at_risk - churned) / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.cumsum(churned / (at_risk * (at_risk - churned)))
        spread = Z * np.sqrt(variance) / np.abs(np.log(survival))
        lower, upper = survival ** np.exp(spread), survival ** np.exp(-spread)
    inside = (churned.cumsum() > 0) & (at_risk > churned)
    return pd.DataFrame(
        {
            "days": shown,
            "at_risk": at_risk,
            "churned": churned,
            "censored": censored,
            "survival": survival,
            "lower_95": np.where(inside, lower, np.nan),
            "upper_95": np.where(inside, upper, np.nan),
        }
    )


def subjects(facts: Facts) -> pd.DataFrame:
    """One row per customer with a first purchase or contract: `days` watched, `has_churned`."""
    people = facts.customers[facts.customers["entry_day"] < NEVER]
    episodes = episodes_of(facts, rhythm_of(facts))
    first = episodes.groupby("customer_id")["churned_at"].min().reindex(people.index)
    until = first.fillna(facts.as_of).astype(np.int64)
    return pd.DataFrame({"days": until - people["entry_day"], "has_churned": first.notna()})


def survival(facts: Facts) -> pd.DataFrame:
    """Grain: dimension_name (without quadrant) x dimension_value x days."""
    watched = subjects(facts).join(customer_dimensions(facts))
    keys = ["dimension_name", "dimension_value"]
    parts = (
        [pd.DataFrame(columns=[*keys, *COLUMNS])]
        if watched.empty
        else [
            kaplan_meier(rows["days"], rows["has_churned"]).assign(
                dimension_name=dimension, dimension_value=value
            )
            for dimension in LASTING
            for value, rows in watched.groupby(dimension)
        ]
    )
    return pd.concat(parts, ignore_index=True)
