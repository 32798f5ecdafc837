"""The input: one frame per entity, as read back from landing."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields

import numpy as np
import pandas as pd

from .days import NEVER, Days, calendar_days, day_number, event_days, event_times
from .parameters import Parameters

COLUMNS: dict[str, list[str]] = {
    "orders": [
        "order_id",
        "customer_id",
        "ordered_at",
        "status",
        "currency",
        "gross_amount",
        "discount_amount",
        "shipping_cost_amount",
        "payment_fee_amount",
        "sales_channel",
        "country",
        "coupon_code",
        "email",
        "phone",
        "updated_at",
    ],
    "order_lines": [
        "order_line_id",
        "order_id",
        "product_id",
        "quantity",
        "unit_price",
        "discount_amount",
        "unit_cost",
        "category",
        "customer_id",
        "ordered_at",
        "currency",
        "country",
    ],
    "refunds": [
        "refund_id",
        "order_id",
        "order_line_id",
        "product_id",
        "customer_id",
        "refunded_at",
        "amount",
        "currency",
        "reason",
    ],
    "products": ["product_id", "name", "category", "unit_cost", "valid_from"],
    "customers": [
        "customer_id",
        "email",
        "phone",
        "first_name",
        "last_name",
        "merged_into_id",
        "external_ids",
        "street",
        "postal_code",
        "city",
        "region",
        "country",
        "language",
        "customer_type",
        "acquisition_channel",
        "acquisition_campaign",
        "service_tier",
        "manager_id",
        "parent_customer_id",
        "is_test",
        "created_at",
        "updated_at",
    ],
    "contracts": [
        "contract_id",
        "customer_id",
        "started_on",
        "ends_on",
        "cancelled_on",
        "cancel_reason",
        "recurring_amount",
        "billing_period",
        "currency",
        "auto_renews",
        "updated_at",
    ],
    "interactions": [
        "interaction_id",
        "customer_id",
        "occurred_at",
        "direction",
        "channel",
        "kind",
        "reason",
        "next_contact_on",
        "cost_amount",
    ],
    "feedback": ["feedback_id", "customer_id", "answered_at", "kind", "score", "reason"],
    "referrals": ["referral_id", "referrer_id", "referred_id", "referred_at"],
    "marketing_spend": ["spend_date", "channel", "purpose", "amount", "currency"],
    "campaigns": [
        "campaign_id",
        "segment",
        "destination",
        "starts_on",
        "response_window_days",
        "cost_amount",
        "currency",
    ],
}
IDS = {"order_id", "order_line_id", "refund_id", "product_id", "customer_id", "contract_id"}
IDS |= {"interaction_id", "feedback_id", "referral_id", "referrer_id", "referred_id"}
IDS |= {"email", "phone", "first_name", "last_name", "merged_into_id", "external_ids"}
IDS |= {"campaign_id", "segment", "destination"}
IDS |= {"manager_id", "parent_customer_id", "acquisition_campaign", "coupon_code"}
TEXTS = {"status", "country", "category", "customer_type", "acquisition_channel", "direction"}
TEXTS |= {"channel", "kind", "billing_period", "currency", "service_tier", "cancel_reason"}
TEXTS |= {"reason", "purpose", "sales_channel", "language"}
TEXTS |= {"street", "postal_code", "city", "region"}


def _contract_columns(frame: pd.DataFrame, entity: str) -> pd.DataFrame:
    """The contract's columns in order, absent ones all NULL, ids and names as text."""
    whole = frame.reindex(columns=COLUMNS[entity]).reset_index(drop=True)
    for column in whole.columns:
        if column in IDS | TEXTS:
            whole[column] = whole[column].astype("str")
    return whole


