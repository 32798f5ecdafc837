"""What was spent on winning customers, and on keeping them."""

import pandas as pd

from .facts import Facts


def spend_on(facts: Facts, purpose: str) -> pd.DataFrame:
    """The expenses of a purpose; those without one count as spent to `acquire`."""
    named = facts.spend["purpose"].str.strip()
    named = named.where(named.notna() & (named != ""), "acquire")
    return facts.spend[named == purpose]


def is_spend_known(facts: Facts) -> bool:
    """Whether any expense is known by `as_of_date`; else all that rests on them is NULL."""
    return len(facts.spend) > 0
