"""`segment_membership`: who was in a segment from when to when, by the snapshots of quadrants."""

import pandas as pd

from .days import to_dates
from .facts import Facts
from .quadrants import quadrants, snapshot_days, snapshot_numbers

SEGMENTS = {
    "seg_q1": ("quadrant", "I"),
    "seg_q2": ("quadrant", "II"),
    "seg_q3": ("quadrant", "III"),
    "seg_q4": ("quadrant", "IV"),
    "seg_at_risk": ("customer_state", "at_risk"),
}
"""Segment: the column of `quadrants` and the value of it that make a member."""


def by_snapshot(facts: Facts, column: str) -> pd.DataFrame:
    """One row per customer, one column per snapshot: the value, NULL outside the population.

    Snapshots before the first with anybody in it were not observed, and are left out.
    """
    table = quadrants(facts)
    table = table.assign(day=snapshot_numbers(table))
    wide = table.pivot_table(index="customer_id", columns="day", values=column, aggfunc="first")
    days = snapshot_days(facts)
    return wide.reindex(columns=days[days >= min(wide.columns, default=facts.as_of)])


def spells_in(
    values: pd.DataFrame, column: str, member: str, churned: pd.DataFrame
) -> pd.DataFrame:
    """One row per customer x entered: `left` (NULL: still in), entry_reason, exit_reason.

    Who has churned is in no audience of a quadrant; of both, the quadrant is the reason.
    """
    rows, inside = [], (values == member) & ~churned
    days = list(values.columns)
    for customer, is_in in inside.iterrows():
        entered = [n for n in range(len(days)) if is_in.iloc[n] and not (n and is_in.iloc[n - 1])]
        for first in entered:
            outside = [n for n in range(first, len(days)) if not is_in.iloc[n]]
            left = outside[0] if outside else None
            came_from = None if first == 0 else values.loc[customer, days[first - 1]]
            went_to = None if left is None else values.loc[customer, days[left]]
            came = "joined" if pd.isna(came_from) else _kept_out(came_from, member, column)
            gone = "left" if pd.isna(went_to) else _kept_out(went_to, member, column)
            rows.append(
                {
                    "customer_id": customer,
                    "entered": days[first],
                    "left": None if left is None else days[left],
                    "entry_reason": "already_in" if first == 0 else came,
                    "exit_reason": None if left is None else gone,
                }
            )
    names = ["customer_id", "entered", "left", "entry_reason", "exit_reason"]
    return pd.DataFrame(rows, columns=names)


def _kept_out(value: str, member: str, column: str) -> str:
    """What keeps a customer of this value out of the segment."""
    return "customer_state" if value == member else column


def segment_membership(facts: Facts) -> pd.DataFrame:
    """Grain: segment x customer_id x entered_date, of the segments that quadrants alone decide.

    Reasons: already_in (at the first snapshot), joined or left (the population), else what changed.
    """
    churned = by_snapshot(facts, "customer_state") == "churned"
    parts = [
        spells_in(by_snapshot(facts, column), column, member, churned).assign(segment=segment)
        for segment, (column, member) in SEGMENTS.items()
    ]
    table = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    return table.assign(
        entered_date=to_dates(table["entered"]),
        left_date=to_dates(table["left"].astype("Int64")),
        is_current=table["left"].isna(),
    ).drop(columns=["entered", "left"])
