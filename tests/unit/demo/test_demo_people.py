"""Names, numbers and the text columns that files are made of."""

from datetime import date
from pathlib import Path

import numpy as np
import phonenumbers
import pyarrow as pa
import pytest
import yaml

from orchestration.demo import SOURCES, make_demo
from orchestration.demo import names as words
from orchestration.demo.block import draw_block
from orchestration.demo.persons import draw_persons, sloppy_emails, sloppy_phones
from orchestration.demo.places import COUNTRIES
from orchestration.demo.population import MOST_COMPANIES, draw_population
from orchestration.demo.text import csv_lines, csv_quoted, dotted_moments, json_text, money, raw
from orchestration.demo.timeline import Timeline
from orchestration.entities import ENTITIES


def _persons(size: int) -> tuple[np.ndarray, list[str], list[str]]:
    country = np.arange(size) % len(COUNTRIES)
    persons = draw_persons(np.random.default_rng(1), np.arange(1, size + 1), country)
    return country, persons.email.to_pylist(), persons.phone.to_pylist()


def test_telephone_numbers_are_valid_and_no_two_people_share_one() -> None:
    _, emails, phones = _persons(50_000)
    assert len(set(phones)) == len(set(emails)) == 50_000
    some = (phonenumbers.parse(phone) for phone in phones[::20])
    assert all(phonenumbers.is_valid_number(phone) for phone in some)


def test_addresses_are_at_reserved_domains_only() -> None:
    _, emails, _ = _persons(500)
    assert {email.split("@")[1] for email in emails} == {
        "example.com",
        "example.org",
        "example.net",
    }
    assert all(email.isascii() and email == email.lower() for email in emails)


def test_numbers_written_by_hand_mean_the_same_number() -> None:
    country, emails, phones = _persons(3_000)
    rng = np.random.default_rng(2)
    written = sloppy_phones(rng, pa.array(phones), country).to_pylist()
    for place, phone, text in zip(country, phones, written, strict=True):
        if text is not None:
            region = COUNTRIES[place].code
            assert phonenumbers.parse(text, region) == phonenumbers.parse(phone, region)
    clean = sum(text == phone for text, phone in zip(written, phones, strict=True))
    assert 0.82 < clean / len(phones) < 0.88
    assert 0.03 < written.count(None) / len(phones) < 0.07
    typed = sloppy_emails(rng, pa.array(emails)).to_pylist()
    assert 0.90 < sum(email is not None for email in typed) / len(typed) < 0.94
    assert any(email != email.strip() for email in typed if email)


def test_names_fit_into_the_encodings_of_their_crms() -> None:
    for listed in (words.LATIN_MEN, words.LATIN_WOMEN, words.LATIN_FAMILIES, words.LATIN_STREETS):
        "".join(listed).encode("cp1252")
    for listed in (words.CYRILLIC_MEN, words.CYRILLIC_WOMEN, words.CYRILLIC_STREETS):
        "".join(listed).encode("cp1251")
    assert words.address_part("Großmann") == "grossmann"
    assert words.address_part("Щукин") == "schukin"
    assert words.address_part("O'Brien") == "obrien"


@pytest.mark.parametrize(
    ("customers", "companies"), [(20_000, 600), (1_000_000, 30_000), (5_000_000, MOST_COMPANIES)]
)
def test_companies_are_three_percent_and_never_too_many(customers: int, companies: int) -> None:
    timeline = Timeline.ending(date(2026, 6, 30), 3)
    size = 10_000
    people = draw_population(np.random.default_rng(1), timeline, 1, size, customers)
    assert people.is_company.sum() == pytest.approx(companies * size / customers, abs=1)


def test_every_block_of_customers_is_drawn_anew() -> None:
    company = (200, Timeline.ending(date(2026, 6, 30), 1))
    first, second = (draw_block(1, number, 1 + number * 100, 100, company) for number in (0, 1))
    assert not np.array_equal(first.people.arrival, second.people.arrival)
    assert not np.array_equal(first.purchases.moment[:50], second.purchases.moment[:50])
    again = draw_block(1, 1, 101, 100, company)
    assert np.array_equal(second.purchases.moment, again.purchases.moment)


def test_time_is_counted_in_whole_years() -> None:
    assert Timeline.ending(date(2026, 6, 30), 3).first_day == date(2023, 7, 1)
    assert Timeline.ending(date(2028, 2, 28), 1).first_day == date(2027, 2, 28)
    timeline = Timeline.ending(date(2026, 6, 30), 1)
    assert (timeline.days, len(timeline.months), len(timeline.month_ends)) == (365, 12, 12)
    days = np.array([0.0, 100.25, 364.9])
    assert timeline.from_season(timeline.to_season(days)) == pytest.approx(days)


def test_columns_become_lines() -> None:
    amounts = money(np.array([0, 5, 1250, -199]))
    assert amounts.to_pylist() == ["0.00", "0.05", "12.50", "-1.99"]
    assert dotted_moments(np.array([86_399, 1_700_000_000])).to_pylist() == [
        "01.01.1970 23:59",
        "14.11.2023 22:13",
    ]
    words = csv_quoted(pa.array(['a "b"', None]))
    lines = csv_lines(";", pa.array(["1", "2"]), words)
    assert bytes(raw(lines)) == b'1;"a ""b"""\n2;\n'
    assert bytes(raw(lines.slice(1))) == b"2;\n"
    assert json_text(pa.array(["x", None])).to_pylist() == ['"x"', "null"]


def test_the_mapping_names_every_file_once_and_only_contract_columns(tmp_path: Path) -> None:
    report = make_demo(tmp_path / "demo", customers=40, years=1)
    sources = yaml.safe_load(SOURCES.read_text("utf-8"))["sources"]
    mapped: dict[str, set[str]] = {}
    for source in sources.values():
        pattern = source["path"].removeprefix("${RETENTION_DATA_DIR}/demo/")
        paths = {
            path.relative_to(tmp_path / "demo").as_posix()
            for path in (tmp_path / "demo").glob(pattern)
        }
        (entity,) = source["entities"]
        assert not paths & mapped.get(entity, set())
        mapped.setdefault(entity, set()).update(paths)
        columns = source["entities"][entity]["columns"]
        assert set(columns) <= set(ENTITIES[entity].by_name)
        required = {c.name for c in ENTITIES[entity].columns if c.required}
        assert required <= set(columns)
    made: dict[str, set[str]] = {}
    for file in report.files:
        made.setdefault(file.entity, set()).add(file.path)
    assert mapped == made
    assert set(made) == set(ENTITIES) - {"exchange_rates"}
