"""The gate against an independent, simple loop over generated people."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.exports import SegmentExport
from orchestration.exports.model import Kind

if TYPE_CHECKING:
    from conftest import Warehouse


AS_OF = date(2026, 1, 31)
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
        if result.export.kind is not Kind.AUDIENCE:
            continue
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
    warehouse.set(holdout_bps=bps, salt_id="salt")
