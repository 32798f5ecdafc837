"""Section 4 of the metrics page: `churn_reasons`, one primary reason per churned customer."""

import numpy as np
import pandas as pd

from .churn import base_of, first_episodes
from .days import NEVER, event_times, to_dates
from .dimensions import EVERY, sums_by_dimension
from .facts import Facts
from .money import ratio, to_money
from .periods import CALENDAR_GRAINS, periods_of
from .rhythm import episodes_of, rhythm_of

STANDARD = [
    "service_quality",
    "product_quality",
    "price",
    "competitor",
    "no_longer_needed",
    "moved_away",
    "dissatisfied_with_contact",
    "payment",
    "other",
    "unknown",
]
ALIASES = {reason.replace("_", " "): reason for reason in STANDARD} | {r: r for r in STANDARD}
CELL = ["start", "dimension_name", "dimension_value"]


def said(texts: pd.Series) -> pd.Series:
    """Texts lower-cased and trimmed; NULL where nothing is said."""
    plain = texts.astype("str").str.strip().str.lower()
    return plain.where(plain != "")


def standard_reason(texts: pd.Series) -> pd.Series:
    """The standard reason of each text, `other` for one that is none, `unknown` for NULL."""
    reasons = texts.map(ALIASES).where(texts.isna() | texts.isin(ALIASES), "other")
    return reasons.fillna("unknown")


def last_seen_days(facts: Facts, episodes: pd.DataFrame) -> pd.Series:
    """Per episode the last purchase day; contractual: the last day in force."""
    basis = episodes["customer_id"].map(facts.customers["basis"])
    in_force_until = episodes["churned_at"] - facts.parameters.contract_gap_days
    return episodes["last_purchase_day"].where(basis != "contractual", in_force_until)


def reasons_of_contracts(facts: Facts, episodes: pd.DataFrame) -> pd.Series:
    """Per episode what was given as reason when the contract that ended it was cancelled.

    Of several that end on that day the one whose cancellation was known last, then the smallest
    contract_id; only such as give a reason.
    """
    terms = facts.terms.assign(reason=said(facts.terms["cancel_reason"]))
    terms = terms[(terms["known_on"] < NEVER) & terms["reason"].notna()]
    terms = terms.sort_values(["known_on", "contract_id"], ascending=[False, True])
    terms = terms.drop_duplicates(["customer_id", "end"])[["customer_id", "end", "reason"]]
    ended = episodes.assign(end=last_seen_days(facts, episodes))
    ended["is_contract"] = ended["customer_id"].map(facts.customers["basis"]) == "contractual"
    found = ended.merge(terms, on=["customer_id", "end"], how="left")
    return found["reason"].where(found["is_contract"]).set_axis(episodes.index)


def last_reasons(  # noqa: PLR0917 - events, their names, and the days between which they count
    events: pd.DataFrame,
    time: str,
    key: str,
    episodes: pd.DataFrame,
    since: pd.Series,
    until: pd.Series,
) -> pd.Series:
    """Per episode the reason of the customer's last event from `since` to `until` that gives one.

    Ties of time: the largest id.
    """
    known = events.assign(reason=said(events["reason"]), moment=event_times(events[time]))
    known = known.loc[known["reason"].notna(), ["customer_id", "day", "moment", key, "reason"]]
    spans = episodes[["customer_id"]].assign(since=since, until=until).reset_index(names="episode")
    joined = spans.merge(known, on="customer_id")
    inside = joined[joined["day"].between(joined["since"], joined["until"])]
    last = inside.sort_values(["moment", key]).drop_duplicates("episode", keep="last")
    return last.set_index("episode")["reason"].reindex(episodes.index)


def episode_reasons(facts: Facts) -> pd.DataFrame:
    """The churn episodes with their primary `churn_reason`, the first of three that is known."""
    episodes = episodes_of(facts, rhythm_of(facts))
    lookback = facts.parameters.reason_lookback_days
    surveys = facts.answers[facts.answers["kind"] == "exit_survey"]
    complaints = facts.contacts[facts.contacts["kind"] == "complaint"]
    seen, begun = last_seen_days(facts, episodes), episodes["churned_at"]
    before_end = (episodes["ended_at"] - 1).clip(upper=facts.as_of)
    reasons = reasons_of_contracts(facts, episodes)
    for events, time, key, since, until in (
        (surveys, "answered_at", "feedback_id", seen - lookback, before_end),
        (complaints, "occurred_at", "interaction_id", begun - lookback, begun),
    ):
        found = last_reasons(events, time, key, episodes, since, until)
        reasons = reasons.where(reasons.notna(), found)
    return episodes.assign(churn_reason=standard_reason(reasons))


def churned_in(facts: Facts, episodes: pd.DataFrame, start: int, end: int) -> pd.DataFrame:
    """One row per churned customer of the base: `start`, churn_reason, lost_net_sales (cents)."""
    first = first_episodes(episodes, start, end)
    base, _ = base_of(facts, episodes, start)
    churned = first[base.loc[first.index].to_numpy()]
    rows = churned[["churn_reason", "sales_before"]].set_axis(
        ["churn_reason", "lost_net_sales"], axis=1
    )
    return rows.reset_index().assign(start=start, churned_customers=1)


def churn_reasons_of(facts: Facts, grain: str) -> pd.DataFrame:
    """The rows of one period_grain."""
    episodes, periods = episode_reasons(facts), periods_of(facts, grain)
    parts = [
        churned_in(facts, episodes, period.start, period.end) for period in periods.itertuples()
    ]
    rows = pd.concat(parts, ignore_index=True).astype({"start": np.int64})
    table = sums_by_dimension(rows, facts, EVERY, ["start", "churn_reason"])
    table = table[table["churned_customers"] > 0].merge(periods, on="start")
    in_cell = table.groupby(CELL)["churned_customers"].transform("sum")
    return table.assign(
        period_grain=grain,
        period_start=to_dates(table["start"]),
        period_end=to_dates(table["end"]),
        churned_share=ratio(table["churned_customers"], in_cell),
        lost_net_sales=to_money(table["lost_net_sales"]),
    )


def churn_reasons(facts: Facts) -> pd.DataFrame:
    """Grain: period_grain x period_start x dimension_name x dimension_value x churn_reason."""
    parts = [churn_reasons_of(facts, grain) for grain in CALENDAR_GRAINS]
    keys = ["period_grain", "period_start", "period_end", "dimension_name", "dimension_value"]
    values = ["churn_reason", "churned_customers", "lost_net_sales", "churned_share"]
    return pd.concat(parts, ignore_index=True)[[*keys, *values]]
