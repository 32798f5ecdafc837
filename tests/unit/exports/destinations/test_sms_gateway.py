"""SMS gateways: what they want differently is an option; mobile numbers only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orchestration.exports import ExportError

if TYPE_CHECKING:
    from conftest import Channel


def test_header_and_a_row(channel: Channel) -> None:
    channel.person()
    assert channel.send("sms_gateway").bytes() == "phone,first_name\n+79876543210,Иван\n".encode()


def test_every_option(channel: Channel) -> None:
    channel.person()
    sent = channel.send(
        "sms_gateway",
        plus_prefix=False,
        header=False,
        delimiter=";",
        encoding="windows-1251",
        text="Ждём вас; скидка",
    )
    assert sent.bytes() == '79876543210;Иван;"Ждём вас; скидка"\n'.encode("cp1251")


def test_what_the_encoding_cannot_write_is_left_out(channel: Channel) -> None:
    channel.person("a", first_name="Zoë")
    channel.person("b", first_name="Зоя", phone="+7 901 234-56-78")
    sent = channel.send("sms_gateway", encoding="windows-1251")
    assert sorted(row[1] for row in sent.rows(encoding="cp1251")[1:]) == ["", "Зоя"]
    assert sent.blanks == {"first_name:rejected": 1}
    with pytest.raises(ExportError, match="cannot be written in windows-1251"):
        channel.send("sms_gateway", encoding="windows-1251", text="早")


def test_only_mobile_numbers(channel: Channel) -> None:
    channel.person("berlin", phone="+49 30 901820", country="DE")
    channel.person("us", phone="+1 202-555-0143", country="US")
    sent = channel.send("sms_gateway")
    # In North America nobody can tell mobiles from fixed lines.
    assert [row[0] for row in sent.rows()[1:]] == ["+12025550143"]
    assert sent.dropped == {"not_mobile": 1}


def test_consent_is_for_messages(channel: Channel) -> None:
    channel.person(consents=["email_marketing", "call_marketing"])
    assert channel.send("sms_gateway").dropped == {"no_consent": 1}
