"""Meta's value list: the value is plain, never negative, in one currency."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Channel

# Meta's guide to value-based audiences.
GUIDE = {
    "test1@example.com": (
        "44.50",
        "9b431636bd164765d63c573c346708846af4f68fe3701a77a3bdd7e7e5166254",
    ),
    "test2@example.com": (
        "140.00",
        "8cc62c145cd0c6dc444168eaeb1b61b351f9b1809a579cc9b4c9e9d7213a39ee",
    ),
    "test3@example.com": (
        "0.00",
        "4eaf70b1f7a797962b9d2a533f122c8039012b31e0a52b34a426729319cb792a",
    ),
    "test4@example.com": (
        "0.90",
        "98df8d46f118f8bef552b0ec0a3d729466a912577830212a844b73960777ac56",
    ),
}


def test_metas_guide(channel: Channel) -> None:
    for email in GUIDE:
        channel.person(email, email=email.upper(), phone=None)
    sent = channel.send("meta_value_list", {email: value for email, (value, _) in GUIDE.items()})
    header, *rows = sent.rows()
    assert header == ["email", "phone", "fn", "ln", "ct", "st", "country", "zip", "gen", "value"]
    assert {(row[0], row[-1]) for row in rows} == {(one, value) for value, one in GUIDE.values()}
    assert "value" not in sent.result.files[0].hashed_columns


def test_refunds_count_as_nothing_and_the_highest_value_stays(channel: Channel) -> None:
    channel.person("a")
    channel.person("b")
    channel.person("c", email="c@example.com", phone=None)
    sent = channel.send("meta_value_list", {"a": 5, "b": "7.25", "c": "-3"})
    assert sorted(row[-1] for row in sent.rows()[1:]) == ["0.00", "7.25"]
    assert sent.dropped == {"duplicate_identifier": 1}


def test_without_a_value_nobody_is_in_it(channel: Channel) -> None:
    channel.person("a")
    assert channel.send("meta_value_list", {"a": None}).dropped == {"no_value": 1}


def test_amounts_of_several_currencies_are_refused(channel: Channel) -> None:
    channel.person("a")
    channel.person("b", email="b@example.com", phone=None)
    load = channel.warehouse.segment

    def in_two_currencies(name: str, *arguments: object) -> None:
        load(name, *arguments)
        channel.warehouse.connection.execute(
            f"update segments.{name} set currency = 'USD' where customer_key = 'b'"
        )

    channel.monkeypatch.setattr(channel.warehouse, "segment", in_two_currencies)
    sent = channel.send("meta_value_list")
    assert "2 currencies" in sent.result.reason
    assert not sent.folder.exists()
