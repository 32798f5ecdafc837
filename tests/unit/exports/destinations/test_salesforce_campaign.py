"""Salesforce: campaign, external id, status, and nothing personal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.exports import DESTINATIONS

if TYPE_CHECKING:
    from conftest import Channel


def test_header_and_a_row(channel: Channel) -> None:
    channel.person()
    assert channel.send("salesforce_campaign").bytes() == (
        b"Campaign,External ID,Member Status\nrtn_s01,c1,Sent\n"
    )


def test_campaign_and_status_are_set(channel: Channel) -> None:
    channel.person()
    sent = channel.send("salesforce_campaign", campaign="701A1", member_status="Geplant")
    assert sent.rows()[1] == ["701A1", "c1", "Geplant"]


def test_at_most_50000_records(channel: Channel) -> None:
    channel.person("a")
    channel.person("b")
    sent = channel.send("salesforce_campaign", limits={"refuse_above": 1})
    assert sent.dropped == {"above_maximum": 2}
    assert DESTINATIONS["salesforce_campaign"].refuse_above == 50_000
