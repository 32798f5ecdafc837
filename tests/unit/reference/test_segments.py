"""Spells in segments of the pandas reference, checked by hand."""

from datetime import date

import pandas as pd

from tests.reference.facts import facts_of
from tests.reference.hand_made import at_day, orders, purchases
from tests.reference.landing import Landing
from tests.reference.parameters import Parameters
from tests.reference.segments import segment_membership, spells_in


def test_spells_begin_and_end_and_begin_again() -> None:
    values = pd.DataFrame(
        [["I", "I", "II", "I"], [None, "I", None, None], ["II", "I", "I", "I"]],
        index=["x", "y", "z"],
        columns=[1, 2, 3, 4],
    )
    churned = pd.DataFrame(False, index=values.index, columns=values.columns)
    churned.loc["z", 4] = True
    spells = spells_in(values, "quadrant", "I", churned)
    assert spells.astype(object).fillna("-").to_numpy().tolist() == [
        ["x", 1, 3, "already_in", "quadrant"],
        ["x", 4, "-", "quadrant", "-"],
        ["y", 2, 3, "joined", "left"],
        ["z", 2, 4, "quadrant", "customer_state"],
    ]


def test_members_of_quadrants() -> None:
    # As the moves of quadrants: x is III on 31 January and IV on 15 February, y is III then.
    p = Parameters(as_of_date=date(2024, 2, 15), data_start=date(2024, 1, 1))
    rows = orders(("x", "2024-01-05"), ("y", "2024-02-01"))
    table = segment_membership(facts_of(Landing(orders=rows), p))
    names = ["segment", "customer_id", "is_current", "entry_reason"]
    assert table[names].to_numpy().tolist() == [
        ["seg_q3", "x", False, "already_in"],
        ["seg_q3", "y", True, "joined"],
        ["seg_q4", "x", True, "quadrant"],
    ]
    assert table["left_date"].dropna().dt.date.tolist() == [date(2024, 2, 15)]


def test_members_by_their_state() -> None:
    # Silent for more than 20 days is at risk, for 40 churned: at risk on 31 January, not later.
    p = at_day(60, rhythm_prior_days=10)
    table = segment_membership(facts_of(Landing(orders=orders(*purchases("x", 1))), p))
    row = table[table["segment"] == "seg_at_risk"].iloc[0]
    assert (row["entry_reason"], row["exit_reason"]) == ("already_in", "customer_state")
    assert row["entered_date"] == pd.Timestamp(2024, 1, 31)
    assert row["left_date"] == pd.Timestamp(2024, 2, 29)
