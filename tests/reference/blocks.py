"""What `customers` tells beside money and scores: orders, contacts, voice and contracts.

Each function gives one row per customer_id, everything as of the end of `as_of_date`.
"""

import numpy as np
import pandas as pd

from .accounts import next_contacts
from .contracts import BILLING_MONTHS
from .days import NEVER, event_times, to_dates
from .facts import Facts
from .money import half_away, ratio, to_money, to_units
from .population import YEAR
from .rhythm import rhythm_of
from .voice import nps_answers


def if_known(counts: pd.Series, is_known: bool) -> pd.Series:
    """Counts as they are, or all NULL where nothing of the kind is known of anybody."""
    return (counts if is_known else counts * np.nan).astype("Int64")


def first_and_last_orders(facts: Facts) -> pd.DataFrame:
    """Value (money, after discounts) and channel of both; ties of time by the id."""
    orders = facts.orders.assign(
        moment=event_times(facts.orders["ordered_at"]),
        order_value=to_money(facts.orders["gross_sales"] - facts.orders["discounts"]),
        order_channel=facts.orders["sales_channel"],
    )
    by_time = orders.sort_values(["moment", "order_id"])
    parts = [
        by_time.drop_duplicates("customer_id", keep=keep)
        .set_index("customer_id")[["order_value", "order_channel"]]
        .add_prefix(f"{keep}_")
        for keep in ("first", "last")
    ]
    return pd.concat(parts, axis=1).reindex(facts.customers.index)


def refund_columns(facts: Facts, sold: pd.Series) -> pd.DataFrame:
    """First and last day with a refund; refunds / `sold` (cents, after discounts).

    The share is NULL for everyone where nobody is known to have given anything back.
    """
    back = facts.days[facts.days["refunds"] > 0].groupby("customer_id")
    days = back["day"].agg(["min", "max"]).reindex(sold.index)
    is_known = back.ngroups > 0 or facts.without_customer["refunds"] > 0
    share = ratio(back["refunds"].sum().reindex(sold.index).fillna(0), sold)
    return pd.DataFrame(
        {
            "first_refund_date": to_dates(days["min"]),
            "last_refund_date": to_dates(days["max"]),
            "refund_share": share if is_known else np.nan,
        }
    )


def order_columns(facts: Facts) -> pd.DataFrame:
    """Values and channels of orders, shares of discounts and refunds, coupons.

    `coupon_orders` is NULL for everyone where no order of anybody was placed with a coupon.
    """
    orders, ids = facts.orders, facts.customers.index
    orders = orders.assign(orders=1, coupons=orders["coupon_code"].notna().astype(int))
    sums = orders.groupby("customer_id")[["orders", "gross_sales", "discounts", "coupons"]].sum()
    sums = sums.reindex(ids).fillna(0).astype(np.int64)
    sold = sums["gross_sales"] - sums["discounts"]
    are_coupons_known = bool(sums["coupons"].any())
    table = pd.DataFrame(
        {
            "average_order_value": ratio(to_money(sold), sums["orders"]),
            "coupon_orders": if_known(sums["coupons"], are_coupons_known),
            "discount_share": ratio(sums["discounts"], sums["gross_sales"]),
        }
    )
    return table.join(first_and_last_orders(facts)).join(refund_columns(facts, sold))


def gap_columns(facts: Facts) -> pd.DataFrame:
    """Median and expected days between purchases; NULL for contracts and without purchases."""
    last = rhythm_of(facts).purchases
    last = last[last["is_last"] & (last["basis"] == "transactional")].set_index("customer_id")
    table = last[["median_gap", "expected_gap_days"]].reindex(facts.customers.index)
    return table.rename(columns={"median_gap": "median_gap_days"})


def last_contacts(facts: Facts) -> pd.DataFrame:
    """Day and channel of the last contact of either direction; ties of time by the id."""
    contacts = facts.contacts.assign(moment=event_times(facts.contacts["occurred_at"]))
    by_time = contacts.sort_values(["moment", "interaction_id"])
    table = pd.DataFrame(index=facts.customers.index)
    for direction, name in (("in", "inbound"), ("out", "outbound")):
        last = by_time[by_time["direction"] == direction]
        last = last.drop_duplicates("customer_id", keep="last").set_index("customer_id")
        last = last[["day", "channel"]].reindex(table.index)
        table[f"last_{name}_date"] = to_dates(last["day"])
        table[f"last_{name}_channel"] = last["channel"]
    return table


