"""Erasing one of many who share something: what was too many for it to join stays too many."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from orchestration.erasure import begin, find_person
from orchestration.erasure.pending import read_pending
from orchestration.identity import resolve
from orchestration.identity.rules import Rules
from orchestration.identity.tables import path_of
from orchestration.landing.erased import FILE, ErasureList
from tests.unit.erasure.conftest import Company
from tests.unit.erasure.test_units import erase, figures, landed

SOURCES = """
sources:
  crm:
    kind: file
    path: {inbox}/cards_*.csv
    timezone: UTC
    entities:
      customers:
        columns: {{customer_id: id, email: email, phone: phone, first_name: first, last_name: name,
                  street: street, postal_code: zip, country: "'DE'", company_name: company,
                  external_ids: "case when card <> '' then json_object('card', card) end"}}
  desk:
    kind: file
    path: {inbox}/desk_*.csv
    timezone: UTC
    entities:
      contacts:
        columns: {{contact_id: number, customer_id: company, email: email}}
  shop:
    kind: file
    path: {inbox}/orders_*.csv
    timezone: UTC
    entities:
      orders:
        columns: {{order_id: number, customer_id: customer, email: email, phone: phone,
                  ordered_at: day, gross_amount: total, currency: "'EUR'"}}
"""
FIRST_NAMES = ("Anna", "Bert", "Carl", "Dora", "Emil")
SHARED = {
    "phone": "+49 30 12345670",
    "email": "empfang@buero.example",
    "card": "card-4711",
}
RULES = Rules(max_shared_identity=3)
HOUSEHOLDS = Rules(unit_of_analysis="household", max_household_size=3)
HOME = {"name": "Berg", "street": "Hauptstr. 1", "zip": "10115"}


def card(number: int, **cells: str) -> dict[str, str]:
    return {
        "id": f"C-0000{number}",
        "email": f"own{number}@example.com",
        "first": FIRST_NAMES[number % 5],
        "name": f"Name{number}",
        **cells,
    }


def csv(columns: str, rows: Sequence[dict[str, str]]) -> str:
    names = columns.split(",")
    return "\n".join(
        [columns, *(",".join(row.get(name, "") for name in names) for row in rows), ""]
    )


def cards(*rows: dict[str, str]) -> str:
    return csv("id,email,phone,first,name,street,zip,company,card", rows)


@pytest.fixture
def company(tmp_path: Path) -> Company:
    """Nothing has landed yet; an order of each of four customers waits."""
    company = Company(tmp_path / "company")
    company.settings.sources_file.write_text(SOURCES.format(inbox=company.inbox))
    orders = [
        {"number": f"{n}", "customer": f"C-0000{n}", "day": "2025-01-05", "total": f"{n}.50"}
        for n in range(2, 6)
    ]
    waiting = {
        "orders_1": csv("number,customer,email,phone,day,total", orders),
        "desk_1": csv("number,company,email", [{"number": "0", "company": "C-00002"}]),
    }
    for name, text in waiting.items():
        (company.inbox / f"{name}.csv").write_text(text)
    return company


def ignored(company: Company) -> list[dict[str, object]]:
    """`quality.ignored_identifiers` of the last run."""
    return pq.read_table(path_of(company.settings, "ignored_identifiers")).to_pylist()


@pytest.mark.parametrize("kind", SHARED)
def test_what_too_many_shared_joins_nobody_after_an_erasure(company: Company, kind: str) -> None:
    shared = [card(n, **{kind: SHARED[kind]}) for n in range(2, 6)]
    company.deliver(cards_1=cards(*shared))
    before = figures(company, RULES)
    listed = ignored(company)
    assert [count for _, count, _ in before] == [1, 1, 1, 1]
    [(guard, records, persons)] = [(o["guard"], o["records"], o["persons"]) for o in listed]
    assert (guard, records, persons) == ("shared", 4, 4)

    erase(company, RULES, "C-00002")
    assert figures(company, RULES) == before
    assert ignored(company) == listed
    assert SHARED[kind] not in str(listed)

    company.deliver(cards_2=cards(*shared, card(6)))
    again = figures(company, RULES)
    assert [row for row in again if row in before] == before
    assert len(again) == len(before) + 1
    assert ignored(company) == listed

    erase(company, RULES, "C-00003")
    assert figures(company, RULES) == again
    assert ignored(company) == listed

    company.deliver(cards_3=cards(*reversed(shared)))
    assert figures(company, RULES) == again


@pytest.mark.parametrize("kind", SHARED)
def test_what_was_shared_is_never_taken_for_the_erased_persons_own(
    company: Company, kind: str
) -> None:
    """Also not when all who carried it but one have been erased: who carries it next is another."""
    shared = [card(n, **{kind: SHARED[kind]}) for n in range(2, 6)]
    company.deliver(cards_1=cards(*shared))
    for number in range(2, 6):
        figures(company, RULES)
        erase(company, RULES, f"C-0000{number}")
    assert SHARED[kind] not in landed(company)
    newcomer = card(7, **{kind: SHARED[kind]})
    company.deliver(cards_2=cards(newcomer))
    assert SHARED[kind] in landed(company)
    assert "name7" in landed(company)
    person = find_person(company.settings, RULES, "C-00007")
    assert SHARED[kind] not in (*person.emails, *person.phones)


def test_the_others_keep_the_number_when_one_is_erased(company: Company) -> None:
    company.deliver(cards_1=cards(*(card(n, phone=SHARED["phone"]) for n in range(2, 6))))
    figures(company, RULES)
    erase(company, RULES, "C-00002")
    assert landed(company).count("+49 30 12345670") == 3
    company.deliver(cards_2=cards(card(6, phone=SHARED["phone"])))
    assert landed(company).count("+49 30 12345670") == 4
    assert "own6@example.com" in landed(company)


def test_records_of_the_erased_under_one_name_are_one_person_still(company: Company) -> None:
    """Four records of three names under one number are three persons, whom it joins."""
    rows = [card(n, phone=SHARED["phone"]) for n in range(2, 6)]
    rows[1] |= {"first": rows[0]["first"], "name": rows[0]["name"]}
    company.deliver(cards_1=cards(*rows))
    rules = Rules(max_shared_identity=2)
    before = figures(company, rules)
    listed = ignored(company)
    assert [(one["records"], one["persons"]) for one in listed] == [(4, 3)]
    erase(company, rules, "C-00002")
    assert figures(company, rules) == before
    assert ignored(company) == listed


def test_a_guest_with_a_shared_number_alone_does_not_become_a_customer(company: Company) -> None:
    company.deliver(
        cards_1=cards(*(card(n, phone=SHARED["phone"]) for n in range(2, 6))),
        orders_2=csv(
            "number,customer,email,phone,day,total",
            [{"number": "9", "phone": "004930 12345670", "day": "2025-02-01", "total": "9.00"}],
        ),
    )

    def customers() -> list[int]:
        resolve(company.settings, RULES)
        keys = pq.read_table(path_of(company.settings, "customer_keys"))
        return sorted(keys.column("customer_key").to_pylist())

    before = customers()
    assert len(before) == 4
    for number in range(2, 6):
        erase(company, RULES, f"C-0000{number}")
        assert customers() == before


def test_a_higher_limit_counts_the_erased_too(company: Company) -> None:
    """They are counted, not the decision kept: limits may be set anew."""
    company.deliver(cards_1=cards(*(card(n, phone=SHARED["phone"]) for n in range(2, 6))))
    figures(company, RULES)
    erase(company, RULES, "C-00002")
    assert [count for _, count, _ in figures(company, RULES)] == [1, 1, 1, 1]
    joined = figures(company, Rules(max_shared_identity=4))
    assert sorted(count for _, count, _ in joined) == [1, 3]


def test_a_family_too_large_for_a_household_stays_no_household(company: Company) -> None:
    family = [card(n, **HOME) for n in range(2, 6)]
    company.deliver(cards_1=cards(*family))
    before = figures(company, HOUSEHOLDS)
    assert [count for _, count, _ in before] == [1, 1, 1, 1]
    erase(company, HOUSEHOLDS, "C-00002")
    assert figures(company, HOUSEHOLDS) == before
    company.deliver(cards_2=cards(*family, card(6)))
    again = figures(company, HOUSEHOLDS)
    assert [row for row in again if row in before] == before
    erase(company, HOUSEHOLDS, "C-00003")
    assert figures(company, HOUSEHOLDS) == again
    assert "berg" not in (company.settings.state / FILE).read_text().lower()


def test_an_erased_member_fills_a_household_as_before(company: Company) -> None:
    """A family of as many as are allowed: one goes, and with the next to come it is too large."""
    company.deliver(cards_1=cards(*(card(n, **HOME) for n in range(2, 5))))
    before = figures(company, HOUSEHOLDS)
    assert sorted(count for _, count, _ in before) == [1, 3]
    erase(company, HOUSEHOLDS, "C-00002")
    assert figures(company, HOUSEHOLDS) == before
    company.deliver(cards_2=cards(card(5, **HOME)))
    assert [count for _, count, _ in figures(company, HOUSEHOLDS)] == [1, 1, 1, 1]


def test_who_is_a_contact_of_two_companies_stays_of_none_when_one_is_erased(
    company: Company,
) -> None:
    rules = Rules(unit_of_analysis="company")
    rows = [
        {"id": "C-00002", "company": "ACME"},
        {"id": "C-00003", "company": "Bolt"},
        card(4),
    ]
    desk = [
        {"number": "1", "company": "C-00002", "email": "own4@example.com"},
        {"number": "2", "company": "C-00003", "email": "own4@example.com"},
    ]
    company.deliver(cards_1=cards(*rows), desk_2=csv("number,company,email", desk))
    before = figures(company, rules)
    assert [count for _, count, _ in before] == [1, 1, 1, 1]
    erase(company, rules, "C-00002")
    assert figures(company, rules) == before
    company.deliver(cards_2=cards(*reversed(rows)))
    assert figures(company, rules) == before
    erase(company, rules, "C-00003")
    assert figures(company, rules) == before


def test_records_of_an_erased_company_show_no_hash_as_evidence(company: Company) -> None:
    rules = Rules(unit_of_analysis="company")
    acme = {"company": "ACME", "email": "office-1@acme.example"}
    desk = [
        {"number": f"{n}", "company": f"C-0000{n}", "email": "own4@example.com"} for n in (2, 3)
    ]
    company.deliver(
        cards_1=cards({"id": "C-00002", **acme}, {"id": "C-00003", **acme}, card(4)),
        desk_2=csv("number,company,email", desk),
    )
    before = figures(company, rules)
    assert sorted(count for _, count, _ in before) == [1, 3]
    person = find_person(company.settings, rules, "C-00002")
    assert person.identities == ("C-00002", "C-00003")
    begin(company.settings, person, date(2025, 6, 1), lambda _text: None)
    assert figures(company, rules) == before
    links = pq.read_table(path_of(company.settings, "customer_links"))
    assert {*links.column("rule").to_pylist()} == {"manual", "parent"}


def test_the_list_has_hashes_alone_of_what_was_shared(company: Company) -> None:
    company.deliver(cards_1=cards(*(card(n, **SHARED, **HOME) for n in range(2, 6))))
    figures(company, HOUSEHOLDS)
    erase(company, HOUSEHOLDS, "C-00002")
    [person] = ErasureList.read(company.settings.state).persons
    assert [one.kind for one in person.carried] == ["email", "external_id", "household", "phone"]
    text = (company.settings.state / FILE).read_text().lower()
    for plain in (*SHARED.values(), "4930", "berg", "anna", "carl", "c-0000"):
        assert plain.lower() not in text
    pending = read_pending(company.settings)
    assert pending is not None
    assert pending.person.carried == tuple(sorted(pending.person.carried, key=lambda o: o.kind))


def test_nothing_is_hashed_where_nobody_was_erased(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hashed(_key: bytes, _text: str) -> str:
        raise AssertionError

    monkeypatch.setattr("orchestration.identity.carried.keyed_sql", hashed)
    company.deliver(cards_1=cards(*(card(n, **SHARED, **HOME) for n in range(2, 6))))
    figures(company, HOUSEHOLDS)
