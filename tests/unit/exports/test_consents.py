"""Consent: denied unless granted for the purpose and in force."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Warehouse


AS_OF = date(2026, 1, 31)


@pytest.mark.parametrize(
    "consent",
    [
        None,
        {"status": "denied"},
        {"status": "withdrawn"},
        {"status": None},
        {"expires_on": date(2026, 1, 30)},
    ],
)
def test_consent_is_denied_unless_granted_and_in_force(
    warehouse: Warehouse, consent: dict[str, object] | None
) -> None:
    warehouse.contact("a", consents=[])
    if consent is not None:
        warehouse.consent("a", "email_marketing", **consent)
    warehouse.consent("a", "ad_user_data", "ad_personalization")
    warehouse.segment("seg_a", ["a"])
    assert warehouse.dropped() == {"no_consent": 1}


def test_consent_holds_on_its_last_day(warehouse: Warehouse) -> None:
    warehouse.contact("a", consents=[])
    warehouse.consent("a", "email_marketing", expires_on=AS_OF)
    warehouse.segment("seg_a", ["a"])
    assert warehouse.only().counts.kept == 1


def test_contradicting_consents_count_as_none(warehouse: Warehouse) -> None:
    warehouse.contact("a")
    warehouse.consent("a", "email_marketing", status="withdrawn")
    warehouse.segment("seg_a", ["a"])
    assert warehouse.dropped() == {"no_consent": 1}


@pytest.mark.parametrize("destination", ["google_customer_match", "meta_customer_list"])
@pytest.mark.parametrize("missing", ["ad_user_data", "ad_personalization"])
def test_ad_platforms_need_both_consents(
    warehouse: Warehouse, destination: str, missing: str
) -> None:
    both = {"ad_user_data", "ad_personalization"}
    warehouse.contact("a", consents=sorted(both - {missing}))
    warehouse.segment("seg_a", ["a"])
    assert warehouse.dropped(destination) == {"no_consent": 1}
