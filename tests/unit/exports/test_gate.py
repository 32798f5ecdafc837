"""The gate: its order, and that every customer has exactly one outcome."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

import pytest

from orchestration.exports.gate import youngest_adult

if TYPE_CHECKING:
    from conftest import Warehouse


def test_a_customer_with_consent_and_an_address_is_kept(warehouse: Warehouse) -> None:
    warehouse.contact("a")
    warehouse.segment("seg_a", ["a"])
    counts = warehouse.only().counts
    assert (counts.segment, counts.kept, counts.dropped_by_reason) == (1, 1, {})


def test_the_first_reason_in_the_gates_order_counts(warehouse: Warehouse) -> None:
    child = date(2015, 5, 5)
    hopeless = {"is_test": True, "birth_date": child, "email": "broken"}
    warehouse.contact("consent", consents=[], **hopeless)
    warehouse.contact("customer", **hopeless)
    warehouse.contact("identifier", **{**hopeless, "email": "shared@example.com"})
    warehouse.contact("objector", email="shared@example.com", consents=[])
    warehouse.contact("test", **hopeless)
    warehouse.contact("minor", email="broken", birth_date=child)
    warehouse.contact("email", email="broken")
    warehouse.contact("formula", email="=1@example.com")
    warehouse.contact("nothing", email=None)
    warehouse.consent("absent", "email_marketing")
    warehouse.contact("twice", email="kept@example.com")
    warehouse.contact("kept")
    warehouse.suppress(customer_key="customer")
    warehouse.suppress(customer_key="consent")
    warehouse.suppress(customer_key="objector")
    members = "consent customer identifier test minor email formula nothing absent twice kept"
    warehouse.segment("seg_a", {key: len(key) for key in members.split()})
    counts = warehouse.only().counts
    assert counts.dropped_by_reason == {
        "no_consent": 1,
        "suppressed_customer": 1,
        "suppressed_identifier": 1,
        "test_customer": 1,
        "minor": 1,
        "invalid_email": 1,
        "formula_like": 1,
        "no_valid_identifier": 1,
        "no_contact_record": 1,
        "duplicate_identifier": 1,
    }
    assert counts.kept == 1


def test_of_one_identifier_the_highest_value_stays_then_the_smallest_id(
    warehouse: Warehouse,
) -> None:
    for key in ("a", "b", "c", "d"):
        warehouse.contact(key, email="same@example.com")
    warehouse.segment("seg_a", {"a": None, "c": 7, "b": 7, "d": 6})
    folder = warehouse.release(warehouse.export()) / "generic_csv" / "rtn_s01"
    (file,) = folder.glob("*.csv")
    assert [line.split(",")[0] for line in file.read_text().splitlines()] == ["customer_id", "b"]


def test_majority_is_reached_on_the_eighteenth_birthday() -> None:
    assert youngest_adult(date(2026, 1, 31)) == date(2008, 1, 31)
    assert youngest_adult(date(2026, 2, 28)) < date(2008, 2, 29) <= youngest_adult(date(2026, 3, 1))
    assert youngest_adult(date(2028, 2, 29)) == date(2010, 2, 28)


def test_the_gate_is_the_same_whoever_asks_first(
    new_warehouse: Callable[[], Warehouse],
) -> None:
    results = []
    for order in (["a", "b", "c"], ["c", "b", "a"]):
        warehouse = new_warehouse()
        for key in order:
            warehouse.contact(key, email="same@example.com")
        warehouse.segment("seg_a", dict.fromkeys(order, 5))
        results.append(warehouse.only())
    assert results[0] == results[1]


@pytest.mark.parametrize(
    ("policy", "kept"),
    [
        ("refuse_countries: [RU]", ["de", "fr"]),
        ("only_countries: [DE]", ["de"]),
        ("paused: false", ["de", "fr", "ru", "unknown"]),
    ],
)
def test_policy_keeps_countries_out_and_doubt_with_them(
    warehouse: Warehouse, policy: str, kept: list[str]
) -> None:
    for key, country in {"de": "de", "fr": "FR", "ru": "RU", "unknown": None}.items():
        warehouse.contact(key, country=country)
    warehouse.segment("seg_a", ["de", "fr", "ru", "unknown"])
    warehouse.settings.data_dir.mkdir()
    text = f"destinations:\n  generic_csv: {{{policy}}}\n"
    warehouse.settings.destinations_file.write_text(text)
    folder = warehouse.release(warehouse.export()) / "generic_csv" / "rtn_s01"
    (file,) = folder.glob("*.csv")
    assert sorted(line.split(",")[0] for line in file.read_text().splitlines()[1:]) == kept
    dropped = 4 - len(kept)
    assert warehouse.dropped() == ({"jurisdiction": dropped} if dropped else {})


def test_policy_is_asked_before_the_lot_is_drawn(warehouse: Warehouse) -> None:
    warehouse.contact("a", country="RU")
    warehouse.segment("seg_a", ["a"])
    warehouse.set(holdout_bps=10000, salt_id="s")
    assert warehouse.dropped() == {"held_out": 1}
    warehouse.settings.destinations_file.write_text(
        "destinations:\n  generic_csv: {refuse_countries: [RU]}\n"
    )
    assert warehouse.dropped() == {"jurisdiction": 1}
