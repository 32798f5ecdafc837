"""Section 8 of the metrics page: `nps`."""

import numpy as np
import pandas as pd

from .days import event_times, to_dates
from .dimensions import sums_by_dimension
from .facts import Facts
from .money import ratio, to_money
from .periods import CALENDAR_GRAINS, period_of, period_start, periods_of
from .survival import Z

DIMENSIONS = ["all", "acquisition_channel", "quadrant", "relationship_level"]
COUNTS = ["respondents", "promoters", "passives", "detractors", "referrals_made"]
COUNTS += ["referrals_converted"]
PROMOTER_FROM, DETRACTOR_UP_TO, HIGHEST = 9, 6, 10


def nps_answers(facts: Facts) -> pd.DataFrame:
    """The answers that count, oldest first, ties by feedback_id: score from 0 to 10."""
    answers = facts.answers[facts.answers["kind"] == "nps"]
    answers = answers.assign(score=answers["score"].astype(float))
    answers = answers[answers["score"].between(0, HIGHEST)]
    return answers.assign(moment=event_times(answers["answered_at"])).sort_values(
        ["moment", "feedback_id"]
    )


def starts_of(days: pd.Series, facts: Facts, grain: str) -> pd.Series:
    """The first day of the period that each day lies in."""
    numbers = period_of(days, grain, facts.parameters)
    return pd.Series(period_start(numbers, grain, facts.parameters), index=days.index)


def respondents(facts: Facts, grain: str) -> pd.DataFrame:
    """One row per customer x period with an answer, the latest one: flags as 0/1."""
    answers = nps_answers(facts)
    answers = answers.assign(start=starts_of(answers["day"], facts, grain))
    latest = answers.drop_duplicates(["customer_id", "start"], keep="last")
    is_promoter = latest["score"] >= PROMOTER_FROM
    is_detractor = latest["score"] <= DETRACTOR_UP_TO
    return latest[["customer_id", "start"]].assign(
        respondents=1,
        promoters=is_promoter.astype(int),
        passives=(~is_promoter & ~is_detractor).astype(int),
        detractors=is_detractor.astype(int),
    )


def referrals(facts: Facts, grain: str) -> pd.DataFrame:
    """One row per referral of somebody else: customer_id of who referred, start, its numbers.

    `referred_net_sales` (cents, refunds attributed) are those from the day of the referral on, at
    the first referral of each referred customer.
    """
    made = facts.referrals[facts.referrals["customer_id"] != facts.referrals["referred_id"]]
    made = made.assign(moment=event_times(made["referred_at"]))
    made = made.sort_values(["moment", "referral_id"]).reset_index(drop=True)
    days = facts.days.rename(columns={"customer_id": "referred_id", "day": "sold_on"})
    after = made[["referral_id", "referred_id", "day"]].reset_index(names="row")
    after = after.dropna(subset="referred_id").merge(days, on="referred_id")
    after = after[after["sold_on"] >= after["day"]].groupby("row")
    is_first = ~made.duplicated("referred_id") & made["referred_id"].notna()
    sales = after["net_sales_attributed"].sum().reindex(made.index).fillna(0)
    bought = after["is_purchase_day"].any().reindex(made.index, fill_value=False)
    return made[["customer_id"]].assign(
        start=starts_of(made["day"], facts, grain),
        referrals_made=1,
        referrals_converted=bought.astype(int),
        referred_net_sales=sales.where(is_first, 0).astype(np.int64),
    )


def nps_of(facts: Facts, grain: str) -> pd.DataFrame:
    """The rows of one period_grain in which anybody answered or referred."""
    periods = periods_of(facts, grain)
    rows = pd.concat([respondents(facts, grain), referrals(facts, grain)], ignore_index=True)
    rows = rows[rows["start"].isin(periods["start"])].fillna(0)
    table = sums_by_dimension(rows.reset_index(drop=True), facts, DIMENSIONS, ["start"])
    table = table[(table["respondents"] > 0) | (table["referrals_made"] > 0)]
    table = table.merge(periods, on="start")
    promoted = ratio(table["promoters"], table["respondents"])
    detracted = ratio(table["detractors"], table["respondents"])
    score = promoted - detracted
    margin = Z * np.sqrt((promoted + detracted - score**2) / table["respondents"])
    return table.assign(
        period_grain=grain,
        period_start=to_dates(table["start"]),
        period_end=to_dates(table["end"]),
        promoter_share=promoted,
        detractor_share=detracted,
        nps=score,
        nps_lower_95=score - margin,
        nps_upper_95=score + margin,
        referred_net_sales=to_money(table["referred_net_sales"]),
        is_complete=table["end"] <= facts.as_of,
    )


def nps(facts: Facts) -> pd.DataFrame:
    """Grain: period_grain x period_start x dimension_name x dimension_value."""
    parts = [nps_of(facts, grain) for grain in CALENDAR_GRAINS]
    names = ["period_grain", "period_start", "period_end", "dimension_name", "dimension_value"]
    names += [*COUNTS, "promoter_share", "detractor_share", "nps", "nps_lower_95", "nps_upper_95"]
    return pd.concat(parts, ignore_index=True)[[*names, "referred_net_sales", "is_complete"]]
