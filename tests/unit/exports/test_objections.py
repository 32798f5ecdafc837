"""Objections: by customer and by identifier, in every spelling, for their channel."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Warehouse


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
    assert warehouse.dropped() == reason


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
    assert warehouse.dropped() == {"suppressed_identifier": 1}


def test_objections_that_cannot_be_read_are_counted(warehouse: Warehouse) -> None:
    warehouse.contact("a")
    warehouse.suppress(identifier="Mrs Miller")
    warehouse.segment("seg_a", ["a"])
    assert warehouse.stage(warehouse.export()).unreadable_suppressions == 1
