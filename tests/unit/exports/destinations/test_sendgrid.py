"""SendGrid: headers of letters, digits and `_`, a phone in E.164 by consent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from orchestration.exports import DESTINATIONS

if TYPE_CHECKING:
    from conftest import Channel


def test_header_and_a_row(channel: Channel) -> None:
    channel.person()
    header, row = channel.send("sendgrid").rows()
    assert header == [
        "email", "phone_number_id", "external_id", "first_name", "last_name", "city",
        "postal_code", "country", "segment_code", "value", "currency",
    ]  # fmt: skip
    assert all(re.fullmatch("[a-z0-9_]+", name) for name in header)
    assert row == [
        "ivan.petrov+news@gmail.com", "+79876543210", "c1", "Иван", "Петров", "Москва", "101000",
        "RU", "rtn_s01", "10.00", "EUR",
    ]  # fmt: skip


def test_at_most_a_million_rows(channel: Channel) -> None:
    channel.person("a")
    channel.person("b", email="b@example.com", phone=None)
    assert channel.send("sendgrid", limits={"refuse_above": 1}).dropped == {"above_maximum": 2}
    assert DESTINATIONS["sendgrid"].refuse_above == 1_000_000
