"""Section 9 of the metrics page: relationship level and service tier of every customer."""

from functools import lru_cache

import numpy as np
import pandas as pd

from .days import NEVER
from .facts import Facts
from .pareto import pareto_class, window_values
from .population import margins_of_year, population, threshold

LEVELS = {
    ("many", "low"): "basic",
    ("many", "medium"): "reactive",
    ("many", "high"): "reactive",
    ("some", "low"): "reactive",
    ("some", "medium"): "accountable",
    ("some", "high"): "proactive",
    ("few", "low"): "accountable",
    ("few", "medium"): "proactive",
    ("few", "high"): "partnership",
}
MANY_FROM, SOME_FROM = 1000, 100
CONTACT_EVERY_DAYS = {"reactive": 180, "accountable": 90, "proactive": 60, "partnership": 30}
VIP_IN_CLASS_A = ["proactive"]


def class_of_year(facts: Facts) -> pd.Series:
    """Per customer the class by contribution margin of the trailing 365 days, else `none`."""
    classes = pareto_class(window_values(facts, "contribution_margin", "trailing_365d"))
    return classes.reindex(facts.customers.index).fillna("none")


def is_prospect(facts: Facts) -> pd.Series:
    """Per customer: no purchase day and no contract begun."""
    people = facts.customers
    return (people["first_purchase_day"] == NEVER) & (people["first_contract_day"] == NEVER)


def customers_band(size: int) -> str:
    """How many customers of one type there are."""
    return "many" if size >= MANY_FROM else "some" if size >= SOME_FROM else "few"


def margin_bands(margins: pd.Series, of_population: pd.Series, high: str, medium: str) -> pd.Series:
    """low, medium or high per customer of one type, margins in cents.

    Nothing that is not positive is more than low; a type without a population is low.
    """
    if of_population.empty:
        return pd.Series("low", index=margins.index, dtype="str")
    from_high = margins >= threshold(of_population, high, 100)
    from_medium = margins >= threshold(of_population, medium, 100)
    is_positive = margins > 0
    bands = np.select(
        [is_positive & from_high, is_positive & from_medium], ["high", "medium"], "low"
    )
    return pd.Series(bands, index=margins.index, dtype="str")


def relationship_levels(facts: Facts) -> pd.Series:
    """Per customer the level by the number of customers of their type and their margin."""
    p, people = facts.parameters, facts.customers
    members = population(facts, facts.as_of)
    margins = margins_of_year(facts, facts.as_of).reindex(people.index).fillna(0)
    levels = pd.Series("unknown", index=people.index, dtype="str")
    for _, of_type in people.groupby("customer_type"):
        ids = of_type.index
        inside = margins.loc[ids.intersection(members)]
        bands = margin_bands(
            margins.loc[ids], inside, p.relationship_high_margin, p.relationship_medium_margin
        )
        size = customers_band(len(inside))
        levels.loc[ids] = bands.map(lambda band, size=size: LEVELS[size, band])
    return levels.mask(is_prospect(facts), "unknown")


@lru_cache(maxsize=2)
def relationships(facts: Facts) -> pd.DataFrame:
    """One row per customer_id: relationship_level, service_tier (the CRM's, else by rule)."""
    levels, classes = relationship_levels(facts), class_of_year(facts)
    is_vip = (levels == "partnership") | (levels.isin(VIP_IN_CLASS_A) & (classes == "A"))
    by_rule = pd.Series(np.where(is_vip, "vip", "mass"), index=levels.index, dtype="str")
    by_rule = by_rule.mask(is_prospect(facts), "unknown")
    given = facts.customers["given_service_tier"]
    return pd.DataFrame(
        {"relationship_level": levels, "service_tier": given.where(given.notna(), by_rule)}
    )
