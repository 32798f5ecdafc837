"""Sections 5 and 6 of the metrics page: who moved between classes and between quadrants."""

from itertools import dropwhile, pairwise

import numpy as np
import pandas as pd

from .days import Days, to_dates
from .facts import Facts
from .money import to_money
from .pareto import BASES, pareto_class, window_values
from .periods import period_end, period_of
from .quadrants import quadrants, snapshot_days, snapshot_numbers

Group = pd.DataFrame
"""Index customer_id; `group` that the customer is in on a day, and their `value`."""


def moves(before: Group, after: Group) -> pd.DataFrame:
    """One row per from_group x to_group: customers, value_before, value_after.

    Who is in no group before has `joined`, who is in none after has `left`, each with value 0.
    """
    both = before.join(after, how="outer", suffixes=("_before", "_after"))
    both = both.assign(
        from_group=both["group_before"].fillna("joined"),
        to_group=both["group_after"].fillna("left"),
        customers=1,
    )
    both = both.fillna({"value_before": 0, "value_after": 0})
    numbers = ["customers", "value_before", "value_after"]
    return both.groupby(["from_group", "to_group"])[numbers].sum().reset_index()


def between_days(groups: dict[int, Group]) -> pd.DataFrame:
    """The moves between consecutive days: from_date, to_date and the columns of `moves`.

    Days before anybody was in any group were not observed, and are passed over.
    """
    days = list(dropwhile(lambda day: groups[day].empty, sorted(groups)))
    parts = [
        moves(groups[day], groups[following]).assign(from_date=day, to_date=following)
        for day, following in pairwise(days)
    ]
    names = ["from_date", "to_date", "from_group", "to_group"]
    names += ["customers", "value_before", "value_after"]
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=names)
    return table.assign(
        from_date=to_dates(table["from_date"]).array, to_date=to_dates(table["to_date"]).array
    )[names]


def migration_days(facts: Facts) -> Days:
    """`as_of_date` and the last quarter ends up to it."""
    p = facts.parameters
    ended = period_of(np.array([facts.as_of + 1]), "quarter", p)[0] - 1
    numbers = np.arange(ended - p.pareto_history_quarters + 1, ended + 1)
    return np.unique(np.append(period_end(numbers, "quarter", p), facts.as_of))


def pareto_migration(facts: Facts) -> pd.DataFrame:
    """Grain: basis x from_date x from_class x to_class, by the trailing 365 days; money."""
    parts = []
    for basis in BASES:
        groups = {}
        for day in migration_days(facts):
            values = window_values(facts, basis, "trailing_365d", int(day))
            groups[int(day)] = pd.DataFrame({"group": pareto_class(values), "value": values})
        parts.append(between_days(groups).assign(basis=basis))
    table = pd.concat(parts, ignore_index=True)
    table = table.rename(columns={"from_group": "from_class", "to_group": "to_class"})
    amounts = {name: to_money(table[name]) for name in ("value_before", "value_after")}
    return table.assign(**amounts)


def quadrant_migration(facts: Facts) -> pd.DataFrame:
    """Grain: from_date x from_quadrant x to_quadrant; margins are money."""
    table = quadrants(facts)
    days = snapshot_numbers(table)
    cells = pd.DataFrame(
        {"group": table["quadrant"], "value": (table["profitability"] * 100).round()}
    ).set_index(pd.Index(table["customer_id"]))
    groups = {int(day): cells[(days == day).to_numpy()] for day in snapshot_days(facts)}
    moved = between_days(groups).rename(
        columns={
            "from_group": "from_quadrant",
            "to_group": "to_quadrant",
            "value_before": "margin_before",
            "value_after": "margin_after",
        }
    )
    amounts = {name: to_money(moved[name]) for name in ("margin_before", "margin_after")}
    return moved.assign(**amounts)
