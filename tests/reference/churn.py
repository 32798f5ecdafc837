"""Section 4 of the metrics page: `customer_churn`, its episodes, and `churn`."""

import numpy as np
import pandas as pd

from .contacts import contact_rhythm
from .days import NEVER, to_dates
from .dimensions import EVERY, sums_by_dimension
from .facts import Facts
from .money import ratio, to_money
from .periods import CALENDAR_GRAINS, periods_of
from .rhythm import Rhythm, customer_states, episodes_of, one_time_lapse_days, rhythm_of

COUNTS = ["churned_customers", "base_customers", "churned_new", "churned_again"]
RHYTHM = ["expected_gap_days", "churn_after_days", "at_risk_after_days"]


def days_since_contact(facts: Facts, direction: str) -> pd.Series:
    """Per customer the days since the last interaction of a direction (in, out)."""
    contacts = facts.contacts[facts.contacts["direction"] == direction]
    last = contacts.groupby("customer_id")["day"].max()
    return (facts.as_of - last).reindex(facts.customers.index).astype("Int64")


def fixed_window_churn(facts: Facts, rhythm: Rhythm) -> pd.Series:
    """Silent longer than the fixed window; NULL for contractual customers and non-buyers."""
    people = facts.customers
    judged = (people["purchase_days"] > 0) & (people["basis"] == "transactional")
    judged &= not np.isnan(rhythm.window_days)
    silent = facts.as_of - people["last_purchase_day"]
    return (silent > rhythm.window_days).astype("boolean").where(judged)


def customer_churn(facts: Facts) -> pd.DataFrame:
    """One row per customer_id at `as_of_date`; rhythm in days, NULL for contractual ones."""
    rhythm = rhythm_of(facts)
    people = facts.customers
    last = rhythm.purchases[rhythm.purchases["basis"] == "transactional"]
    last = last[last["is_last"]].set_index("customer_id")[RHYTHM]
    episodes = episodes_of(facts, rhythm)
    still_open = episodes[episodes["ended_at"] == NEVER].set_index("customer_id")["churned_at"]
    table = last.reindex(people.index).assign(
        basis=people["basis"],
        customer_state=customer_states(facts, rhythm, facts.as_of),
        churned_at=to_dates(still_open.reindex(people.index)),
        is_churned_fixed_window=fixed_window_churn(facts, rhythm),
        days_since_last_contact_in=days_since_contact(facts, "in"),
        days_since_last_contact_out=days_since_contact(facts, "out"),
        probability_alive=None,
    )
    return table.join(contact_rhythm(facts)).reset_index()


def churn_episodes(facts: Facts) -> pd.DataFrame:
    """One row per customer_id x churned_at: last purchase before it, `ended_at`, `is_open`."""
    episodes = episodes_of(facts, rhythm_of(facts))
    bought = episodes["last_purchase_day"].where(episodes["last_purchase_day"] > -NEVER, NEVER)
    return pd.DataFrame(
        {
            "customer_id": episodes["customer_id"],
            "last_purchase_date": to_dates(bought),
            "churned_at": to_dates(episodes["churned_at"]),
            "ended_at": to_dates(episodes["ended_at"]),
            "is_open": episodes["ended_at"] == NEVER,
        }
    )


def first_episodes(episodes: pd.DataFrame, start: int, end: int) -> pd.DataFrame:
    """The first episode of each customer that begins in a period, index customer_id."""
    begun = episodes[episodes["churned_at"].between(start, end)]
    return begun.drop_duplicates("customer_id").set_index("customer_id")


def base_of(facts: Facts, episodes: pd.DataFrame, start: int) -> tuple[pd.Series, pd.Series]:
    """Per customer: known before the period and not fallen silent at its start; fallen silent.

    An episode that ends on the period's first day is open at its start.
    """
    people = facts.customers
    before = (episodes["churned_at"] < start) & (episodes["ended_at"] >= start)
    was_open = pd.Series(people.index.isin(episodes.loc[before, "customer_id"]), index=people.index)
    return (people["entry_day"] < start) & ~was_open, was_open


def customer_period(facts: Facts, episodes: pd.DataFrame, start: int, end: int) -> pd.DataFrame:
    """One row per customer: what they count for in a period; flags as 0/1, money in cents."""
    people = facts.customers
    first = first_episodes(episodes, start, end)["sales_before"]
    fell_silent = people.index.isin(first.index)
    base, was_open = base_of(facts, episodes, start)
    flags = {
        "churned_customers": base & fell_silent,
        "base_customers": base,
        "churned_new": people["entry_day"].between(start, end) & fell_silent,
        "churned_again": was_open & fell_silent,
        "lost_net_sales": first.reindex(people.index).fillna(0).where(base, 0),
    }
    rows = pd.DataFrame(flags, index=people.index).astype(np.int64)
    return rows.reset_index().assign(start=start)


def with_rate(table: pd.DataFrame, facts: Facts, rhythm: Rhythm) -> pd.DataFrame:
    """`rhythm_churn_rate`: NULL until the period ended, and while only the quick could churn."""
    earliest = facts.data_start + one_time_lapse_days(rhythm, facts.parameters)
    observed = (table["end"] <= facts.as_of) & (table["start"] >= earliest)
    rate = ratio(table["churned_customers"], table["base_customers"])
    return table.assign(rhythm_churn_rate=rate.where(observed))


def churn_of(facts: Facts, grain: str) -> pd.DataFrame:
    """The rows of one period_grain: period_start x dimension_name x dimension_value."""
    rhythm = rhythm_of(facts)
    episodes, periods = episodes_of(facts, rhythm), periods_of(facts, grain)
    parts = [
        customer_period(facts, episodes, period.start, period.end)
        for period in periods.itertuples()
    ]
    sums = sums_by_dimension(pd.concat(parts, ignore_index=True), facts, EVERY, ["start"])
    table = with_rate(sums.merge(periods, on="start"), facts, rhythm)
    table = table.assign(
        period_grain=grain,
        period_start=to_dates(table["start"]),
        period_end=to_dates(table["end"]),
        lost_net_sales=to_money(table["lost_net_sales"]),
    )
    keys = ["period_grain", "period_start", "period_end", "dimension_name", "dimension_value"]
    return table[[*keys, *COUNTS, "rhythm_churn_rate", "lost_net_sales"]]


def churn(facts: Facts) -> pd.DataFrame:
    """Grain: period_grain x period_start x dimension_name x dimension_value; lost money."""
    return pd.concat([churn_of(facts, grain) for grain in CALENDAR_GRAINS], ignore_index=True)
