"""Section 6 of the metrics page: `quadrants`."""

from functools import lru_cache

import numpy as np
import pandas as pd

from .days import Days, month_end, month_of, to_dates
from .facts import Facts
from .population import margins_of_year, population, threshold
from .rhythm import Rhythm, customer_states, rhythm_of

PARTS = ["last_purchase", "purchases", "first_purchase", "regularity", "advocacy"]
SCORE_UNITS = 10**4


def snapshot_days(facts: Facts) -> Days:
    """`as_of_date` and the last month ends up to it."""
    month = month_of(np.array([facts.as_of + 1]))[0] - 1
    ends = month_end(np.arange(month - facts.parameters.quadrant_history_months + 1, month + 1))
    return np.unique(np.append(ends, facts.as_of))


def mid_rank(values: pd.Series) -> pd.Series:
    """Share strictly worse plus half of the equal (oneself included), of those who have a value."""
    return (values.rank(method="average") - 0.5) / values.count()


def regularity(purchases: pd.DataFrame) -> pd.Series:
    """-(population sd / mean) of the gaps per customer, 9 decimals, from two gaps on."""
    gaps = purchases.dropna(subset="gap").assign(square=lambda rows: rows["gap"] ** 2)
    sums = gaps.groupby("customer_id").agg(
        n=("gap", "count"), s=("gap", "sum"), q=("square", "sum")
    )
    spread = np.sqrt(sums["n"] * sums["q"] - sums["s"] ** 2) / sums["s"]
    return (-spread[sums["n"] >= 2]).round(9) + 0.0


def latest_nps(facts: Facts, day: int) -> pd.Series:
    """Per customer the latest NPS answer up to a day (ties: the largest feedback_id), 0 to 10."""
    answers = facts.answers
    answers = answers[(answers["day"] <= day) & (answers["kind"] == "nps")]
    answers = answers[answers["score"].notna()].sort_values(["answered_at", "feedback_id"])
    latest = answers.drop_duplicates("customer_id", keep="last").set_index("customer_id")
    return latest["score"].astype(float)


def advocacy(facts: Facts, ids: pd.Index, day: int) -> pd.Series:
    """Mean of NPS answer / 10 and mid-rank of referrals made, of those known."""
    answer = latest_nps(facts, day).reindex(ids) / 10
    made = facts.referrals[facts.referrals["day"] <= day]
    if made.empty:
        return answer
    referrals = made.groupby("customer_id").size().reindex(ids).fillna(0)
    return pd.concat([answer, mid_rank(referrals)], axis=1).mean(axis=1)


def loyalty_parts(facts: Facts, rhythm: Rhythm, ids: pd.Index, day: int) -> pd.DataFrame:
    """One row per customer of the population: the five parts, 0 to 1, NULL where not known."""
    purchases = rhythm.purchases[rhythm.purchases["day"] <= day]
    days = purchases.groupby("customer_id")["day"].agg(["min", "max", "count"]).reindex(ids)
    return pd.DataFrame(
        {
            "last_purchase": mid_rank(days["max"]),
            "purchases": mid_rank(days["count"].fillna(0)),
            "first_purchase": mid_rank(-days["min"]),
            "regularity": mid_rank(regularity(purchases).reindex(ids)),
            "advocacy": advocacy(facts, ids, day),
        }
    )


def loyalty_units(parts: pd.DataFrame, weights: tuple[float, ...]) -> pd.Series:
    """Loyalty score in ten-thousandths: weighted mean of the known parts x 100, half up.

    The small term keeps a true half from being lost to binary fractions.
    """
    known = parts.notna().to_numpy() * np.array(weights)
    score = 100 * (parts.fillna(0).to_numpy() * known).sum(axis=1) / known.sum(axis=1)
    units = np.floor(score * SCORE_UNITS + 0.5 + 1e-6)
    return pd.Series(units, index=parts.index).astype(np.int64)


def quadrant_of(is_loyal: pd.Series, is_profitable: pd.Series) -> pd.Series:
    """I low low, II high loyalty, III high high, IV high profitability."""
    names = np.where(
        is_loyal, np.where(is_profitable, "III", "II"), np.where(is_profitable, "IV", "I")
    )
    return pd.Series(names, index=is_loyal.index, dtype="str")


def snapshot(facts: Facts, rhythm: Rhythm, day: int) -> pd.DataFrame:
    """One row per customer of the population at the end of a day."""
    p, ids = facts.parameters, population(facts, day)
    parts = loyalty_parts(facts, rhythm, ids, day)
    loyalty = loyalty_units(parts, p.loyalty_weights)
    margin = margins_of_year(facts, day).reindex(ids).fillna(0)
    loyal_from = threshold(loyalty, p.loyalty_threshold, SCORE_UNITS)
    profitable_from = threshold(margin, p.profitability_threshold, 100)
    table = pd.DataFrame(
        {
            "loyalty_score": loyalty / SCORE_UNITS,
            "profitability": margin / 100,
            "loyalty_threshold": loyal_from / SCORE_UNITS,
            "profitability_threshold": profitable_from / 100,
            "quadrant": quadrant_of(loyalty >= loyal_from, margin >= profitable_from),
            "customer_state": customer_states(facts, rhythm, day).reindex(ids),
        }
    )
    table = table.join(parts.add_suffix("_part")).rename_axis("customer_id").reset_index()
    return table.assign(snapshot_date=to_dates(np.full(len(table), day)))


def snapshot_numbers(table: pd.DataFrame) -> pd.Series:
    """The whole number of the day of each row's snapshot."""
    return (table["snapshot_date"] - pd.Timestamp(0)).dt.days.astype(np.int64)


@lru_cache(maxsize=2)
def quadrants(facts: Facts) -> pd.DataFrame:
    """Grain: snapshot_date x customer_id of that day's population; profitability is money."""
    rhythm = rhythm_of(facts)
    tables = [snapshot(facts, rhythm, int(day)) for day in snapshot_days(facts)]
    filled = [table for table in tables if len(table)]
    return pd.concat(filled or tables[:1], ignore_index=True)
