"""When customers were in touch, and whether they should have been: columns of `customer_churn`."""

import pandas as pd

from .days import NEVER, to_dates
from .facts import Facts
from .relationships import CONTACT_EVERY_DAYS, relationships


def last_contact_days(facts: Facts) -> pd.Series:
    """Per customer the day of the last interaction of either direction; NEVER: none known."""
    last = facts.contacts.groupby("customer_id")["day"].max()
    return last.reindex(facts.customers.index).fillna(NEVER).astype("int64")


def contact_rhythm(facts: Facts) -> pd.DataFrame:
    """One row per customer_id: last_contact_date, contact_every_days, is_contact_overdue.

    Who was never in touch waits since their first purchase day or first contract. NULL without a
    rhythm (prospects have none), and for everyone where no interaction is known at all.
    """
    last = last_contact_days(facts)
    every = relationships(facts)["relationship_level"].map(CONTACT_EVERY_DAYS).astype("Int64")
    waiting = facts.as_of - last.where(last < NEVER, facts.customers["entry_day"])
    overdue = (waiting > every).astype("boolean").where(every.notna() & (len(facts.contacts) > 0))
    return pd.DataFrame(
        {
            "last_contact_date": to_dates(last),
            "contact_every_days": every,
            "is_contact_overdue": overdue,
        }
    )
