"""Section 9 of the metrics page: `onboarding`, what becomes of first-time buyers."""

import numpy as np
import pandas as pd

from .days import NEVER, month_end, month_of, month_start, to_dates
from .facts import Facts
from .money import ratio

AGES = [30, 60, 90]
DIMENSIONS = ["all", "acquisition_channel"]


def first_buyers(facts: Facts) -> pd.DataFrame:
    """One row per customer who ever bought: `cohort_month`, days to the second purchase, contact.

    `contacted`: an outbound interaction from the first purchase day to `onboarding_contact_days`
    after it.
    """
    people = facts.customers[facts.customers["first_purchase_day"] < NEVER]
    second = people["second_purchase_day"]
    contacts = facts.contacts[facts.contacts["direction"] == "out"]
    bought = contacts["customer_id"].map(people["first_purchase_day"]).astype(float)
    since = contacts["day"] - bought
    welcomed = contacts.loc[since.between(0, facts.parameters.onboarding_contact_days)]
    return people.assign(
        cohort_month=month_of(people["first_purchase_day"]),
        days_to_second=(second - people["first_purchase_day"]).where(second < NEVER),
        contacted=people.index.isin(welcomed["customer_id"]),
    )


def shares(buyers: pd.DataFrame, facts: Facts, dimension: str) -> pd.DataFrame:
    """Per cohort month x value of the dimension: all shares, whether observed or not."""
    in_time = {age: buyers["days_to_second"] <= age for age in AGES}
    contacted = buyers["contacted"]
    counted = buyers.assign(
        new_customers=1,
        contacted_customers=contacted,
        contacted_second=contacted & in_time[90],
        others_second=~contacted & in_time[90],
        **{f"second_{age}": in_time[age] for age in AGES},
    )
    cells = counted.groupby(["cohort_month", dimension])
    names = ["new_customers", "contacted_customers", "contacted_second", "others_second"]
    sums = cells[[*names, *(f"second_{age}" for age in AGES)]].sum()
    size, reached = sums["new_customers"], sums["contacted_customers"]
    table = pd.DataFrame(
        {
            "new_customers": size,
            "median_days_to_second_purchase": cells["days_to_second"].median(),
            "contacted_share": ratio(reached, size),
            "second_purchase_share_contacted": ratio(sums["contacted_second"], reached),
            "second_purchase_share_not_contacted": ratio(sums["others_second"], size - reached),
        }
        | {f"second_purchase_share_{age}d": ratio(sums[f"second_{age}"], size) for age in AGES}
    )
    return table.rename_axis(["cohort_month", "dimension_value"]).reset_index()


def hide_unobserved(table: pd.DataFrame, facts: Facts) -> pd.DataFrame:
    """NULL for shares that not all customers of the month had the time for, or nobody noted."""
    months = table["cohort_month"].to_numpy()
    needed = {f"second_purchase_share_{age}d": age for age in AGES}
    of_contacts = {
        "contacted_share": facts.parameters.onboarding_contact_days,
        "second_purchase_share_contacted": 90,
        "second_purchase_share_not_contacted": 90,
    }
    for name, age in (needed | of_contacts).items():
        seen = (month_end(months) + age <= facts.as_of) & (month_start(months) >= facts.data_start)
        if name in of_contacts and facts.contacts.empty:
            seen = np.zeros(len(table), dtype=bool)
        table[name] = table[name].where(seen)
    return table


def onboarding(facts: Facts) -> pd.DataFrame:
    """Grain: cohort_month (of the first purchase day) x dimension_name x dimension_value."""
    buyers = first_buyers(facts)
    parts = [
        shares(buyers, facts, dimension).assign(dimension_name=dimension)
        for dimension in DIMENSIONS
    ]
    table = hide_unobserved(pd.concat(parts, ignore_index=True), facts)
    return table.assign(cohort_month=to_dates(month_start(table["cohort_month"])))