def contact_columns(facts: Facts) -> pd.DataFrame:
    """Contacts of the trailing 365 days (NULL where none of anybody is known), last and next."""
    ids = facts.customers.index
    year = facts.contacts[facts.contacts["day"] > facts.as_of - YEAR]
    counts = pd.DataFrame(
        {
            "contacts_365d": year.groupby("customer_id").size(),
            "complaints_365d": year[year["kind"] == "complaint"].groupby("customer_id").size(),
            "came": year[year["direction"] == "in"].groupby("customer_id").size(),
            "went": year[year["direction"] == "out"].groupby("customer_id").size(),
        }
    )
    counts = counts.reindex(ids).fillna(0).astype(np.int64)
    more = np.sign((counts.pop("came") - counts.pop("went")).astype(int))
    preferred = more.map({1: "in", -1: "out", 0: "both"}).where(counts["contacts_365d"] > 0)
    table = counts.apply(if_known, is_known=len(facts.contacts) > 0).join(last_contacts(facts))
    return table.assign(
        preferred_contact_direction=preferred, next_contact_date=to_dates(next_contacts(facts))
    )


def voice_columns(facts: Facts) -> pd.DataFrame:
    """The latest NPS answer and its day; referrals of others (NULL where none are known at all)."""
    ids, made = facts.customers.index, facts.referrals
    latest = nps_answers(facts).drop_duplicates("customer_id", keep="last")
    latest = latest.set_index("customer_id").reindex(ids)
    others = made[made["customer_id"] != made["referred_id"]].groupby("customer_id").size()
    referrals = others.reindex(ids).fillna(0)
    return pd.DataFrame(
        {
            "nps_score": latest["score"],
            "nps_date": to_dates(latest["day"]),
            "referrals_made": if_known(referrals, len(made) > 0),
        }
    )


def monthly_amounts(terms: pd.DataFrame) -> pd.Series:
    """Per contract the recurring amount of a month (cents), rounded once; NULL where not known."""
    months = terms["billing_period"].map(BILLING_MONTHS).fillna(1).to_numpy(dtype=np.int64)
    amounts = half_away(to_units(terms["recurring_amount"], 4), 100 * months)
    return pd.Series(amounts, index=terms.index, dtype=float).where(
        terms["recurring_amount"].notna()
    )


def running_contracts(facts: Facts) -> pd.DataFrame:
    """Columns that contracts in force decide; without one 0 in force that bring nothing."""
    terms = facts.terms[facts.terms["end"] >= facts.as_of]
    is_cancelled = terms["known_on"] < NEVER
    rows = terms.assign(
        monthly=monthly_amounts(terms),
        renewing=terms["renews"] & ~is_cancelled,
        cancelled=is_cancelled,
    ).groupby("customer_id")
    ids = facts.customers.index
    ends = rows["end"].agg(["min", "max"]).reindex(ids)
    notice = facts.parameters.renewal_notice_days
    count = if_known(rows.size().reindex(ids).fillna(0), len(facts.terms) > 0)
    monthly = rows["monthly"].agg(lambda amounts: amounts.sum(skipna=False)).reindex(ids)
    has_any = ends["max"].notna()
    return pd.DataFrame(
        {
            "contracts_in_force": count,
            "monthly_recurring_revenue": to_money(
                monthly.mask((count == 0).fillna(False).astype(bool), 0)
            ),
            "next_contract_end_date": to_dates(ends["min"]),
            "is_auto_renewing": rows["renewing"].any().reindex(ids).astype("boolean"),
            "is_contract_cancelled": rows["cancelled"].any().reindex(ids).astype("boolean"),
            "is_renewal_due": (ends["max"] - facts.as_of <= notice)
            .astype("boolean")
            .where(has_any),
        }
    )


def contract_columns(facts: Facts) -> pd.DataFrame:
    """Contracts in force, past ends and cancellations; all NULL where nobody has a contract."""
    by_customer, ids = facts.terms.groupby("customer_id"), facts.customers.index
    cancelled = facts.terms[facts.terms["known_on"] < NEVER].groupby("customer_id")["known_on"]
    return running_contracts(facts).assign(
        first_contract_date=to_dates(facts.customers["first_contract_day"]),
        last_contract_end_date=to_dates(by_customer["end"].max().reindex(ids)),
        contract_cancelled_date=to_dates(cancelled.max().reindex(ids)),
    )
