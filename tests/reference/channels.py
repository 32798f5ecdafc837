"""Section 9 of the metrics page: `acquisition_channels`."""

import numpy as np
import pandas as pd

from .days import NEVER, month_end, month_of, month_start, to_dates
from .facts import Facts
from .money import ratio, to_money
from .quadrants import quadrants
from .relationships import class_of_year
from .spending import is_spend_known, spend_on

AGES = [30, 90, 180, 365]
CELL = ["acquisition_channel", "cohort_month"]


def new_customers(facts: Facts) -> pd.DataFrame:
    """One row per customer with a cohort: channel, `cohort_month` (number), class, loyalty."""
    people = facts.customers[facts.customers["entry_day"] < NEVER]
    scored = quadrants(facts)
    scored = scored[scored["snapshot_date"] == pd.Timestamp(facts.parameters.as_of_date)]
    return people[["acquisition_channel", "entry_day"]].assign(
        cohort_month=month_of(people["entry_day"]),
        new_customers=1,
        in_class_a=(class_of_year(facts).loc[people.index] == "A").astype(int),
        loyalty_score=scored.set_index("customer_id")["loyalty_score"].reindex(people.index),
    )


def cell_spend(facts: Facts) -> pd.Series:
    """Cents spent on winning customers per channel x month from that of `data_start` on."""
    spend = spend_on(facts, "acquire")
    spend = spend.assign(acquisition_channel=spend["channel"], cohort_month=month_of(spend["day"]))
    return spend.groupby(CELL)["amount"].sum()


def listed_cells(facts: Facts, members: pd.DataFrame) -> pd.DataFrame:
    """One row per channel x month with customers, or with spend since `data_start`; cents."""
    sums = members.groupby(CELL)[["new_customers", "in_class_a"]].sum()
    sums = sums.join(members.groupby(CELL)["loyalty_score"].mean().rename("mean_loyalty_score"))
    spend = cell_spend(facts)
    first_month = month_of(np.array([facts.data_start]))[0]
    since = spend[spend.index.get_level_values("cohort_month") >= first_month]
    cells = sums.reindex(sums.index.union(since.index))
    cells = cells.fillna({"new_customers": 0, "in_class_a": 0})
    known = spend.reindex(cells.index).fillna(0).astype(float)
    return cells.assign(spend=known if is_spend_known(facts) else np.nan)


def at_age(facts: Facts, members: pd.DataFrame, age: int) -> pd.DataFrame:
    """Per channel x month: customers who came back within `age` days, and margin by then (cents).

    All that was before the first day counts in the margin.
    """
    days = facts.days.join(members[[*CELL, "entry_day"]], on="customer_id", how="inner")
    days = days[days["day"] <= days["entry_day"] + age]
    again = days[days["is_purchase_day"] & (days["day"] > days["entry_day"])]
    returned = again.drop_duplicates("customer_id").groupby(CELL).size()
    margins = days.groupby(CELL)["contribution_margin_attributed"].sum()
    return pd.DataFrame({"returned": returned, "margin": margins})


def with_age(cells: pd.DataFrame, facts: Facts, members: pd.DataFrame, age: int) -> pd.DataFrame:
    """The cells with their columns at an age, NULL where not all customers reached it yet."""
    months = cells.index.get_level_values("cohort_month").to_numpy()
    seen = (month_end(months) + age <= facts.as_of) & (month_start(months) >= facts.data_start)
    sums = at_age(facts, members, age).reindex(cells.index).fillna(0)
    size = cells["new_customers"]
    return cells.assign(
        **{
            f"repeat_share_{age}d": ratio(sums["returned"], size).where(seen),
            f"cumulative_margin_per_customer_{age}d": to_money(
                ratio(sums["margin"], size).where(seen)
            ),
            f"margin_to_cost_{age}d": ratio(sums["margin"], cells["spend"]).where(
                seen & (size > 0)
            ),
        }
    )


def months_to_pay_back(facts: Facts, members: pd.DataFrame, cells: pd.DataFrame) -> pd.Series:
    """Per cell the first complete month, counted from the cohort's, with margin >= spend."""
    days = facts.days.join(members[CELL], on="customer_id", how="inner")
    number = (month_of(days["day"]) - days["cohort_month"]).clip(lower=0).astype(np.int64)
    sums = days.assign(number=number).groupby([*CELL, "number"])
    table = sums["contribution_margin_attributed"].sum().unstack(fill_value=0)
    last_complete = int(month_of(np.array([facts.as_of + 1]))[0]) - 1
    first = int(members["cohort_month"].min()) if len(members) else last_complete
    numbers = range(max(0, last_complete - first) + 1)
    table = table.reindex(index=cells.index, columns=numbers, fill_value=0).cumsum(axis=1)
    paid = table.ge(cells["spend"], axis=0)
    open_months = last_complete - cells.index.get_level_values("cohort_month").to_numpy()
    paid &= np.array(numbers)[None, :] <= open_months[:, None]
    paid = paid[cells["new_customers"] > 0]
    found = paid.idxmax(axis=1).where(paid.any(axis=1))
    return found.reindex(cells.index).astype("Int64")


def acquisition_channels(facts: Facts) -> pd.DataFrame:
    """Grain: acquisition_channel x cohort_month; spend is money, the rest per customer."""
    members = new_customers(facts)
    cells = listed_cells(facts, members)
    for age in AGES:
        cells = with_age(cells, facts, members, age)
    cells = cells.assign(
        months_to_pay_back=months_to_pay_back(facts, members, cells),
        cost_per_customer=to_money(ratio(cells["spend"], cells["new_customers"])),
        class_a_share=ratio(cells["in_class_a"], cells["new_customers"]),
        spend=to_money(cells["spend"]),
        new_customers=cells["new_customers"].astype(np.int64),
    )
    table = cells.drop(columns="in_class_a").reset_index()
    return table.assign(cohort_month=to_dates(month_start(table["cohort_month"])))
