"""The suppression list of each tool that writes to people."""

from __future__ import annotations

import csv
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from orchestration.exports import sets
from orchestration.exports.suppression_lists import TOOLS

if TYPE_CHECKING:
    from conftest import Warehouse

JANUARY, MARCH = datetime(2025, 1, 2, tzinfo=UTC), datetime(2025, 3, 4, tzinfo=UTC)


def listed(warehouse: Warehouse, tool: str) -> tuple[list[str], list[tuple[str, ...]]]:
    """Header and rows of a tool's released list."""
    folder = warehouse.release(warehouse.export(tool))
    place = folder / tool / "suppression"
    (file,) = place.glob("*.csv")
    assert file.name.startswith(f"{tool}__suppression__full__20260131__")
    assert file.stat().st_mode & 0o777 == 0o600
    with file.open(newline="", encoding="utf-8") as text:
        header, *rows = csv.reader(text)
    manifest = json.loads((place / "manifest.json").read_text())
    assert manifest["counts"] == {"segment": len(rows), "kept": len(rows), "dropped_by_reason": {}}
    assert manifest["files"][0]["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    return header, sorted(tuple(row) for row in rows)


@pytest.fixture
def ready(warehouse: Warehouse) -> Warehouse:
    warehouse.contact("kept")
    warehouse.contact("objector", email=" Objector@Example.com", phone="0151 23456789")
    warehouse.contact("caller", phone="+4915123456780")
    warehouse.contact("gone", consents=[], phone="+4915123456781")
    warehouse.segment("seg_a", ["kept"])
    warehouse.suppress(customer_key="objector", channel="all", reason="asked us", recorded_at=MARCH)
    warehouse.suppress(customer_key="caller", channel="call", recorded_at=MARCH)
    warehouse.suppress(identifier="NAMED@example.com", channel="email", recorded_at=JANUARY)
    warehouse.suppress(identifier="+49 151 23456782", channel="sms", recorded_at=JANUARY)
    digest = hashlib.sha256(b"erased@example.com").hexdigest()
    warehouse.suppress(identifier=digest, channel="all", reason="erased", recorded_at=JANUARY)
    warehouse.suppress(identifier="not an address", channel="all", recorded_at=JANUARY)
    warehouse.consent("gone", "email_marketing", status="withdrawn", recorded_at=JANUARY)
    warehouse.consent("gone", "sms_marketing", status="denied", recorded_at=MARCH)
    return warehouse


@pytest.mark.parametrize("tool", [tool for tool in TOOLS if tool != "sms_gateway"])
def test_whoever_refused_mail_is_in_the_list_of_a_mail_tool(ready: Warehouse, tool: str) -> None:
    header, rows = listed(ready, tool)
    column = {"brevo": "EMAIL", "klaviyo": "Email", "mailchimp": "Email Address"}.get(tool, "email")
    assert header == [column, "reason", "date"]
    assert rows == [
        ("gone@example.com", "consent withdrawn", "2025-01-02"),
        ("named@example.com", "objection", "2025-01-02"),
        ("objector@example.com", "asked us", "2025-03-04"),
    ]


def test_whoever_refused_messages_or_calls_is_in_the_list_of_the_gateway(ready: Warehouse) -> None:
    assert listed(ready, "sms_gateway") == (
        ["phone", "reason", "date"],
        [
            ("+4915123456780", "objection", "2025-03-04"),
            ("+4915123456781", "consent denied", "2025-03-04"),
            ("+4915123456782", "objection", "2025-01-02"),
            ("+4915123456789", "asked us", "2025-03-04"),
        ],
    )


def test_an_address_stands_once_with_its_first_refusal(ready: Warehouse) -> None:
    ready.suppress(identifier="objector@example.com", reason="bounced", recorded_at=JANUARY)
    _, rows = listed(ready, "klaviyo")
    assert ("objector@example.com", "bounced", "2025-01-02") in rows
    assert len(rows) == 3


def test_reasons_fit_the_encoding_of_the_gateway(ready: Warehouse) -> None:
    ready.settings.data_dir.mkdir(parents=True)
    ready.settings.destinations_file.write_text(
        "destinations: {sms_gateway: {options: {encoding: windows-1251}}}"
    )
    ready.connection.execute("update restricted.suppressions set reason = '拒绝'")
    _, rows = listed(ready, "sms_gateway")
    assert {reason for _, reason, _ in rows} == {"objection", "consent denied"}


def test_the_set_has_one_list_per_tool_and_tells_what_it_is(ready: Warehouse) -> None:
    ready.segment("seg_b", ["kept"])
    folder = ready.release(
        ready.export("klaviyo"),
        ready.export("klaviyo", "seg_b", audience="rtn_s02"),
        ready.export("generic_csv"),
        ready.export("call_list"),
    )
    pairs = [one.export.pair for one in sets.read_report(folder).results]
    assert [pair for pair in pairs if pair[1] == "suppression"] == [("klaviyo", "suppression")]
    assert "Suppression list: who objected" in Path(folder / "index.html").read_text()


def test_without_refusals_there_is_no_list(warehouse: Warehouse) -> None:
    warehouse.contact("kept")
    warehouse.segment("seg_a", ["kept"])
    assert len(warehouse.stage(warehouse.export("klaviyo")).results) == 1
