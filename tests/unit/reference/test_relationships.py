"""Relationship level and service tier of the pandas reference, checked by hand."""

import pandas as pd
import pytest

from tests.reference.customers import customers
from tests.reference.facts import Facts, facts_of
from tests.reference.hand_made import at_day, by_id, orders, purchases
from tests.reference.landing import Landing
from tests.reference.relationships import customers_band, margin_bands


def company(*cards: dict[str, object], gross: list[float], offset: int = 100) -> Facts:
    """Customers named 0, 1, … who bought once on day 10; others only by their card."""
    rows = orders(*(day for n in range(len(gross)) for day in purchases(str(n), 10)))
    crm = pd.DataFrame(list(cards)) if cards else pd.DataFrame()
    return facts_of(Landing(orders=rows.assign(gross_amount=gross), customers=crm), at_day(offset))


@pytest.mark.parametrize(
    ("size", "band"), [(0, "few"), (99, "few"), (100, "some"), (999, "some"), (1000, "many")]
)
def test_bands_of_customers(size: int, band: str) -> None:
    assert customers_band(size) == band


def test_bands_of_margin() -> None:
    margins = pd.Series(range(1, 11), index=list("abcdefghij"))  # lines at 9.1 and 5.5
    bands = margin_bands(margins, margins, "percentile:90", "percentile:50")
    assert "".join(bands.str[0]) == "lllllmmmmh"


def test_what_is_not_positive_is_low_even_at_the_line() -> None:
    margins = pd.Series([0, -5], index=["zero", "refunded"])
    assert set(margin_bands(margins, margins, "percentile:90", "percentile:50")) == {"low"}


def test_levels_and_tiers_of_few_customers() -> None:
    # Margins 30, 20, 10 (40 %): lines at 28 and 20; of 60 in all the first two are class A.
    table = by_id(customers(company(gross=[75, 50, 25])))
    assert table["relationship_level"].tolist() == ["partnership", "proactive", "accountable"]
    assert table["service_tier"].tolist() == ["vip", "vip", "mass"]


def test_one_customer_alone_is_a_partner() -> None:
    row = customers(company(gross=[5])).iloc[0]
    assert row[["relationship_level", "service_tier"]].tolist() == ["partnership", "vip"]


def test_the_crm_says_the_tier_and_prospects_have_no_level() -> None:
    cards = [{"customer_id": "0", "service_tier": "mass", "manager_id": "m"}]
    cards += [{"customer_id": "told", "service_tier": "affiliated"}, {"customer_id": "asked"}]
    table = by_id(customers(company(*cards, gross=[5])))
    assert table.loc["0", ["service_tier", "manager_id"]].tolist() == ["mass", "m"]
    levels = table[["relationship_level", "service_tier"]]
    assert levels.loc["told"].tolist() == ["unknown", "affiliated"]
    assert levels.loc["asked"].tolist() == ["unknown", "unknown"]


def test_a_type_without_population_is_few_and_low() -> None:
    row = customers(company(gross=[5], offset=10 + 365)).iloc[0]
    assert row[["relationship_level", "service_tier"]].tolist() == ["accountable", "mass"]


def test_types_are_measured_apart() -> None:
    cards = [{"customer_id": "0", "customer_type": "company"}]
    cards += [{"customer_id": str(n), "customer_type": "person"} for n in (1, 2)]
    levels = by_id(customers(company(*cards, gross=[5, 50, 100])))["relationship_level"]
    assert levels.tolist() == ["partnership", "accountable", "partnership"]
