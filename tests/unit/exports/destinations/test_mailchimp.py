"""Mailchimp: 255 bytes, five digits, MM/DD, ASCII before the @."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Channel


def test_header_and_a_row(channel: Channel) -> None:
    channel.person(postal_code="10115", country="DE", phone=None)
    header, row = channel.send("mailchimp").rows()
    assert header == [
        "Email Address", "First Name", "Last Name", "Birthday", "Zip Code", "Country",
        "Customer ID", "Segment", "Value", "Currency",
    ]  # fmt: skip
    assert row == [
        "ivan.petrov+news@gmail.com", "Иван", "Петров", "05/07", "10115", "DE", "c1", "rtn_s01",
        "10.00", "EUR",
    ]  # fmt: skip


def test_a_text_of_more_than_255_bytes_is_left_out_not_cut(channel: Channel) -> None:
    channel.person("a", first_name="Я" * 127, last_name="Я" * 128)
    sent = channel.send("mailchimp")
    assert sent.rows()[1][1:3] == ["Я" * 127, ""]
    assert sent.blanks == {"Last Name:too_long": 1, "Zip Code:rejected": 1}


def test_letters_before_the_at_are_ascii(channel: Channel) -> None:
    channel.person("a", email="почта@пример.рф")
    channel.person("b", email="post@пример.рф")
    sent = channel.send("mailchimp")
    assert sent.dropped == {"invalid_email": 1}
    assert sent.rows()[1][0] == "post@пример.рф"


def test_a_postal_code_has_five_digits(channel: Channel) -> None:
    channel.person("a", postal_code="SW1A 1AA")
    sent = channel.send("mailchimp")
    assert sent.rows()[1][4] == ""
    assert sent.blanks == {"Zip Code:rejected": 1}
