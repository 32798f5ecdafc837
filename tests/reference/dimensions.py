"""The nine dimensions: one value per customer, and the quadrant before a period."""

from functools import lru_cache

import numpy as np
import pandas as pd

from .facts import DIMENSIONS as OF_FIRST_ORDER
from .facts import Facts
from .periods import month_ends_until
from .quadrants import quadrants, snapshot_days, snapshot_numbers
from .relationships import relationships

LASTING = ["all", *OF_FIRST_ORDER, "relationship_level", "service_tier", "basis"]
"""The dimensions of which a customer has one value whatever the period."""
EVERY = [*LASTING, "quadrant"]
QUADRANTS = ["I", "II", "III", "IV", "none"]


@lru_cache(maxsize=2)
def customer_dimensions(facts: Facts) -> pd.DataFrame:
    """One row per customer_id: the eight lasting dimensions."""
    return facts.customers.join(relationships(facts))[LASTING]


@lru_cache(maxsize=2)
def month_end_quadrants(facts: Facts) -> pd.DataFrame:
    """One row per customer_id x `snapshot` (the day of a month end): `quadrant`."""
    table = quadrants(facts)
    table = table.assign(snapshot=snapshot_numbers(table))
    return table.loc[
        table["snapshot"].isin(month_ends_until(facts.as_of)),
        ["customer_id", "snapshot", "quadrant"],
    ]


def quadrants_before(facts: Facts, rows: pd.DataFrame) -> pd.Series:
    """Per row (customer_id, start) the quadrant at the last month end before `start`, or none."""
    days = snapshot_days(facts)
    ends = days[np.isin(days, month_ends_until(facts.as_of))]
    position = np.searchsorted(ends, rows["start"].to_numpy(), side="left") - 1
    asked = np.where(position >= 0, np.append(ends, 0)[position], -1)
    keyed = rows[["customer_id"]].assign(snapshot=asked)
    found = keyed.merge(month_end_quadrants(facts), on=["customer_id", "snapshot"], how="left")
    return found["quadrant"].fillna("none").set_axis(rows.index)


def sums_by_dimension(
    rows: pd.DataFrame, facts: Facts, dimensions: list[str], keys: list[str]
) -> pd.DataFrame:
    """Sums of customers' rows per `keys` x dimension_name x dimension_value.

    rows: customer_id, `start` (of the period), the keys, and numbers. A quadrant that nobody is in
    has a row of zeros beside the others of its keys.
    """
    numbers = [name for name in rows.columns if name not in {"customer_id", *keys}]
    lasting, parts = customer_dimensions(facts), []
    for dimension in dimensions:
        if dimension == "quadrant":
            values = quadrants_before(facts, rows)
        else:
            values = rows["customer_id"].map(lasting[dimension])
        sums = rows.assign(dimension_value=values).groupby([*keys, "dimension_value"])[numbers]
        table = sums.sum().reset_index()
        if dimension == "quadrant":
            grid = (
                rows[keys]
                .drop_duplicates()
                .merge(pd.Series(QUADRANTS, name="dimension_value"), how="cross")
            )
            table = grid.merge(table, how="left").fillna(dict.fromkeys(numbers, 0))
        parts.append(table.assign(dimension_name=dimension))
    table = pd.concat(parts, ignore_index=True)
    return table.astype(dict.fromkeys(numbers, np.int64))
