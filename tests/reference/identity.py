"""Who is one customer: records of CRMs and shops matched by what they are known by.

Written from the definitions: an e-mail address or telephone number that two identities carry in any
version, an external id, a merge of the CRM. Role mailboxes, placeholders and what more than
`max_shared_identity` persons carry join nobody, and neither do test records.
"""

import csv
import json
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path

import networkx as nx
import pandas as pd
import phonenumbers

from .days import event_times
from .landing import Landing, customers_flagged_test, known_cards, latest_versions
from .parameters import Parameters

Known = dict[tuple[str, str], set[str]]
"""(kind, value) → the identities that carry it."""

_SEED = Path(__file__).resolve().parents[2] / "seeds" / "identity_guards.csv"
_GOOGLE = ("gmail.com", "googlemail.com")
_EVENTS = {
    "orders": ("customer_id", "ordered_at"),
    "order_lines": ("customer_id", "ordered_at"),
    "refunds": ("customer_id", "refunded_at"),
    "contracts": ("customer_id", "started_on"),
    "interactions": ("customer_id", "occurred_at"),
    "feedback": ("customer_id", "answered_at"),
    "referrals": ("referrer_id", "referred_at"),
}
_OF_THE_FIRST = ("acquisition_channel", "acquisition_campaign")
_ADDRESS = ["street", "postal_code", "city", "region"]


def mailbox(cell: object) -> str | None:
    """The normal form of an e-mail address, None for what is none."""
    if not isinstance(cell, str):
        return None
    address = unicodedata.normalize("NFC", cell.strip()).lower()
    local, at, domain = address.partition("@")
    if not (local and at and "." in domain) or any(sign in address for sign in " ,;<>"):
        return None
    if domain in _GOOGLE:
        local, domain = local.partition("+")[0].replace(".", ""), "gmail.com"
    return f"{local}@{domain}"


