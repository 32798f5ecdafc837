"""Erasing where households or companies are what is counted: one of them goes, the unit stays."""

from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from orchestration.erasure import begin, find_person
from orchestration.identity import resolve
from orchestration.identity.rules import Rules
from orchestration.landing.erased import FILE, ErasureList
from tests.unit.erasure.conftest import Company

SOURCES = """
sources:
  crm:
    kind: file
    path: {inbox}/cards_*.csv
    timezone: UTC
    entities:
      customers:
        columns: {{customer_id: id, email: email, last_name: name, street: street,
                  postal_code: zip, country: "'DE'", company_name: company}}
  desk:
    kind: file
    path: {inbox}/desk_*.csv
    timezone: UTC
    entities:
      contacts:
        columns: {{contact_id: number, customer_id: company, first_name: first, last_name: name,
                  email: email}}
  shop:
    kind: file
    path: {inbox}/orders_*.csv
    timezone: UTC
    entities:
      orders:
        columns: {{order_id: number, customer_id: customer, ordered_at: day, gross_amount: total,
                  currency: "'EUR'"}}
"""
CARDS = """id,email,name,street,zip,company
F-00001,anna@example.com,Berg,Hauptstr. 1,10115,
F-00002,bert@example.com,Berg,Hauptstr. 1,10115,
F-00003,carl@example.com,Berg,Hauptstr. 1,10115,
C-00001,office@acme.example,,,,ACME
C-00002,dora@acme.example,Maier,Allee 2,20095,
"""
DESK = """number,company,first,name,email
1,C-00001,,Maier,Dora@acme.example
2,C-00001,,Schulz,emil@acme.example
"""
ORDERS = """number,customer,day,total
1,F-00001,2025-01-05,10.50
2,F-00002,2025-01-06,20.00
3,C-00002,2025-02-06,30.25
"""


@pytest.fixture
def company(tmp_path: Path) -> Company:
    """A family of three, and a company one of whose contacts is a customer too."""
    company = Company(tmp_path / "company")
    company.settings.sources_file.write_text(SOURCES.format(inbox=company.inbox))
    return company.deliver(cards_1=CARDS, desk_1=DESK, orders_1=ORDERS)


Figures = list[tuple[int, int, Decimal]]


def figures(company: Company, rules: Rules) -> Figures:
    """Key, identities and sales of each customer, after another run."""
    resolve(company.settings, rules)
    table = pq.read_table(company.settings.identity / "customer_keys.parquet").to_pylist()
    key_of = {row["customer_id"]: row["customer_key"] for row in table}
    sales: Counter[int] = Counter()
    for part in company.settings.landing.glob("orders/batch=*/part-*.parquet"):
        for row in pq.read_table(part).to_pylist():
            sales[key_of[row["customer_id"]]] += row["gross_amount"]
    members = Counter(key_of.values())
    return sorted((key, count, Decimal(sales[key])) for key, count in members.items())


def erase(company: Company, rules: Rules, customer_id: str) -> None:
    person = find_person(company.settings, rules, customer_id)
    assert person.identities == (customer_id,)
    begin(company.settings, person, date(2025, 6, 1), lambda _text: None)


def landed(company: Company) -> str:
    parts = sorted(company.settings.landing.glob("*/batch=*/part-*.parquet"))
    return repr([pq.read_table(part).to_pylist() for part in parts]).lower()


def test_a_household_keeps_its_key_and_number_when_one_goes(company: Company) -> None:
    rules = Rules(unit_of_analysis="household")
    before = figures(company, rules)
    assert sorted(count for _, count, _ in before) == [1, 1, 3]
    erase(company, rules, "F-00001")
    assert "anna@example.com" not in landed(company)
    assert landed(company).count("'berg'") == 2
    assert figures(company, rules) == before
    # The one whom the first was said to live with goes too: the third is still of the household.
    erase(company, rules, "F-00002")
    assert figures(company, rules) == before
    assert "F-0000" not in (company.settings.state / FILE).read_text().replace("F-00003", "")
    erase(company, rules, "F-00003")
    assert figures(company, rules) == before
    assert "F-0000" not in (company.settings.state / FILE).read_text()


def test_who_is_erased_in_a_household_is_no_part_of_it_under_another_unit(
    company: Company,
) -> None:
    persons, companies = Rules(), Rules(unit_of_analysis="company")
    before = figures(company, persons), figures(company, companies)
    figures(company, Rules(unit_of_analysis="household"))
    erase(company, Rules(unit_of_analysis="household"), "F-00001")
    assert (figures(company, persons), figures(company, companies)) == before


def test_a_company_keeps_its_key_when_a_contact_goes(company: Company) -> None:
    rules = Rules(unit_of_analysis="company")
    before = figures(company, rules)
    assert sorted(count for _, count, _ in before) == [1, 1, 1, 2]
    erase(company, rules, "C-00002")
    assert figures(company, rules) == before
    assert "dora@acme.example" not in landed(company)
    assert "emil@acme.example" in landed(company)
    assert "'acme'" in landed(company)


@pytest.mark.parametrize("unit", ["person", "company"])
def test_a_contact_of_a_company_is_the_customer_of_that_address(
    company: Company, unit: str
) -> None:
    """Dora's address and name stand among the contacts too: they go from there as well."""
    rules = Rules(unit_of_analysis=unit)
    person = find_person(company.settings, rules, "C-00002")
    assert (person.mailboxes, person.shared) == (("dora@acme.example",), 0)
    erase(company, rules, "C-00002")
    [path] = company.settings.landing.glob("contacts/batch=*/part-*.parquet")
    first, second = pq.read_table(path).to_pylist()
    assert (first["contact_id"], first["customer_id"]) == ("1", "C-00001")
    assert (first["email"], first["last_name"]) == (None, None)
    assert (second["email"], second["last_name"]) == ("emil@acme.example", "Schulz")


def test_a_contact_of_another_name_keeps_an_address_that_is_shared(company: Company) -> None:
    company.deliver(desk_2=DESK.replace("Maier", "Huber"))
    person = find_person(company.settings, Rules(), "C-00002")
    assert (person.mailboxes, person.shared) == ((), 1)
    assert "1 that others carry too" in person.said()


def test_a_whole_company_is_forgotten_with_its_contacts_and_not_their_own_records(
    company: Company,
) -> None:
    rules = Rules(unit_of_analysis="company")
    before = figures(company, rules)
    erase(company, rules, "C-00001")
    assert figures(company, rules) == before
    assert "acme'" not in landed(company)
    assert "emil@acme.example" not in landed(company)
    assert "dora@acme.example" in landed(company)
    assert len(ErasureList.read(company.settings.state).persons) == 1
