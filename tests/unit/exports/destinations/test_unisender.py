"""Unisender: address, phone in digits by consent, at most 20 MB."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.exports import DESTINATIONS

if TYPE_CHECKING:
    from conftest import Channel


def test_header_and_a_row(channel: Channel) -> None:
    channel.person()
    sent = channel.send("unisender")
    header, row = sent.rows()
    assert header == [
        "email", "phone", "Name", "Surname", "customer_id", "segment_code", "value", "currency",
    ]  # fmt: skip
    assert row == [
        "ivan.petrov+news@gmail.com", "79876543210", "Иван", "Петров", "c1", "rtn_s01", "10.00",
        "EUR",
    ]  # fmt: skip
    assert not sent.bytes().startswith(b"\xef\xbb\xbf")


def test_a_phone_needs_its_own_consent(channel: Channel) -> None:
    channel.person(consents=["email_marketing"])
    assert channel.send("unisender").rows()[1][1] == ""


def test_at_most_20_megabytes() -> None:
    assert DESTINATIONS["unisender"].most_bytes == 20_000_000