def number(cell: object, country: object) -> str | None:
    """A telephone number in E.164, None for what is none or nobody's."""
    if not isinstance(cell, str):
        return None
    region = country if isinstance(country, str) else None
    try:
        parsed = phonenumbers.parse(cell, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    digits = str(parsed.national_number)
    e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    counts = "123456789" in e164 or "987654321" in e164
    return None if len(set(digits)) == 1 or counts else e164


def customer_ids_of(landing: Landing, p: Parameters) -> dict[str, str]:
    """Identity → the id of its customer: of all that belong together the one known first.

    Guests' orders are identities too: `guest:<order_id>`.
    """
    graph = nx.Graph()
    p = replace(p, as_of_date=None)  # Who is whom is told by all that has landed.
    tests = customers_flagged_test(landing, p)
    known, names = _known(landing, tests)
    for value, carriers in known.items():
        if _joins(value, carriers, names):
            nx.add_path(graph, sorted(carriers))
    records = latest_versions(landing.customers, ["customer_id"], p)
    for record in records[records["merged_into_id"].notna()].itertuples():
        if not tests & {record.customer_id, record.merged_into_id}:
            graph.add_edge(record.customer_id, record.merged_into_id)
    first = _first_known(landing)
    return {
        member: min(
            (one for one in component if one in first),
            key=lambda one: (one.startswith("guest:"), first[one], one),
        )
        for component in nx.connected_components(graph)
        for member in component
    }


def _known(landing: Landing, tests: set[str]) -> tuple[Known, dict[str, str]]:
    known: Known = defaultdict(set)
    names: dict[str, str] = {}
    orders = landing.orders.assign(
        customer_id=landing.orders["customer_id"].fillna("guest:" + landing.orders["order_id"])
    )
    for frame in (landing.customers, orders):
        for row in frame[frame[["email", "phone"]].notna().any(axis=1)].itertuples():
            if row.customer_id not in tests:
                known["email", mailbox(row.email) or ""].add(row.customer_id)
                known["phone", number(row.phone, row.country) or ""].add(row.customer_id)
    for row in landing.customers.itertuples():
        parts = [part for part in (row.first_name, row.last_name) if isinstance(part, str)]
        name = " ".join(parts).strip().lower()
        if name:
            names[row.customer_id] = min(name, names.get(row.customer_id, name))
        if isinstance(row.external_ids, str) and row.customer_id not in tests:
            for system, value in json.loads(row.external_ids).items():
                known["external_id", f"{system.lower()}:{value}"].add(row.customer_id)
    return {value: who for value, who in known.items() if value[1]}, names


@cache
def _guards() -> set[tuple[str, str]]:
    with _SEED.open(encoding="utf-8") as file:
        return {(row["kind"], row["value"]) for row in csv.DictReader(file)}


def _joins(
    value: tuple[str, str], carriers: Iterable[str], names: dict[str, str], most: int = 3
) -> bool:
    kind, text = value
    guards = _guards()
    persons = {names.get(one, one) for one in carriers if not one.startswith("guest:")}
    role = kind == "email" and ("mailbox", text.partition("@")[0]) in guards
    return not role and (kind, text) not in guards and len(persons) <= most


def _first_known(landing: Landing) -> dict[str, pd.Timestamp]:
    """Identity → when it appeared first; those whose time nobody knows come last."""
    parts = [landing.customers[["customer_id", "created_at"]].set_axis(["who", "at"], axis=1)]
    for entity, (who, at) in _EVENTS.items():
        parts.append(getattr(landing, entity)[[who, at]].set_axis(["who", "at"], axis=1))
    guests = landing.orders[landing.orders["customer_id"].isna()]
    parts.append(pd.DataFrame({"who": "guest:" + guests["order_id"], "at": guests["ordered_at"]}))
    moments = pd.concat(
        [part.assign(at=event_times(part["at"])) for part in parts if len(part)]
    ).dropna(subset="who")
    latest = pd.Timestamp("2200-01-01", tz="UTC")
    return moments.assign(at=moments["at"].fillna(latest)).groupby("who")["at"].min().to_dict()


def resolved(landing: Landing, p: Parameters) -> Landing:
    """The landing with one customer_id per customer, and one record of the CRM for each."""
    ids = customer_ids_of(landing, p)
    frames = {}
    for entity, (who, _) in _EVENTS.items():
        frame = getattr(landing, entity)
        if entity == "orders":
            guests = "guest:" + frame["order_id"]
            frame = frame.assign(
                customer_id=frame[who].where(frame[who].notna() | ~guests.isin(ids.keys()), guests)
            )
        frames[entity] = frame.assign(**{who: frame[who].map(lambda one: ids.get(one, one))})
    referred = frames["referrals"]["referred_id"].map(lambda one: ids.get(one, one))
    frames["referrals"] = frames["referrals"].assign(referred_id=referred)
    return replace(landing, **frames, customers=_one_record_each(landing, ids, p))


def _one_record_each(landing: Landing, ids: dict[str, str], p: Parameters) -> pd.DataFrame:
    """Of several records the first that says anything: not merged away, changed last, smallest id.

    Who won the customer says the record that was known first; an address is taken whole; nobody is
    their own parent. Only what was there by `as_of_date` has a say, so that the one record that is
    left always was.
    """
    records = known_cards(landing, p)
    parent, own = (
        records[column].map(lambda one: ids.get(one, one))
        for column in ("parent_customer_id", "customer_id")
    )
    records = records.assign(parent_customer_id=records["parent_customer_id"].mask(parent == own))
    sizes = Counter(ids.values())
    several = records["customer_id"].map(lambda one: sizes[ids.get(one, one)] > 1).astype(bool)
    first = _first_known(landing)
    merged = []
    for customer, group in records[several].groupby(records["customer_id"].map(ids.get)):
        ranked = group.assign(
            is_merged=group["merged_into_id"].notna(),
            age=-event_times(group["updated_at"]).fillna(pd.Timestamp(0, tz="UTC")).astype("int64"),
            known=group["customer_id"].map(first),
        )
        by_rank = ranked.sort_values(["is_merged", "age", "customer_id"])
        by_time = ranked.sort_values(["known", "customer_id"])
        record = {
            column: next(iter(by_rank[column].dropna()), None)
            for column in landing.customers.columns
        }
        merged.append(
            record
            | {
                "customer_id": customer,
                **{name: next(iter(by_time[name].dropna()), None) for name in _OF_THE_FIRST},
                **next(iter(by_rank[_ADDRESS].dropna(how="all").to_dict("records")), {}),
                "created_at": None,
                "updated_at": None,
            }
        )
    if not merged:
        return records
    return pd.concat([records[~several], pd.DataFrame(merged)], ignore_index=True)
