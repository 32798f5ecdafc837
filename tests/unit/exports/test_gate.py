"""The gate: its order, and that every customer has exactly one outcome."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.exports import ExportError, SegmentExport
from orchestration.exports.gate import bucket, youngest_adult

if TYPE_CHECKING:
    from conftest import Warehouse

AS_OF = date(2026, 1, 31)


def dropped(warehouse: Warehouse, destination: str = "generic_csv") -> dict[str, int]:
    return dict(warehouse.only(destination).counts.dropped_by_reason)


def test_a_customer_with_consent_and_an_address_is_kept(warehouse: Warehouse) -> None:
    warehouse.contact("a")
    warehouse.segment("seg_a", ["a"])
    counts = warehouse.only().counts
    assert (counts.segment, counts.kept, counts.dropped_by_reason) == (1, 1, {})


@pytest.mark.parametrize(
    "consent",
    [
        None,
        {"status": "denied"},
        {"status": "withdrawn"},
        {"status": None},
        {"expires_on": date(2026, 1, 30)},
    ],
)
def test_consent_is_denied_unless_granted_and_in_force(
    warehouse: Warehouse, consent: dict[str, object] | None
) -> None:
    warehouse.contact("a", consents=[])
    if consent is not None:
        warehouse.consent("a", "email_marketing", **consent)
    warehouse.consent("a", "ad_user_data", "ad_personalization")
    warehouse.segment("seg_a", ["a"])
    assert dropped(warehouse) == {"no_consent": 1}


def test_consent_holds_on_its_last_day(warehouse: Warehouse) -> None:
    warehouse.contact("a", consents=[])
    warehouse.consent("a", "email_marketing", expires_on=AS_OF)
    warehouse.segment("seg_a", ["a"])
    assert warehouse.only().counts.kept == 1


def test_contradicting_consents_count_as_none(warehouse: Warehouse) -> None:
    warehouse.contact("a")
    warehouse.consent("a", "email_marketing", status="withdrawn")
    warehouse.segment("seg_a", ["a"])
    assert dropped(warehouse) == {"no_consent": 1}


@pytest.mark.parametrize("destination", ["google_customer_match", "meta_customer_list"])
@pytest.mark.parametrize("missing", ["ad_user_data", "ad_personalization"])
def test_ad_platforms_need_both_consents(
    warehouse: Warehouse, destination: str, missing: str
) -> None:
    both = {"ad_user_data", "ad_personalization"}
    warehouse.contact("a", consents=sorted(both - {missing}))
    warehouse.segment("seg_a", ["a"])
    assert dropped(warehouse, destination) == {"no_consent": 1}


@pytest.mark.parametrize(
    ("channel", "reason"),
    [
        (None, {"suppressed_customer": 1}),
        ("all", {"suppressed_customer": 1}),
        ("E-Mail", {"suppressed_customer": 1}),
        ("carrier pigeon", {"suppressed_customer": 1}),
        ("sms", {}),
        ("google", {}),
    ],
)
def test_objections_count_for_their_channel_and_unknown_channels_for_all(
    warehouse: Warehouse, channel: str | None, reason: dict[str, int]
) -> None:
    warehouse.contact("a")
    warehouse.suppress(customer_key="a", channel=channel)
    warehouse.segment("seg_a", ["a"])
    assert dropped(warehouse) == reason


def test_an_objection_removes_the_household_that_shares_the_address(warehouse: Warehouse) -> None:
    warehouse.contact("objector", email="Home@example.com", consents=[])
    warehouse.contact("spouse", email=" home@EXAMPLE.com\u00a0")
    warehouse.contact("by_phone", phone="8 916 123-45-67", country="RU")
    warehouse.contact("also", email="x@example.com", phone="+7 916 123 45 67", consents=[])
    warehouse.contact("other")
    warehouse.suppress(customer_key="objector")
    warehouse.suppress(customer_key="also", channel="all")
    warehouse.segment("seg_a", ["spouse", "by_phone", "other"])
    counts = warehouse.only().counts
    assert counts.dropped_by_reason == {"suppressed_identifier": 2}
    assert counts.kept == 1


@pytest.mark.parametrize(
    "identifier",
    [
        "JaneDoe@gmail.com ",
        "jane.doe+x@googlemail.com",
        "+7 916 123-45-67",
        "8 (916) 123-45-67",
        "9161234567",
        "79161234567",
        "007 916 1234567",
        hashlib.sha256(b"jane.doe@gmail.com").hexdigest(),
        hashlib.sha256(b"janedoe@gmail.com").hexdigest().upper(),
        hashlib.sha256(b"+79161234567").hexdigest(),
        hashlib.sha256(b"79161234567").hexdigest(),
    ],
)
def test_identifiers_are_recognised_in_every_spelling(
    warehouse: Warehouse, identifier: str
) -> None:
    warehouse.contact("a", email="Jane.Doe@gmail.com", phone="8 916 1234567", country="RU")
    warehouse.suppress(identifier=identifier)
    warehouse.segment("seg_a", ["a"])
    assert dropped(warehouse) == {"suppressed_identifier": 1}


def test_objections_that_cannot_be_read_are_counted(warehouse: Warehouse) -> None:
    warehouse.contact("a")
    warehouse.suppress(identifier="Mrs Miller")
    warehouse.segment("seg_a", ["a"])
    assert warehouse.stage(warehouse.export()).unreadable_suppressions == 1


def test_the_first_reason_in_the_gates_order_counts(warehouse: Warehouse) -> None:
    child = date(2015, 5, 5)
    hopeless = {"is_test": True, "birth_date": child, "email": "broken"}
    warehouse.contact("consent", consents=[], **hopeless)
    warehouse.contact("customer", **hopeless)
    warehouse.contact("identifier", **{**hopeless, "email": "shared@example.com"})
    warehouse.contact("objector", email="shared@example.com", consents=[])
    warehouse.contact("test", **hopeless)
    warehouse.contact("minor", email="broken", birth_date=child)
    warehouse.contact("email", email="broken")
    warehouse.contact("formula", email="=1@example.com")
    warehouse.contact("nothing", email=None)
    warehouse.consent("absent", "email_marketing")
    warehouse.contact("twice", email="kept@example.com")
    warehouse.contact("kept")
    warehouse.suppress(customer_key="customer")
    warehouse.suppress(customer_key="consent")
    warehouse.suppress(customer_key="objector")
    members = "consent customer identifier test minor email formula nothing absent twice kept"
    warehouse.segment("seg_a", {key: len(key) for key in members.split()})
    counts = warehouse.only().counts
    assert counts.dropped_by_reason == {
        "no_consent": 1,
        "suppressed_customer": 1,
        "suppressed_identifier": 1,
        "test_customer": 1,
        "minor": 1,
        "invalid_email": 1,
        "formula_like": 1,
        "no_valid_identifier": 1,
        "no_contact_record": 1,
        "duplicate_identifier": 1,
    }
    assert counts.kept == 1


def test_of_one_identifier_the_highest_value_stays_then_the_smallest_id(
    warehouse: Warehouse,
) -> None:
    for key in ("a", "b", "c", "d"):
        warehouse.contact(key, email="same@example.com")
    warehouse.segment("seg_a", {"a": None, "c": 7, "b": 7, "d": 6})
    folder = warehouse.release(warehouse.export()) / "generic_csv" / "rtn_s01"
    (file,) = folder.glob("*.csv")
    assert [line.split(",")[0] for line in file.read_text().splitlines()] == ["customer_id", "b"]


def test_majority_is_reached_on_the_eighteenth_birthday() -> None:
    assert youngest_adult(date(2026, 1, 31)) == date(2008, 1, 31)
    assert youngest_adult(date(2026, 2, 28)) < date(2008, 2, 29) <= youngest_adult(date(2026, 3, 1))
    assert youngest_adult(date(2028, 2, 29)) == date(2010, 2, 28)


def test_holdout_is_the_salted_hash_of_the_customer_id(warehouse: Warehouse) -> None:
    ids = [f"c{n}" for n in range(60)]
    for key in ids:
        warehouse.contact(key)
    warehouse.segment("seg_a", ids)
    warehouse.connection.execute("""
        create table segments.segment_settings as
        select 'seg_a' as segment, 2500 as holdout_bps, 'spring' as salt_id
    """)
    held = [
        int(hashlib.sha256(f"spring:{key}".encode()).hexdigest()[:8], 16) % 10000 < 2500
        for key in ids
    ]
    result = warehouse.only()
    assert result.counts.held_out == sum(held) > 0
    assert result.counts.kept == len(ids) - sum(held)


def test_bucket_follows_the_published_formula() -> None:
    for key in ("1", "C-1002", "Ж"):
        row = duckdb.execute(f"select {bucket('x', 's1')} from (select '{key}' as x)").fetchone()
        assert row == (int(hashlib.sha256(f"s1:{key}".encode()).hexdigest()[:8], 16) % 10000,)


@pytest.mark.parametrize(("bps", "salt"), [(10001, "s"), (-1, "s"), (5, None), (5, " ")])
def test_a_holdout_that_cannot_be_is_refused(
    warehouse: Warehouse, bps: int, salt: str | None
) -> None:
    warehouse.contact("a")
    warehouse.segment("seg_a", ["a"])
    warehouse.connection.execute(
        "create table segments.segment_settings as select 'seg_a' as segment, "
        "$1::int as holdout_bps, $2::varchar as salt_id",
        [bps, salt],
    )
    with pytest.raises(ExportError, match=r"seg_a.*holdout_bps"):
        warehouse.only()


# --- Against an independent, simple loop -------------------------------------------------------

EMAILS = (None, "a@example.com", " A@Example.com", "b@example.com", "c.c@gmail.com", "cc@gmail.com",
          "broken", "=a@example.com")  # fmt: skip
PHONES = (None, "+79161234567", "+7 916 123-45-67", "+4915123456789", "12")
SMALL = {"a@example.com": "a@example.com", " A@Example.com": "a@example.com",
         "b@example.com": "b@example.com", "c.c@gmail.com": "c.c@gmail.com",
         "cc@gmail.com": "cc@gmail.com"}  # fmt: skip
E164 = {"+79161234567": "79161234567", "+7 916 123-45-67": "79161234567",
        "+4915123456789": "4915123456789"}  # fmt: skip


@dataclass
class Person:
    """A generated customer; `consents` per purpose: None, a status, or a day of expiry."""

    email: str | None
    phone: str | None
    consents: dict[str, str | date | None]
    is_test: bool | None
    birth_date: date | None
    has_contact: bool
    in_segment: bool
    value: int | None
    objects: str | None = None
    named: list[str] = field(default_factory=list)


PEOPLE = st.lists(
    st.builds(
        Person,
        st.sampled_from(EMAILS),
        st.sampled_from(PHONES),
        st.fixed_dictionaries(
            {
                purpose: st.sampled_from(
                    [
                        "granted",
                        "granted",
                        "granted",
                        "denied",
                        None,
                        date(2026, 1, 31),
                        date(2026, 1, 30),
                    ]
                )
                for purpose in ("email_marketing", "ad_user_data", "ad_personalization")
            }
        ),
        st.sampled_from([None, False, False, True]),
        st.sampled_from([None, date(1980, 1, 1), date(2008, 1, 31), date(2008, 2, 1)]),
        st.sampled_from([True, True, True, False]),
        st.sampled_from([True, True, False]),
        st.sampled_from([None, 1, 2, 3]),
    ),
    min_size=1,
    max_size=14,
)
OBJECTIONS = st.lists(
    st.tuples(
        st.one_of(
            st.integers(0, 13),
            st.sampled_from(["B@example.com", "cc@gmail.com", "+49 151 23456789"]),
        ),
        st.sampled_from([None, "all", "email", "ads", "sms"]),
    ),
    max_size=3,
)


def mailbox(email: str | None) -> str | None:
    if email is None:
        return None
    email = email.strip().lower()
    user, at, domain = email.partition("@")
    return user.replace(".", "") + at + domain if domain == "gmail.com" else email


def simple_loop(  # noqa: PLR0912, PLR0915 - one loop, as plain as the rules it checks
    people: list[Person], objections: list[tuple[int | str, str | None]], destination: str, bps: int
) -> Counter[str]:
    """What becomes of every customer of the segment, one at a time."""
    mail = destination == "generic_csv"
    purposes = ["email_marketing"] if mail else ["ad_user_data", "ad_personalization"]
    objectors: set[int] = set()
    objected: set[str] = set()
    for who, channel in objections:
        if channel not in (None, "all", "email" if mail else "ads"):
            continue
        if isinstance(who, str):
            objected.add(mailbox(who) if "@" in who else "4915123456789")  # type: ignore[arg-type]
        elif who < len(people):
            objectors.add(who)
            if people[who].has_contact:
                email = mailbox(SMALL.get(people[who].email or ""))
                objected |= {email, E164.get(people[who].phone or "")} - {None}
    outcome: dict[int, str] = {}
    passed: list[tuple[float, int]] = []
    for n, person in enumerate(people):
        if not person.in_segment:
            continue
        states = [person.consents[purpose] for purpose in purposes]
        phone = E164.get(person.phone or "") if person.has_contact else None
        email = SMALL.get(person.email or "") if person.has_contact else None
        shared = {mailbox(person.email), phone} if person.has_contact else set()
        digest = hashlib.sha256(f"salt:p{n:02}".encode()).hexdigest()
        if not all(s == "granted" or (isinstance(s, date) and s >= AS_OF) for s in states):
            outcome[n] = "no_consent"
        elif n in objectors:
            outcome[n] = "suppressed_customer"
        elif shared & objected:
            outcome[n] = "suppressed_identifier"
        elif person.has_contact and person.is_test:
            outcome[n] = "test_customer"
        elif person.has_contact and person.birth_date == date(2008, 2, 1):
            outcome[n] = "minor"
        elif int(digest[:8], 16) % 10000 < bps:
            outcome[n] = "held_out"
        elif not person.has_contact:
            outcome[n] = "no_contact_record"
        elif email or (phone and not mail):
            passed.append((-person.value if person.value is not None else 1, n))
        elif person.email:
            outcome[n] = "formula_like" if person.email.startswith("=") else "invalid_email"
        elif person.phone and not mail:
            outcome[n] = "invalid_phone"
        else:
            outcome[n] = "no_valid_identifier"
    taken: set[str] = set()
    phones_of_kept: set[str] = set()
    for strongest in ("email", "phone"):
        for _, n in sorted(passed):
            email = SMALL.get(people[n].email or "")
            phone = E164.get(people[n].phone or "")
            if (strongest == "email") != bool(email):
                continue
            known = mailbox(email) if destination == "google_customer_match" else email
            known = known or phone
            if known in taken or (not email and phone in phones_of_kept):
                outcome[n] = "duplicate_identifier"
            else:
                outcome[n] = "kept"
                taken.add(str(known))
                phones_of_kept |= {phone} - {None}  # type: ignore[arg-type]
    return Counter(outcome.values())


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(PEOPLE, OBJECTIONS, st.sampled_from([0, 3000]))
def test_outcomes_equal_those_of_a_simple_loop(
    new_warehouse: Callable[[], Warehouse],
    people: list[Person],
    objections: list[tuple[int | str, str | None]],
    bps: int,
) -> None:
    warehouse = new_warehouse()
    fill(warehouse, people, objections, bps)
    exports = [
        SegmentExport("seg_a", name, "rtn_s01")
        for name in ("generic_csv", "google_customer_match", "meta_customer_list")
    ]
    for result in warehouse.stage(*exports).results:
        counts = result.counts
        expected = simple_loop(people, objections, result.export.destination, bps)
        kept = counts.kept + counts.dropped_by_reason.get("below_minimum", 0)
        found = {k: v for k, v in counts.dropped_by_reason.items() if k != "below_minimum"}
        assert {**found, "kept": kept} == {"kept": 0, **expected}
        assert counts.segment == sum(expected.values())
    warehouse.connection.close()


def fill(
    warehouse: Warehouse,
    people: list[Person],
    objections: list[tuple[int | str, str | None]],
    bps: int,
) -> None:
    for n, person in enumerate(people):
        key = f"p{n:02}"
        if person.has_contact:
            warehouse.contact(
                key, consents=[], email=person.email, phone=person.phone, is_test=person.is_test,
                birth_date=person.birth_date,
            )  # fmt: skip
        for purpose, state in person.consents.items():
            if isinstance(state, date):
                warehouse.consent(key, purpose, expires_on=state)
            elif state:
                warehouse.consent(key, purpose, status=state)
    for who, channel in objections:
        if isinstance(who, str):
            warehouse.suppress(identifier=who, channel=channel)
        else:
            warehouse.suppress(customer_key=f"p{who:02}", channel=channel)
    members = {f"p{n:02}": person.value for n, person in enumerate(people) if person.in_segment}
    warehouse.segment("seg_a", members)
    warehouse.connection.execute(
        "create table segments.segment_settings as select 'seg_a' as segment, "
        f"{bps} as holdout_bps, 'salt' as salt_id"
    )


def test_the_gate_is_the_same_whoever_asks_first(
    new_warehouse: Callable[[], Warehouse],
) -> None:
    results = []
    for order in (["a", "b", "c"], ["c", "b", "a"]):
        warehouse = new_warehouse()
        for key in order:
            warehouse.contact(key, email="same@example.com")
        warehouse.segment("seg_a", dict.fromkeys(order, 5))
        results.append(warehouse.only())
    assert results[0] == results[1]
