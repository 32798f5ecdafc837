"""Who may be called, and did not grant e-mail, is in files for calls without an address."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Channel


@pytest.mark.parametrize("destination", ["call_list", "hubspot_tasks", "bitrix24", "amocrm"])
def test_an_address_needs_a_consent_of_its_own(channel: Channel, destination: str) -> None:
    channel.person("a", consents=["call_marketing"])
    channel.person("b", phone="+79876543211", email="b@example.com")
    sent = channel.send(destination)
    assert b"b@example.com" in sent.bytes()
    assert b"petrov" not in sent.bytes()
    assert sum(count for cell, count in sent.blanks.items() if "not_permitted" in cell) == 1