@dataclass(frozen=True)
class Landing:
    """One frame per entity: the contract's columns (unmapped ones may lack), in ledger order.

    Amounts are in the reporting currency. An entity that is not mapped is an empty frame.
    """

    orders: pd.DataFrame = field(default_factory=pd.DataFrame)
    order_lines: pd.DataFrame = field(default_factory=pd.DataFrame)
    refunds: pd.DataFrame = field(default_factory=pd.DataFrame)
    products: pd.DataFrame = field(default_factory=pd.DataFrame)
    customers: pd.DataFrame = field(default_factory=pd.DataFrame)
    contracts: pd.DataFrame = field(default_factory=pd.DataFrame)
    interactions: pd.DataFrame = field(default_factory=pd.DataFrame)
    feedback: pd.DataFrame = field(default_factory=pd.DataFrame)
    referrals: pd.DataFrame = field(default_factory=pd.DataFrame)
    marketing_spend: pd.DataFrame = field(default_factory=pd.DataFrame)
    campaigns: pd.DataFrame = field(default_factory=pd.DataFrame)

    def __post_init__(self) -> None:
        """Give every entity its columns; refuse amounts in several currencies."""
        for entity in fields(self):
            whole = _contract_columns(getattr(self, entity.name), entity.name)
            object.__setattr__(self, entity.name, whole)
        currencies = {
            currency
            for entity in fields(self)
            for currency in getattr(self, entity.name).get("currency", pd.Series()).dropna()
        }
        if len(currencies) > 1:
            raise ValueError(f"convert to the reporting currency first: {sorted(currencies)}")


def latest_versions(frame: pd.DataFrame, keys: Sequence[str], p: Parameters) -> pd.DataFrame:
    """Of several rows of one key the latest known at `as_of_date`: by `updated_at`, then by row.

    Where every version is later than `as_of_date`, the earliest stands: the event is known by its
    own time. Rows without a key are versions of nothing and all stay.
    """
    keyed = frame[list(keys)].notna().all(axis=1)
    if not frame[keyed].duplicated(list(keys)).any():
        return frame
    order = np.arange(len(frame))
    updated = np.zeros(len(frame))
    known = np.ones(len(frame), dtype=bool)
    if "updated_at" in frame:
        moment = event_times(frame["updated_at"])
        updated = moment.fillna(pd.Timestamp(0, tz="UTC")).astype("int64").to_numpy()
        if p.as_of_date is not None:
            days = event_days(frame["updated_at"], p.reporting_timezone)
            known = (days <= day_number(p.as_of_date)) | (days == NEVER)
    ranked = frame.assign(_known=known, _updated=np.where(known, updated, -updated), _row=order)
    ranked = ranked.sort_values(["_known", "_updated", "_row"])
    last = ~ranked.duplicated(list(keys), keep="last") | ~keyed.loc[ranked.index]
    return frame.loc[np.sort(ranked.index[last])].reset_index(drop=True)


def known_events(
    frame: pd.DataFrame, time: str, p: Parameters, is_date: bool = False
) -> pd.DataFrame:
    """The events up to `as_of_date`, with their `day`; one without a time never happened."""
    days: Days = (
        calendar_days(frame[time]) if is_date else event_days(frame[time], p.reporting_timezone)
    )
    limit = NEVER - 1 if p.as_of_date is None else day_number(p.as_of_date)
    return frame.assign(day=days)[days <= limit].reset_index(drop=True)


def known_cards(landing: Landing, p: Parameters) -> pd.DataFrame:
    """The CRM's cards that were there by `as_of_date`, as they were then known.

    A card is there from `created_at`; where that is not said, from its first version.
    """
    cards = latest_versions(landing.customers, ["customer_id"], p)
    created = event_days(cards["created_at"], p.reporting_timezone)
    first = np.where(
        created < NEVER, created, event_days(cards["updated_at"], p.reporting_timezone)
    )
    limit = NEVER if p.as_of_date is None else day_number(p.as_of_date)
    return cards[(first <= limit) | (first == NEVER)].reset_index(drop=True)


def customers_flagged_test(landing: Landing, p: Parameters) -> set[str]:
    """Ids of the customers that the CRM flags as test: they and their events are left out."""
    customers = known_cards(landing, p)
    flags = customers["is_test"].map(lambda flag: bool(flag) if pd.notna(flag) else False)
    return set(customers.loc[flags.astype(bool), "customer_id"])
