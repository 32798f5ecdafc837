"""Microsoft's bulk file: a version, the list, then one item per hashed address."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from orchestration.exports import DESTINATIONS

if TYPE_CHECKING:
    from conftest import Channel

HEADER = (
    b"Type,Status,Id,Parent Id,Client Id,Modified Time,Name,Description,Scope,Audience,"
    b"Action Type,Sub Type,Text\n"
)
VERSION = b"Format Version,,,,,,6.0,,,,,,\n"
# Published by Microsoft for test@contoso.com.
HASH = b"f25ad364d33972379a7a4f4df33db142205f5c40eb19cfdb2fc5aaf117e10101"


def test_a_new_list_is_added_with_its_items(channel: Channel) -> None:
    channel.person(email=" Test@Contoso.com")
    sent = channel.send("microsoft_advertising")
    assert sent.bytes() == (
        HEADER
        + VERSION
        + b"Customer List,Active,-10,,,,,,Customer,rtn_s01,Add,,\n"
        + b"Customer List Item,,,-10,,,,,,,,Email,"
        + HASH
        + b"\n"
    )
    (file,) = sent.result.files
    assert (file.rows, file.hashed_columns) == (1, ("Text",))


def test_a_list_that_the_account_has_is_replaced(channel: Channel) -> None:
    channel.person()
    sent = channel.send("microsoft_advertising", lists={"rtn_s01": 4711})
    _, _, parent, item = sent.rows()
    assert parent[:3] + parent[8:11] == [
        "Customer List", "Active", "4711", "Customer", "rtn_s01", "Replace",
    ]  # fmt: skip
    assert item[3] == "4711"
    assert item[12] == hashlib.sha256(b"ivan.petrov+news@gmail.com").hexdigest()


def test_an_empty_list_has_its_first_rows(channel: Channel) -> None:
    channel.person(consents=[])
    sent = channel.send("microsoft_advertising")
    assert sent.bytes().startswith(HEADER + VERSION)
    assert len(sent.rows()) == 3


def test_fewer_than_300_are_refused(channel: Channel) -> None:
    channel.person()
    assert channel.send("microsoft_advertising", minimum=True).dropped == {"below_minimum": 1}
    assert DESTINATIONS["microsoft_advertising"].refuse_below == 300
