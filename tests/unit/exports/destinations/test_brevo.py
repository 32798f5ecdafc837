"""Brevo: its attributes, a phone with + by consent, three delimiters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orchestration.exports import DESTINATIONS, ExportError

if TYPE_CHECKING:
    from conftest import Channel

HEADER = ["EMAIL", "SMS", "FIRSTNAME", "LASTNAME", "EXT_ID", "SEGMENT", "VALUE", "CURRENCY"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_header_and_a_row(channel: Channel, delimiter: str) -> None:
    channel.person()
    header, row = channel.send("brevo", delimiter=delimiter).rows(delimiter=delimiter)
    assert header == HEADER
    assert row == [
        "ivan.petrov+news@gmail.com", "+79876543210", "Иван", "Петров", "c1", "rtn_s01", "10.00",
        "EUR",
    ]  # fmt: skip


def test_a_phone_needs_its_own_consent_and_to_be_a_mobile(channel: Channel) -> None:
    channel.person("a", consents=["email_marketing"])
    channel.person("b", email="b@example.com", phone="+49 30 901820")
    sent = channel.send("brevo")
    assert [row[1] for row in sent.rows()[1:]] == ["", ""]
    assert sent.blanks == {"SMS:rejected": 1, "SMS:not_permitted": 1}


def test_other_delimiters_and_options_are_refused(channel: Channel) -> None:
    channel.person()
    with pytest.raises(ExportError, match="is one of"):
        channel.send("brevo", delimiter="|")
    with pytest.raises(ExportError, match="Options: delimiter"):
        channel.send("brevo", colour="red")


def test_at_most_250_megabytes() -> None:
    assert DESTINATIONS["brevo"].most_bytes == 250_000_000
