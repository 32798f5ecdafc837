"""Яндекс Аудитории: phone and e-mail, each hashed by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.exports import DESTINATIONS

if TYPE_CHECKING:
    from conftest import Channel

# SHA-256 of 79876543210 and mail@yandex.ru, whose MD5 Yandex published.
PHONE = "8bf7d8ef683ac4d7cf7fc6390f99c06e76e0b2022ec0c857c92e0041a53a3d66"
EMAIL = "bd93ea95f242f02313eccf0ab0bb7fe5121a052de42d2cb7bd332fb9f537cbfa"


def test_header_and_hashes(channel: Channel) -> None:
    channel.person(email="Mail@Yandex.ru")
    assert channel.send("yandex_audience").rows() == [["phone", "email"], [PHONE, EMAIL]]


def test_only_latin_addresses(channel: Channel) -> None:
    channel.person("a", email="почта@пример.рф")
    channel.person("b", email="почта@пример.рф", phone=None)
    sent = channel.send("yandex_audience")
    assert sent.rows()[1:] == [[PHONE, ""]]
    assert sent.dropped == {"invalid_email": 1}


def test_fewer_than_100_are_refused(channel: Channel) -> None:
    channel.person()
    assert channel.send("yandex_audience", minimum=True).dropped == {"below_minimum": 1}
    assert DESTINATIONS["yandex_audience"].refuse_below == 100
