"""LinkedIn's template: headers from the settings, lengths, e-mails hashed."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from orchestration.exports import DESTINATIONS, ExportError

if TYPE_CHECKING:
    from conftest import Channel

EMAIL = hashlib.sha256(b"ivan.petrov+news@gmail.com").hexdigest()


def test_the_template_as_last_described(channel: Channel) -> None:
    channel.person()
    header, row = channel.send("linkedin").rows()
    assert header == ["email", "firstname", "lastname", "jobtitle", "employeecompany", "country"]
    assert row == [EMAIL, "Иван", "Петров", "", 'ООО "Ромашка"', "RU"]


def test_headers_come_from_the_settings_in_their_order(channel: Channel) -> None:
    channel.person()
    sent = channel.send(
        "linkedin",
        headers={
            "firstname": "First Name",
            "blank": "Google Aid",
            "email": "Email (SHA256)",
        },
    )
    assert sent.rows() == [["First Name", "Google Aid", "Email (SHA256)"], ["Иван", "", EMAIL]]
    assert sent.result.files[0].hashed_columns == ("Email (SHA256)",)


@pytest.mark.parametrize(
    ("headers", "message"),
    [({"e_mail": "Email"}, "has no column e_mail"), ({"firstname": "x"}, "a column for email")],
)
def test_headers_that_cannot_be_are_refused(
    channel: Channel, headers: dict[str, str], message: str
) -> None:
    channel.person()
    with pytest.raises(ExportError, match=message):
        channel.send("linkedin", headers=headers)


def test_names_of_35_characters_and_companies_of_50(channel: Channel) -> None:
    channel.person("a", first_name="Я" * 35, company_name="Ж" * 51)
    channel.person("b", email="b@example.com", first_name="Я" * 36, company_name="Ж" * 50)
    sent = channel.send("linkedin")
    assert sorted((row[1], row[4]) for row in sent.rows()[1:]) == [("", "Ж" * 50), ("Я" * 35, "")]
    assert sent.blanks == {"firstname:too_long": 1, "employeecompany:too_long": 1}


def test_limits(channel: Channel) -> None:
    channel.person("a")
    channel.person("b", email="b@example.com")
    sent = channel.send("linkedin", limits={"refuse_above": 1})
    assert sent.dropped == {"above_maximum": 2}
    assert "no list of more than 1" in sent.result.reason
    assert not sent.folder.exists()
    sent = channel.send("linkedin", limits={"most_bytes": 100})
    assert sent.dropped == {"above_maximum": 2}
    assert not sent.folder.exists()
    linkedin = DESTINATIONS["linkedin"]
    assert (linkedin.refuse_below, linkedin.refuse_above) == (300, 300_000)
    assert linkedin.most_bytes == 20_000_000
