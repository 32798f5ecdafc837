"""What every metric starts from: orders, customer days, contracts, and the customers."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from .contracts import contract_terms, days_of, first_contract_days, implied_orders
from .days import NEVER, day_date, day_number
from .events import sales_events
from .identity import resolved
from .landing import (
    Landing,
    customers_flagged_test,
    known_cards,
    known_events,
    latest_versions,
)
from .money import Cents, cents
from .parameters import Parameters

DIMENSIONS = ["acquisition_channel", "country", "customer_type", "first_product_category"]
ORDER_SUMS = ["orders", "gross_sales", "discounts", "goods", "shipping", "payment_fees", "spent"]
GIVEN = ["manager_id", "city", "region", "language", "acquisition_campaign", "parent_customer_id"]
"""What only the CRM says."""
REFUND_SUMS = ["refunds", "cost_returned", "refunds_attributed", "cost_returned_attributed"]


@dataclass(frozen=True, eq=False)
class Facts:
    """Everything known at `as_of_date`; amounts in cents, days as whole numbers.

    orders: one row per counted order of a known customer.
    days: one row per customer x day with an order, a refund (booked or attributed) or a contact.
    terms: one row per contract. contacts, answers, referrals: one row per event with its `day`.
    spend: one row per expense on marketing: day, channel, purpose, amount (cents).
    customers: one row per customer, index customer_id, sorted.
    parameters: with `as_of_date` and `data_start` found.
    without_customer: cents of orders and refunds that belong to nobody.
    """

    parameters: Parameters
    orders: pd.DataFrame
    days: pd.DataFrame
    terms: pd.DataFrame
    contacts: pd.DataFrame
    answers: pd.DataFrame
    referrals: pd.DataFrame
    spend: pd.DataFrame
    customers: pd.DataFrame
    without_customer: dict[str, int]

    @property
    def as_of(self) -> int:
        """The number of `as_of_date`."""
        assert self.parameters.as_of_date is not None
        return day_number(self.parameters.as_of_date)

    @property
    def data_start(self) -> int:
        """The number of `data_start`."""
        assert self.parameters.data_start is not None
        return day_number(self.parameters.data_start)


def found_dates(landing: Landing, p: Parameters) -> Parameters:
    """The parameters with `as_of_date` and `data_start` found where they were left open."""
    if p.as_of_date and p.data_start:
        return p
    orders, _ = sales_events(landing, p)
    days = orders["day"].to_numpy()
    if not len(days):
        days = days_of(contract_terms(landing, p))
    if not len(days):
        raise ValueError("no order and no contract: give as_of_date and data_start")
    as_of = p.as_of_date or day_date(days.max())
    start = p.data_start or day_date(min(days.min(), day_number(as_of)))
    return replace(p, as_of_date=as_of, data_start=start)


def contacts_of(landing: Landing, p: Parameters) -> pd.DataFrame:
    """Interactions with their `cost_to_serve` (cents): their own cost, else their channel's."""
    rows = latest_versions(landing.interactions, ["interaction_id"], p)
    rows = known_events(rows, "occurred_at", p)
    unit_costs = rows["channel"].map(dict(p.interaction_costs))
    own = rows["cost_amount"].notna()
    costs: Cents = np.where(own, cents(rows["cost_amount"]), cents(unit_costs))
    return rows.assign(cost_to_serve=costs)


def spend_of(landing: Landing, p: Parameters) -> pd.DataFrame:
    """Marketing spend by `as_of_date`: day, channel, purpose, amount (cents)."""
    rows = known_events(landing.marketing_spend, "spend_date", p, is_date=True)
    return rows.assign(amount=cents(rows["amount"]))[["day", "channel", "purpose", "amount"]]


def customer_days(
    orders: pd.DataFrame, refunds: pd.DataFrame, contacts: pd.DataFrame
) -> pd.DataFrame:
    """One row per customer x day; sums in cents, `orders` a count, `is_purchase_day`.

    `net_sales` and `contribution_margin` count refunds on their own day, the `_attributed` ones
    on the day of their order. `spent` is after discounts and before refunds.
    """
    sold = orders.rename(columns={"cost_of_goods": "goods"})
    sold = sold.assign(orders=1, spent=sold["gross_sales"] - sold["discounts"])
    booked = refunds[["customer_id", "day", "refunds", "cost_returned"]]
    attributed = refunds[["customer_id", "attributed_day", "refunds", "cost_returned"]].set_axis(
        ["customer_id", "day", "refunds_attributed", "cost_returned_attributed"], axis=1
    )
    served = contacts[["customer_id", "day", "cost_to_serve"]]
    columns = ["customer_id", "day", *ORDER_SUMS, *REFUND_SUMS, "cost_to_serve"]
    parts = [sold[["customer_id", "day", *ORDER_SUMS]], booked, attributed, served]
    filled = [part.reindex(columns=columns, fill_value=0) for part in parts]
    rows = pd.concat(filled, ignore_index=True).astype(dict.fromkeys(columns[1:], np.int64))
    days = rows.groupby(["customer_id", "day"], as_index=False).sum()
    return with_margins(days)


