"""Section 4 of the metrics page: a customer's rhythm, churn episodes, and the state on a day."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from .contracts import contract_spans, contract_states
from .days import NEVER
from .facts import Facts
from .parameters import Parameters
from .population import YEAR


@dataclass(frozen=True, eq=False)
class Rhythm:
    """How often customers buy.

    prior_days: M, the median over customers of their own median gap. window_days: the fixed
    churn window. purchases: one row per customer x purchase day: gap (to the day before it),
    gaps_known, expected_gap_days, churn_after_days, lapse_days (churn_after rounded up),
    at_risk_after_days, next_day (NEVER: none yet), returned_day (the last end of an episode up
    to then, -NEVER: none).
    """

    prior_days: float
    window_days: float
    purchases: pd.DataFrame


def purchase_gaps(facts: Facts) -> pd.DataFrame:
    """One row per customer x purchase day: gap before it, gaps known, their median, next day."""
    bought = facts.days.loc[facts.days["is_purchase_day"], ["customer_id", "day"]]
    bought = bought.sort_values(["customer_id", "day"]).reset_index(drop=True)
    by_customer = bought.groupby("customer_id")
    rows = bought.assign(
        gap=by_customer["day"].diff().astype(float),
        gaps_known=by_customer.cumcount(),
        next_day=by_customer["day"].shift(-1).fillna(NEVER).astype(np.int64),
    )
    medians = rows.groupby("customer_id")["gap"].expanding().median()
    return rows.assign(median_gap=medians.to_numpy(), is_last=rows["next_day"] == NEVER)


def expected_gap_days(
    gaps_known: pd.Series, median: pd.Series, prior: float, weight: int
) -> pd.Series:
    """e = (n g + k M) / (n + k)."""
    return (gaps_known * median.fillna(0) + weight * prior) / (gaps_known + weight)


def churn_after_days(expected: pd.Series, p: Parameters) -> pd.Series:
    """The silence, in days, that is taken for churn."""
    return (p.churn_multiple * expected).clip(p.min_churn_days, p.max_churn_days)


@lru_cache(maxsize=2)
def rhythm_of(facts: Facts) -> Rhythm:
    """The rhythm of transactional customers, applied to every purchase day."""
    p = facts.parameters
    rows = purchase_gaps(facts)
    basis = rows["customer_id"].map(facts.customers["basis"])
    own = rows[(basis == "transactional") & rows["gap"].notna()]
    found = own.loc[own["is_last"], "median_gap"].median()
    prior = p.rhythm_default_days if np.isnan(found) else found
    prior = prior if p.rhythm_prior_days is None else p.rhythm_prior_days
    window = own["gap"].quantile(0.9) if p.churn_window_days is None else p.churn_window_days
    expected = expected_gap_days(rows["gaps_known"], rows["median_gap"], prior, p.rhythm_prior_gaps)
    after = churn_after_days(expected, p)
    lapse = np.ceil(after).astype(np.int64)
    ends = (rows["gap"] > lapse.groupby(rows["customer_id"]).shift()) & rows["gap"].notna()
    returned = rows["day"].where(ends, -NEVER).groupby(rows["customer_id"]).cummax()
    purchases = rows.assign(
        expected_gap_days=expected,
        churn_after_days=after,
        lapse_days=lapse,
        at_risk_after_days=np.minimum(p.at_risk_multiple * expected, after),
        returned_day=returned,
        basis=basis,
    )
    return Rhythm(float(prior), float(window), purchases)


def one_time_lapse_days(rhythm: Rhythm, p: Parameters) -> float:
    """`churn_after_days` of someone who bought once."""
    return float(churn_after_days(pd.Series([rhythm.prior_days]), p).iloc[0])


def purchase_states(rhythm: Rhythm, day: int) -> pd.Series:
    """State on a day by purchases alone, per customer who had bought by then."""
    last = rhythm.purchases[rhythm.purchases["day"] <= day]
    last = last.drop_duplicates("customer_id", keep="last").set_index("customer_id")
    silent = day - last["day"]
    state = pd.Series("active", index=last.index, dtype="str")
    state[last["gaps_known"] == 0] = "new"
    state[day - last["returned_day"] <= last["at_risk_after_days"]] = "returned"
    state[silent > last["at_risk_after_days"]] = "at_risk"
    state[silent >= last["lapse_days"]] = "churned"
    return state


def customer_states(facts: Facts, rhythm: Rhythm, day: int) -> pd.Series:
    """State of every customer at the end of a day: by contracts where one had begun by then."""
    states = pd.Series("prospect", index=facts.customers.index, dtype="str")
    states.update(purchase_states(rhythm, day))
    states.update(contract_states(facts.terms, day, facts.parameters))
    return states


def purchase_episodes(facts: Facts, rhythm: Rhythm) -> pd.DataFrame:
    """Episodes of transactional customers: customer_id, last_purchase_day, churned_at, ended_at."""
    rows = rhythm.purchases[rhythm.purchases["basis"] == "transactional"]
    begins = rows["day"] + rows["lapse_days"]
    lapsed = rows[(rows["next_day"] > begins) & (begins <= facts.as_of)]
    return pd.DataFrame(
        {
            "customer_id": lapsed["customer_id"],
            "last_purchase_day": lapsed["day"],
            "churned_at": begins.loc[lapsed.index],
            "ended_at": lapsed["next_day"],
        }
    )


def contract_episodes(facts: Facts, rhythm: Rhythm) -> pd.DataFrame:
    """Episodes of contractual customers, same columns; no purchase by then: -NEVER."""
    spans = contract_spans(facts.terms, facts.parameters)
    spans["churned_at"] = spans["end"] + facts.parameters.contract_gap_days
    spans = spans[spans["churned_at"] <= facts.as_of].sort_values("churned_at")
    bought = rhythm.purchases[["customer_id", "day"]].sort_values("day")
    bought = bought.rename(columns={"day": "last_purchase_day"})
    joined = pd.merge_asof(
        spans, bought, left_on="churned_at", right_on="last_purchase_day", by="customer_id"
    )
    joined["last_purchase_day"] = joined["last_purchase_day"].fillna(-NEVER).astype(np.int64)
    joined = joined.rename(columns={"next_start": "ended_at"})
    return joined[["customer_id", "last_purchase_day", "churned_at", "ended_at"]]


@lru_cache(maxsize=2)
def episodes_of(facts: Facts, rhythm: Rhythm) -> pd.DataFrame:
    """One row per churn episode up to `as_of_date`, with `sales_before` (cents).

    `sales_before` is the net sales of the 365 days up to the last purchase day before it.
    """
    parts = [purchase_episodes(facts, rhythm), contract_episodes(facts, rhythm)]
    parts = [part for part in parts if len(part)] or parts[:1]
    episodes = pd.concat(parts).sort_values(["customer_id", "churned_at"]).reset_index(drop=True)
    days = facts.days[["customer_id", "day", "net_sales"]]
    joined = episodes.reset_index(names="episode").merge(days, on="customer_id")
    last = joined["last_purchase_day"]
    inside = joined[joined["day"].between(last - (YEAR - 1), last)]
    before = inside.groupby("episode")["net_sales"].sum()
    return episodes.assign(sales_before=before.reindex(episodes.index).fillna(0).astype(np.int64))
