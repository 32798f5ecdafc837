"""Section 9 of the metrics page: `key_accounts`."""

import numpy as np
import pandas as pd

from .contacts import contact_rhythm, last_contact_days
from .days import NEVER, calendar_days, event_times, to_dates
from .facts import Facts
from .money import to_money
from .pareto import window_values
from .population import margins_of_year
from .relationships import class_of_year, is_prospect, relationships
from .rhythm import customer_states, rhythm_of
from .voice import DETRACTOR_UP_TO, nps_answers

CONCENTRATED_FROM = 5  # percent of all positive margin


def value_shares(facts: Facts) -> pd.DataFrame:
    """Per customer: contribution margin (cents) of the trailing 365 days and the positive total.

    NULL for who bought nothing in that time.
    """
    values = window_values(facts, "contribution_margin", "trailing_365d")
    total = int(values.clip(lower=0).sum())
    table = pd.DataFrame({"value": values, "total": total if total > 0 else np.nan})
    return table.reindex(facts.customers.index)


def next_contacts(facts: Facts) -> pd.Series:
    """Per customer the day of the next contact by the latest interaction that names one."""
    contacts = facts.contacts.assign(
        planned=calendar_days(facts.contacts["next_contact_on"]),
        moment=event_times(facts.contacts["occurred_at"]),
    )
    named = contacts[contacts["planned"] < NEVER].sort_values(["moment", "interaction_id"])
    latest = named.drop_duplicates("customer_id", keep="last").set_index("customer_id")["planned"]
    return latest.reindex(facts.customers.index).fillna(NEVER).astype(np.int64)


def plan_states(facts: Facts) -> pd.Series:
    """planned, done (in touch on that day or after it), overdue, or none."""
    planned, last = next_contacts(facts), last_contact_days(facts)
    states = np.select(
        [planned == NEVER, planned >= facts.as_of, (last >= planned) & (last < NEVER)],
        ["none", "planned", "done"],
        "overdue",
    )
    return pd.Series(states, index=planned.index, dtype="str")


def contract_ends(facts: Facts) -> pd.Series:
    """Per customer with a contract in force its last day, the latest of several (NEVER: open)."""
    terms = facts.terms[facts.terms["end"] >= facts.as_of]
    return terms.groupby("customer_id")["end"].max().reindex(facts.customers.index)


def is_detractor(facts: Facts) -> pd.Series:
    """Per customer whether the latest NPS answer is that of a detractor."""
    latest = nps_answers(facts).drop_duplicates("customer_id", keep="last")
    ids = latest.loc[latest["score"] <= DETRACTOR_UP_TO, "customer_id"]
    return pd.Series(facts.customers.index.isin(ids), index=facts.customers.index)


def key_customers(facts: Facts) -> pd.DataFrame:
    """One row per key customer_id: all but what depends on the other key accounts."""
    people, shares = facts.customers, value_shares(facts)
    rows = relationships(facts).join(contact_rhythm(facts))
    ends = contract_ends(facts)
    rows = rows.assign(
        manager_id=people["manager_id"],
        pareto_class=class_of_year(facts).replace("none", None),
        margin=margins_of_year(facts, facts.as_of).reindex(people.index).fillna(0),
        value_share=shares["value"] / shares["total"],
        customer_state=customer_states(facts, rhythm_of(facts), facts.as_of),
        next_contact=next_contacts(facts),
        plan_state=plan_states(facts),
        contract_end=ends,
        is_renewal_due=(ends - facts.as_of <= facts.parameters.renewal_notice_days),
        detractor=is_detractor(facts),
        concentration=100 * shares["value"] >= CONCENTRATED_FROM * shares["total"],
    )
    least = int(facts.parameters.key_account_min_share * 10**6)
    large = 10**6 * shares["value"] >= least * shares["total"]
    key = (rows["service_tier"] == "vip") | (rows["relationship_level"] == "partnership") | large
    return rows[key & ~is_prospect(facts)].rename_axis("customer_id")


def risks_of(rows: pd.DataFrame) -> pd.DataFrame:
    """The risks of each key account as flags, in the order in which they are told."""
    return pd.DataFrame(
        {
            "churned": rows["customer_state"] == "churned",
            "at_risk": rows["customer_state"] == "at_risk",
            "no_manager": rows["manager_id"].isna(),
            "manager_overloaded": rows["is_manager_overloaded"].fillna(False),
            "contact_overdue": rows["is_contact_overdue"].fillna(False),
            "plan_overdue": rows["plan_state"] == "overdue",
            "no_plan": rows["plan_state"] == "none",
            "renewal_due": rows["is_renewal_due"],
            "detractor": rows["detractor"],
            "concentration": rows["concentration"],
        }
    ).astype(bool)


def key_accounts(facts: Facts) -> pd.DataFrame:
    """One row per key customer_id; `contribution_margin_365d` is money."""
    rows = key_customers(facts)
    most = facts.parameters.max_accounts_per_manager
    load = rows["manager_id"].map(rows["manager_id"].value_counts()).astype("Int64")
    rows = rows.assign(
        manager_accounts=load,
        max_accounts_per_manager=most,
        is_manager_overloaded=(load > most).astype("boolean"),
    )
    risks = risks_of(rows)
    told = [" ".join(risks.columns[flags]) for flags in risks.to_numpy()]
    table = rows.assign(
        contribution_margin_365d=to_money(rows["margin"]),
        next_contact_date=to_dates(rows["next_contact"]),
        contract_ends_on=to_dates(rows["contract_end"]),
        risks=told,
        risk_count=risks.sum(axis=1),
    )
    return table.drop(
        columns=["margin", "next_contact", "contract_end", "detractor", "concentration"]
    ).reset_index()
