"""Contracts: when they are in force, what they are taken to sell, and their churn episodes."""

import numpy as np
import pandas as pd

from .days import NEVER, Days, add_months, calendar_days, day_number, event_days
from .events import MONEY, SAID
from .landing import Landing, customers_flagged_test, known_events, latest_versions
from .money import cents, share_of
from .parameters import Parameters

BILLING_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def contract_terms(landing: Landing, p: Parameters) -> pd.DataFrame:
    """One row per contract begun by `as_of_date` that was in force for a day or more.

    Columns: contract_id, customer_id, start, end (last day in force, NEVER: open), known_on (day
    from which it counts as cancelled, NEVER: not), end_if_kept (the end as long as nobody cancels),
    renews, recurring_amount, billing_period, cancel_reason. A cancellation planned for a later day
    is known from the day on which it was noted.
    """
    rows = latest_versions(landing.contracts, ["contract_id"], p)
    rows = known_events(rows, "started_on", p, is_date=True)
    ends_on = calendar_days(rows["ends_on"])
    cancelled = calendar_days(rows["cancelled_on"])
    noted = event_days(rows["updated_at"], p.reporting_timezone)
    known = np.where(cancelled < NEVER, np.minimum(cancelled, noted), NEVER)
    if p.as_of_date is not None:
        known = np.where(known <= day_number(p.as_of_date), known, NEVER)
    renews = rows["auto_renews"].map(lambda flag: pd.notna(flag) and bool(flag)).astype(bool)
    kept = np.where(renews, NEVER, ends_on)
    # A contract that renewed itself was in force until somebody cancelled it.
    agreed = np.where(renews & (ends_on < NEVER), np.maximum(ends_on, cancelled), ends_on)
    end = np.where(known < NEVER, np.where(ends_on < NEVER, agreed, cancelled), kept)
    terms = rows.assign(start=rows["day"], end=end, known_on=known, end_if_kept=kept)
    terms = terms.assign(renews=renews)
    columns = ["contract_id", "customer_id", "start", "end", "known_on", "end_if_kept", "renews"]
    terms = terms[[*columns, "recurring_amount", "billing_period", "cancel_reason"]]
    flagged = customers_flagged_test(landing, p)
    real = (terms["end"] >= terms["start"]) & ~terms["customer_id"].isin(flagged)
    return terms[real & terms["customer_id"].notna()].reset_index(drop=True)


def in_force(terms: pd.DataFrame, day: int) -> pd.Index:
    """Ids of the customers with a contract in force on a day."""
    running = (terms["start"] <= day) & (terms["end"] >= day)
    return pd.Index(terms.loc[running, "customer_id"].unique())


def _billing_days(start: int, end: int, period: str, as_of: int) -> list[int]:
    """start + k billing periods, while in force and by `as_of`."""
    months = BILLING_MONTHS.get(period, 1)
    days = [start]
    while (following := add_months(start, months * len(days))) <= min(end, as_of):
        days.append(following)
    return days


def implied_orders(
    terms: pd.DataFrame, buyers: set[str], as_of: int, p: Parameters
) -> pd.DataFrame:
    """The recurring amount booked on each billing day, of customers who have no orders.

    Same columns as the orders of `sales_events`.
    """
    billed = terms[~terms["customer_id"].isin(buyers) & terms["recurring_amount"].notna()]
    gross = cents(billed["recurring_amount"])
    rows = [
        (f"{contract.contract_id}:{number}", contract.customer_id, day, amount)
        for contract, amount in zip(billed.itertuples(), gross, strict=True)
        for number, day in enumerate(
            _billing_days(contract.start, contract.end, contract.billing_period, as_of)
        )
    ]
    orders = pd.DataFrame(rows, columns=["order_id", "customer_id", "day", "gross_sales"])
    orders = orders.astype({"day": np.int64, "gross_sales": np.int64})
    estimated = share_of(orders["gross_sales"].to_numpy(), 1 - p.default_gross_margin)
    orders = orders.assign(
        ordered_at=pd.to_datetime(orders["day"], unit="D", utc=True),
        cost_of_goods=estimated,
        discounts=0,
        shipping=0,
        payment_fees=0,
        **dict.fromkeys([*SAID, "category"]),
    )
    texts = ["order_id", "customer_id", *SAID, "category"]
    orders = orders.astype(dict.fromkeys(texts, "str"))
    return orders[["order_id", "customer_id", "ordered_at", "day", *SAID, *MONEY, "category"]]


def contract_spans(terms: pd.DataFrame, p: Parameters) -> pd.DataFrame:
    """Contracts joined where the next begins within `contract_gap_days` after the end.

    One row per span: customer_id, start, end, next_start (NEVER: none).
    """
    ordered = terms.sort_values(["customer_id", "start", "end"], kind="stable")
    latest_end = ordered.groupby("customer_id")["end"].cummax()
    earlier_end = latest_end.groupby(ordered["customer_id"]).shift()
    begins = earlier_end.isna() | (ordered["start"] > earlier_end + p.contract_gap_days)
    spans = (
        ordered.assign(span=begins.cumsum())
        .groupby(["customer_id", "span"], as_index=False)
        .agg(start=("start", "min"), end=("end", "max"))
    )
    following = spans.groupby("customer_id")["start"].shift(-1)
    return spans.assign(next_start=following.fillna(NEVER).astype(np.int64)).drop(columns="span")


def contract_states(terms: pd.DataFrame, day: int, p: Parameters) -> pd.Series:
    """State on a day, per customer whose first contract has begun by then.

    What a contract's end was known to be on that day decides, and of several running contracts
    the one that runs longest.
    """
    begun = terms[terms["start"] <= day].copy()
    is_cancelled = begun["known_on"] <= day
    begun["end"] = begun["end"].where(is_cancelled, begun["end_if_kept"])
    begun["is_cancelled"] = is_cancelled
    longest = begun.sort_values(["end", "is_cancelled"], ascending=[True, False])
    longest = longest.drop_duplicates("customer_id", keep="last").set_index("customer_id")
    ending = (longest["end"] < NEVER) & (longest["end"] - day <= p.renewal_notice_days)
    state = pd.Series("active", index=longest.index, dtype="str")
    state[ending | longest["is_cancelled"]] = "at_risk"
    state[longest["end"] + p.contract_gap_days <= day] = "churned"
    return state


def first_contract_days(terms: pd.DataFrame) -> pd.Series:
    """The day on which each customer's first contract began."""
    return terms.groupby("customer_id")["start"].min()


def days_of(terms: pd.DataFrame) -> Days:
    """Days of contract events, which stand in for days of orders where there are none."""
    cancelled = terms.loc[terms["known_on"] < NEVER, "known_on"]
    return np.concatenate([terms["start"].to_numpy(), cancelled.to_numpy()])
