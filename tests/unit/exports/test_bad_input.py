"""Bad input is rejected with its reason and counted, never silently changed."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Warehouse


@pytest.mark.parametrize(
    ("email", "reason"),
    [
        ("jane doe@example.com", "inner_space"),
        ("jane\u00a0doe@example.com", "inner_space"),
        ("ivаn@example.com", "mixed_scripts"),  # the a is Cyrillic
        ("ivan@exаmple.com", "mixed_scripts"),
        ("=1+1@example.com", "formula_like"),
        ("jane@example", "invalid_email"),
        ("a" * 65 + "@example.com", "invalid_email"),
        ("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "invalid_email"),
        ("d41d8cd98f00b204e9800998ecf8427e", "invalid_email"),
        ("\u200b\ufeff ", "no_valid_identifier"),
    ],
)
def test_an_address_is_rejected_with_its_reason(
    warehouse: Warehouse, email: str, reason: str
) -> None:
    warehouse.contact("a", email=email)
    warehouse.segment("seg_a", ["a"])
    counts = warehouse.only().counts
    assert counts.dropped_by_reason == {reason: 1}
    assert counts.kept == 0


@pytest.mark.parametrize(
    ("phone", "country", "reason"),
    [
        ("+0000000000", "RU", "placeholder"),
        ("+7 999 999-99-99", "RU", "placeholder"),
        ("0000000000", None, "placeholder"),
        ("9161234567", None, "no_country"),
        ("9161234567", "Neverland", "no_country"),
        ("916123", "RU", "invalid_phone"),
        ("+49 30 901820", "DE", "not_mobile"),
    ],
)
def test_a_number_is_rejected_with_its_reason(
    warehouse: Warehouse, phone: str, country: str | None, reason: str
) -> None:
    warehouse.contact("a", email=None, phone=phone, country=country)
    warehouse.segment("seg_a", ["a"])
    assert warehouse.dropped("sms_gateway") == {reason: 1}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("=cmd|' /C calc'!A0", "formula_like"),
        ("@home", "formula_like"),
        ("\tJane", "formula_like"),
        ("\rJane", "formula_like"),
        ("Ивaн", "mixed_scripts"),  # the a is Latin
        ("Jаne", "mixed_scripts"),  # the a is Cyrillic
        ("-", "rejected"),
        ("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "rejected"),
    ],
)
def test_a_name_is_left_out_with_its_reason(warehouse: Warehouse, name: str, reason: str) -> None:
    warehouse.contact("a", first_name=name, last_name="Smith")
    warehouse.segment("seg_a", ["a"])
    result = warehouse.only()
    assert result.blank_cells == {f"first_name:{reason}": 1}
    folder = warehouse.settings.exports / ".staging-test" / "generic_csv" / "rtn_s01"
    (path,) = folder.glob("*.csv")
    with path.open(newline="", encoding="utf-8") as lines:
        (row,) = csv.DictReader(lines)
    assert (row["first_name"], row["last_name"]) == ("", "Smith")


def test_a_phone_beside_an_address_says_why_it_is_missing(warehouse: Warehouse) -> None:
    warehouse.contact("a", phone="9161234567", country=None)
    warehouse.contact("b", phone="+7 777 777 77 77")
    warehouse.contact("c", phone="12")
    warehouse.segment("seg_a", ["a", "b", "c"])
    assert warehouse.only().blank_cells == {
        "phone_e164:rejected": 1,
        "phone_e164:placeholder": 1,
        "phone_e164:no_country": 1,
    }


def test_letters_of_one_alphabet_per_word_are_fine(warehouse: Warehouse) -> None:
    warehouse.contact("a", email="иван.petrov@example.com", first_name="Anna (Анна)")
    warehouse.contact("b", email="o'neill@пример.рф", first_name="Ζωή", last_name="Łukasz-Öğe")
    warehouse.segment("seg_a", ["a", "b"])
    result = warehouse.only()
    assert result.counts.kept == 2
    assert result.blank_cells == {}
