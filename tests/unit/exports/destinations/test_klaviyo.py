"""Klaviyo: the address first, no phone, ISO dates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.exports import DESTINATIONS

if TYPE_CHECKING:
    from conftest import Channel


def test_header_and_a_row(channel: Channel) -> None:
    channel.person()
    header, row = channel.send("klaviyo").rows()
    assert header == [
        "Email", "First Name", "Last Name", "Country", "customer_id", "segment_code", "value",
        "currency", "last_order_date",
    ]  # fmt: skip
    assert row == [
        "ivan.petrov+news@gmail.com", "Иван", "Петров", "RU", "c1", "rtn_s01", "10.00", "EUR",
        "2025-11-02",
    ]  # fmt: skip


def test_consent_is_that_of_the_whole_file(channel: Channel) -> None:
    channel.person(consents=["sms_marketing", "ad_user_data"])
    assert channel.send("klaviyo").dropped == {"no_consent": 1}


def test_at_most_50_megabytes(channel: Channel) -> None:
    channel.person()
    assert channel.send("klaviyo", limits={"most_bytes": 50}).dropped == {"above_maximum": 1}
    assert DESTINATIONS["klaviyo"].most_bytes == 50_000_000
