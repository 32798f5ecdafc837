"""VK: one kind of identifier per file, each identifier once."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from orchestration.exports import DESTINATIONS

if TYPE_CHECKING:
    from conftest import Channel

# MD5 of 79876543210 and mail@yandex.ru, as Yandex published them.
PHONE = "5c5259938ed3e632bc5e3f94731090af"
EMAIL = "3c56ff8fef0f6c65b36b2d25720fe276"


def test_a_file_of_phones_and_one_of_addresses(channel: Channel) -> None:
    channel.person(email="mail@yandex.ru")
    sent = channel.send("vk")
    assert sent.bytes("__phone.csv") == f"id\n{PHONE}\n".encode()
    assert sent.bytes("__email.csv") == f"id\n{EMAIL}\n".encode()
    assert {file.name.split("__")[-1] for file in sent.result.files} == {"phone.csv", "email.csv"}
    assert [file.columns for file in sent.result.files] == [("id",), ("id",)]


def test_each_identifier_stands_once(channel: Channel) -> None:
    channel.person("a", email="mail@yandex.ru")
    channel.person("b", email="mail@yandex.ru", phone="+7 901 234-56-78")
    channel.person("c", email="c@example.com", phone=None)
    sent = channel.send("vk")
    assert sent.result.counts.kept == 3
    hashes = [hashlib.md5(text.encode()).hexdigest() for text in ("c@example.com",)]  # noqa: S324
    assert sorted(row[0] for row in sent.rows("__email.csv")[1:]) == sorted([EMAIL, *hashes])
    assert len(sent.rows("__phone.csv")) == 3


def test_sha256_where_the_account_takes_it(channel: Channel) -> None:
    channel.person()
    sent = channel.send("vk", algorithm="sha256")
    assert sent.rows("__phone.csv")[1:] == [[hashlib.sha256(b"79876543210").hexdigest()]]


def test_limits(channel: Channel) -> None:
    channel.person()
    assert channel.send("vk", minimum=True).dropped == {"below_minimum": 1}
    vk = DESTINATIONS["vk"]
    assert (vk.refuse_below, vk.refuse_above, vk.most_bytes) == (2000, 5_000_000, 128_000_000)
