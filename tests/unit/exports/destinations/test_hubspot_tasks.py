"""HubSpot: tasks with a key that stays the same, so that only new ones are sent."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from orchestration.exports import DESTINATIONS

if TYPE_CHECKING:
    from conftest import Channel

HEADER = [
    "Task Title", "Task Type", "Due Date", "Priority", "Task Status", "Assigned To", "Notes",
    "Email", "Customer ID", "Segment", "Task Key",
]  # fmt: skip


def test_header_and_a_row(channel: Channel) -> None:
    channel.person()
    header, row = channel.send("hubspot_tasks", owners={"m1": "anna@example.com"}).rows()
    assert header == HEADER
    assert row == [
        "Call", "CALL", "2026-02-14", "MEDIUM", "NOT_STARTED", "anna@example.com", "Silent",
        "ivan.petrov+news@gmail.com", "c1", "rtn_s01",
        hashlib.sha256(b"c1|rtn_s01|2026-01").hexdigest()[:16],
    ]  # fmt: skip


def test_without_an_address_the_customer_id_is_enough(channel: Channel) -> None:
    channel.person("a", email=None, phone=None)
    channel.person("b", email="n/a", phone=None)
    sent = channel.send("hubspot_tasks")
    assert {row[8]: row[7] for row in sent.rows()[1:]} == {"a": "", "b": ""}
    assert sent.blanks == {"Email:rejected": 1}


def test_of_whom_there_is_no_contact_nobody_knows_the_age(channel: Channel) -> None:
    channel.warehouse.consent("a", "call_marketing")
    assert channel.send("hubspot_tasks", {"a": 1}).dropped == {"no_contact_record": 1}


def test_one_sheets_rows(channel: Channel) -> None:
    hubspot = DESTINATIONS["hubspot_tasks"]
    assert (hubspot.refuse_above, hubspot.most_bytes) == (1_048_575, 20_000_000)
