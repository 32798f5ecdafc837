"""Households and companies as the unit of analysis."""

import pytest

from tests.unit.identity.test_registry import HISTORY

HOME = {"street": "Hauptstr. 1", "postal_code": "10115"}


def family(company):
    company.customer("anna", last_name="Schmidt", **HOME)
    company.customer("bert", last_name="SCHMIDT", street="Hauptstr 1", postal_code="10 115")
    company.customer("carl", last_name="Schmidt", street="Hauptstr. 2", postal_code="10115")
    return company.customer("dora", last_name="Maier", **HOME)


def test_a_family_at_one_address_is_a_household(company):
    family(company)
    assert company.customers() == set()
    company.rule(unit_of_analysis="household")
    assert company.customers() == {frozenset({"anna", "bert"})}
    assert company.table("customer_links", "rule, evidence") == [("household", None)]
    assert company.table("customer_members", "customer_id, person_id") == [
        ("anna", "anna"), ("bert", "bert"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("his", "hers"), [("Иванов", "Иванова"), ("Достоевский", "Достоевская"), ("Ильин", "ИЛЬИНА")]
)
def test_russian_names_are_one_in_both_forms(company, his, hers):
    company.rule(unit_of_analysis="household")
    company.customer("a", last_name=his, **HOME).customer("b", last_name=hers, **HOME)
    assert company.customers() == {frozenset({"a", "b"})}


def test_too_many_of_one_name_at_one_address_are_no_household(company):
    company.rule(unit_of_analysis="household", max_household_size=2)
    for number in range(2):
        company.customer(f"a{number}", last_name="Li", **HOME)
    # Two records of one person count once.
    company.customer("a0", email="li@example.com").customer("b0", email="li@example.com")
    company.customer("b0", last_name="Li", updated_at="2026-01-01 00:00:00+00", **HOME)
    assert company.customers() == {frozenset({"a0", "a1", "b0"})}
    company.customer("a2", last_name="Li", **HOME)
    assert company.customers() == {frozenset({"a0", "b0"})}


def test_companies_and_other_countries_are_no_part_of_a_household(company):
    company.rule(unit_of_analysis="household").customer("a", last_name="Schmidt", **HOME)
    company.customer("b", last_name="Schmidt", company_name="Schmidt Ltd", **HOME)
    company.land("customers", {"customer_id": "c", "last_name": "Schmidt", "country": "AT", **HOME})
    assert company.customers() == set()


def test_a_household_follows_the_latest_address(company):
    family(company).rule(unit_of_analysis="household").resolve()
    moved = {"street": "Elsewhere 1", "postal_code": "20095"}
    company.customer("bert", last_name="Schmidt", updated_at="2026-01-01 00:00:00+00", **moved)
    assert company.resolve() == {"anna": 1, "bert": 4, "carl": 2, "dora": 3}
    assert company.table("customer_key_changes", HISTORY) == [
        (2, "bert", "split", 1, 4, "evidence_gone", None)
    ]


def test_children_of_a_person_are_of_the_household(company):
    company.customer("a").customer("b", parent_customer_id="a", customer_type="person")
    company.customer("c", parent_customer_id="a", customer_type="company")
    assert company.customers() == set()
    company.rule(unit_of_analysis="household")
    assert company.customers() == {frozenset({"a", "b"})}


def test_a_company_is_its_whole_hierarchy(company):
    company.customer("holding", customer_type="company")
    company.customer("north", parent_customer_id="holding").customer("south")
    company.customer("shop-1", parent_customer_id="north", last_name="Schmidt", **HOME)
    company.customer("shop-2", last_name="Schmidt", **HOME)
    company.rule(unit_of_analysis="company")
    assert company.customers() == {frozenset({"holding", "north", "shop-1"})}


def contact(company, number, of, **columns):
    company.land("contacts", {"contact_id": f"{number}", "customer_id": of, **columns})


def test_contacts_buy_for_their_company(company):
    company.customer("acme", customer_type="company", email="office@acme.example")
    company.customer("other", company_name="Other Ltd")
    company.customer("acme-2", company_name="Acme Branch", parent_customer_id="acme")
    company.customer("anna", email="anna@acme.example").customer("bert", phone="030 12345678")
    company.order("1", email="carl@acme.example")
    company.customer("dora", email="dora@free.example")
    contact(company, 1, "acme", email="Anna@acme.example")
    contact(company, 2, "acme", phone="+49 30 12345678")
    contact(company, 3, "acme-2", phone="+49 30 12345678")
    contact(company, 4, "acme", email="carl@acme.example")
    # Two companies know Dora: nobody can say for whom she buys.
    contact(company, 5, "acme", email="dora@free.example")
    contact(company, 6, "other", email="dora@free.example")
    assert company.customers() == set()
    company.rule(unit_of_analysis="company")
    assert company.customers() == {frozenset({"acme", "acme-2", "anna", "bert", "guest:1"})}
    rules = {row[0] for row in company.table("customer_links", "rule")}
    assert rules == {"parent", "contact"}


def test_a_contact_that_is_another_company_is_not_joined(company):
    company.rule(unit_of_analysis="company").customer("acme", customer_type="company")
    company.customer("agency", company_name="Agency", email="desk@agency.example")
    contact(company, 1, "acme", email="desk@agency.example")
    assert company.customers() == set()


def test_another_unit_and_back_gives_everybody_the_key_they_had(company):
    before = family(company).resolve()
    company.rule(unit_of_analysis="household")
    assert company.resolve() == {**before, "bert": before["anna"]}
    company.rule(unit_of_analysis="person")
    assert company.resolve() == before
    assert company.table("customer_key_changes", HISTORY) == [
        (2, "bert", "merge", 2, 1, "household", None),
        (3, "bert", "split", 1, 2, "unit_of_analysis", None),
    ]


def test_a_split_holds_for_households_too(company):
    family(company).rule(unit_of_analysis="household").decide(("anna", "split", "bert"))
    assert company.customers() == set()