def with_margins(days: pd.DataFrame) -> pd.DataFrame:
    """Customer days with net sales and margins, booked and attributed."""
    spent = days["spent"]
    own = days["goods"] + days["shipping"] + days["payment_fees"] + days["cost_to_serve"]
    net, attributed = spent - days["refunds"], spent - days["refunds_attributed"]
    return days.assign(
        is_purchase_day=days["orders"] > 0,
        net_sales=net,
        contribution_margin=net - own + days["cost_returned"],
        net_sales_attributed=attributed,
        contribution_margin_attributed=attributed - own + days["cost_returned_attributed"],
    )


def purchase_summary(days: pd.DataFrame) -> pd.DataFrame:
    """Per customer: first, second and last purchase day, and their number."""
    bought = days[days["is_purchase_day"]].sort_values(["customer_id", "day"])
    by_customer = bought.groupby("customer_id")["day"]
    second = bought[by_customer.cumcount() == 1].set_index("customer_id")["day"]
    summary = by_customer.agg(
        first_purchase_day="min", last_purchase_day="max", purchase_days="count"
    )
    return summary.assign(second_purchase_day=second)


def customer_ids(landing: Landing, p: Parameters, *frames: pd.DataFrame) -> pd.Index:
    """Ids of everyone the CRM knew by `as_of_date` or who did something by then, sorted."""
    ids = pd.concat(
        [known_cards(landing, p)["customer_id"], *(frame["customer_id"] for frame in frames)]
    )
    flagged = customers_flagged_test(landing, p)
    return pd.Index(sorted(set(ids.dropna()) - flagged), name="customer_id", dtype="str")


def dimension_values(
    landing: Landing, orders: pd.DataFrame, ids: pd.Index, p: Parameters
) -> pd.DataFrame:
    """Per customer the CRM's value of each dimension, else the first order's, else `unknown`.

    `given_service_tier` and those of GIVEN are the CRM's, or NULL.
    """
    crm = known_cards(landing, p)
    crm = crm.drop_duplicates("customer_id", keep="last").set_index("customer_id")
    first = orders.sort_values(["ordered_at", "order_id"]).drop_duplicates("customer_id")
    first = first.set_index("customer_id").rename(columns={"category": "first_product_category"})
    values = crm.reindex(index=ids, columns=DIMENSIONS)
    values = values.astype("str").fillna(first.reindex(index=ids, columns=DIMENSIONS).astype("str"))
    given = crm.reindex(index=ids)[["service_tier", *GIVEN]]
    given = given.rename(columns={"service_tier": "given_service_tier"})
    return values.fillna("unknown").assign(all="all").join(given)


def customers_of(dimensions: pd.DataFrame, days: pd.DataFrame, terms: pd.DataFrame) -> pd.DataFrame:
    """One row per customer: dimensions, `basis`, purchase days, and `entry_day`.

    `entry_day` is the first purchase day, of contractual customers the first contract's start.
    """
    people = dimensions.join(purchase_summary(days))
    people["first_contract_day"] = first_contract_days(terms)
    number = {name: NEVER for name in people.columns if name.endswith("_day")}
    people = people.fillna(number | {"purchase_days": 0})
    people = people.astype(dict.fromkeys([*number, "purchase_days"], np.int64))
    contractual = people["first_contract_day"] < NEVER
    entry = people["first_contract_day"].where(contractual, people["first_purchase_day"])
    basis = pd.Series(np.where(contractual, "contractual", "transactional"), index=people.index)
    return people.assign(basis=basis.astype("str"), entry_day=entry)


def facts_of(landing: Landing, parameters: Parameters | None = None) -> Facts:
    """Everything that happened by the end of `as_of_date`, from the rows in landing."""
    p = found_dates(landing, parameters or Parameters())
    landing = resolved(landing, p)
    assert p.as_of_date is not None
    orders, refunds = sales_events(landing, p)
    nobody = {
        "orders": int(orders.loc[orders["customer_id"].isna(), "gross_sales"].sum()),
        "refunds": int(refunds.loc[refunds["customer_id"].isna(), "refunds"].sum()),
    }
    orders, refunds = orders.dropna(subset="customer_id"), refunds.dropna(subset="customer_id")
    terms = contract_terms(landing, p)
    implied = implied_orders(terms, set(orders["customer_id"]), day_number(p.as_of_date), p)
    orders = pd.concat([part for part in (orders, implied) if len(part)] or [orders])
    contacts = contacts_of(landing, p)
    answers = known_events(latest_versions(landing.feedback, ["feedback_id"], p), "answered_at", p)
    referrals = known_events(
        latest_versions(landing.referrals, ["referral_id"], p), "referred_at", p
    )
    referrals = referrals.assign(customer_id=referrals["referrer_id"])
    # Who only ever cancelled is known, too: the shop has met them.
    cancelled = latest_versions(landing.orders, ["order_id"], p)
    cancelled = cancelled[cancelled["status"] == "cancelled"]
    cancelled = known_events(cancelled, "ordered_at", p)
    ids = customer_ids(landing, p, orders, refunds, terms, contacts, answers, referrals, cancelled)
    if ids.empty:
        raise ValueError(f"nobody is known by {p.as_of_date}: no customer and no event to measure")
    contacts, answers, referrals = (
        frame[frame["customer_id"].isin(ids)] for frame in (contacts, answers, referrals)
    )
    days = customer_days(orders, refunds, contacts)
    people = customers_of(dimension_values(landing, orders, ids, p), days, terms)
    spend = spend_of(landing, p)
    return Facts(p, orders, days, terms, contacts, answers, referrals, spend, people, nobody)
