"""Which identities are one person: by ids, addresses, numbers, and what the CRM says."""

import pytest

A, B, C = "a", "b", "c"


def one(*identities):
    return {frozenset(identities)}


def test_the_same_id_in_two_sources_is_one_identity(company):
    company.customer("1", source="crm").order("9", customer_id="1")
    assert company.resolve() == {"1": 1}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("anna@example.com", " Anna@Example.COM"),
        ("anna.schmidt+shop@gmail.com", "annaschmidt@googlemail.com"),
        ("jürgen@müller.de", "JÜRGEN@MÜLLER.DE"),
        ("Ju\u0308rgen@mueller.de", "jürgen@mueller.de"),
    ],
)
def test_the_same_address_however_it_is_written(company, first, second):
    company.customer(A, email=first).customer(B, email=second).customer(C, email="c@example.com")
    assert company.customers() == one(A, B)


@pytest.mark.parametrize(
    ("first", "second", "country"),
    [
        ("+49 30 12345678", "030/123456-78", "DE"),
        ("0049 (0)30 12345678", "+493012345678", "DE"),
        ("8 (916) 123-45-67", "+7 916 1234567", "RU"),
        ("+49 30 12345678 ext. 12", "03012345678", "DE"),
        ("1-800-FLOWERS", "+18003569377", "US"),
        ("+376 312345", "312345", "AD"),
        ("٠٣٠١٢٣٤٥٦٧٨", "+493012345678", "DE"),
    ],
)
def test_the_same_number_however_it_is_written(company, first, second, country):
    company.customer(A, phone=first, country=country).customer(B, phone=second, country=country)
    company.customer(C, phone="+49 30 87654321")
    assert company.customers() == one(A, B)


def test_a_number_without_calling_code_means_nothing_without_a_country(company):
    company.customer(A, phone="030 12345678").customer(B, phone="030 12345678", country=None)
    assert company.customers() == set()


def test_numbers_that_merely_end_alike_are_not_the_same(company):
    company.customer(A, phone="+49 30 12345678").customer(B, phone="+49 40 12345678")
    assert company.customers() == set()


def test_what_is_no_address_or_number_joins_nobody(company):
    for name in (A, B):
        company.customer(name, email="anna at home", phone="none of your business")
    assert company.customers() == set()


def test_orders_carry_identifiers_of_whom_they_name(company):
    company.customer("crm-1", email="anna@example.com")
    company.order("9", customer_id="55", email="anna@example.com")
    assert company.customers() == one("crm-1", "55")


def test_who_was_known_by_an_address_is_known_by_it_still(company):
    company.customer(A, email="old@example.com").customer(B, email="old@example.com")
    before = company.resolve()
    company.customer(B, email="new@example.com", updated_at="2026-02-01 00:00:00+00")
    assert company.resolve() == before == {A: 1, B: 1}


def test_chains_over_any_number_of_sources_are_one_customer(company):
    company.customer("crm-1", email="anna@example.com", phone="+49 30 12345678")
    company.customer("web-1", source="web", email="anna@example.com")
    company.customer("app-1", source="app", phone="030 12345678", external_ids={"loyalty": "L7"})
    company.customer("till-1", source="till", external_ids={"Loyalty": ["L6", "L7"]})
    company.customer("post-1", source="post", email="else@example.com")
    assert company.customers() == one("crm-1", "web-1", "app-1", "till-1")


def test_an_external_id_names_the_customer_of_that_source(company):
    company.customer("crm-1", external_ids={"shop": "55", "till": 56, "other": "57", "n": None})
    company.order("1", customer_id="55", source="shop")
    company.order("2", customer_id="56", source="web")
    company.order("3", customer_id="57", source="web")
    company.order("4", customer_id="till:56", source="till")
    assert company.customers() == one("crm-1", "55", "till:56")


@pytest.mark.parametrize("nothing", ["", "0", "n/a", "NULL", " - "])
def test_an_external_id_that_is_none_joins_nobody(company, nothing):
    company.customer(A, external_ids={"shop": nothing}).customer(B, external_ids={"shop": nothing})
    assert company.customers() == set()


def test_external_ids_that_are_no_object_are_passed_over(company):
    company.land("customers", {"customer_id": A, "external_ids": '["1"]'})
    company.land("customers", {"customer_id": B, "external_ids": '["1"]'})
    assert company.customers() == set()


def test_merges_of_the_crm_are_honoured_and_taken_back(company):
    company.customer(A, merged_into_id=B).customer(B).customer(C, merged_into_id=C)
    assert company.customers() == one(A, B)
    company.customer(A, merged_into_id=None, updated_at="2026-02-01 00:00:00+00")
    assert company.customers() == set()


def test_records_merged_into_one_that_is_not_delivered_are_one(company):
    company.customer(A, merged_into_id="gone").customer(B, merged_into_id="gone")
    assert company.customers() == one(A, B)
    assert "gone" not in company.resolve()


def test_test_records_join_nobody(company):
    company.customer(A, email="anna@example.com")
    company.customer("test", email="anna@example.com", is_test=True, merged_into_id=A)
    assert company.customers() == set()
    company.customer("test", email="anna@example.com", updated_at="2026-02-01 00:00:00+00")
    assert company.customers() == one(A, "test")


def test_links_keep_their_evidence_masked(company):
    company.customer(A, email="anna@example.com", phone="+49 30 12345678")
    company.customer(B, source="web", email="anna@example.com", merged_into_id=A)
    company.customer(B, source="app", email="anna@example.com")
    company.customer(C, source="till", phone="+49 30 12345678", external_ids={"shop": "7788"})
    company.customer("d", source="till", external_ids={"shop": "7788"})
    company.resolve()
    columns = (
        "customer_id, linked_customer_id, rule, evidence_number, evidence, source_name, "
        "linked_source_name, is_joined"
    )
    assert company.table("customer_links", columns) == [
        (A, B, "email", 1, "a…@e….com", "crm", "app, web", True),
        (A, C, "phone", 1, "+49…78", "crm", "till", True),
        (C, "d", "external_id", 1, "shop:…88", "till", "till", True),
    ]


def test_two_pieces_of_evidence_of_one_rule_are_two_links(company):
    for name in (A, B):
        company.customer(name, email="anna@example.com").customer(name, email="anna@work.example")
    company.resolve()
    assert company.table("customer_links", "rule, evidence_number, evidence") == [
        ("email", 1, "a…@e….com"),
        ("email", 2, "a…@w….example"),
    ]


def test_an_order_without_id_is_a_customers_where_an_identifier_counts(company):
    company.customer(A, email="anna@example.com")
    company.order("1", email="anna@example.com")
    company.order("2", email="guest@example.com").order("3", phone="+49 30 12345678")
    company.order("4", email="guest@example.com", phone="030 12345678", country="DE")
    company.order("5").order("6", email="n/a").order("7", phone="0000000000", country="DE")
    company.order("8", email="info@example.com")
    company.rule(guards={("mailbox", "info"): "role_mailbox"})
    assert company.customers() == {
        frozenset({A, "guest:1"}),
        frozenset({"guest:2", "guest:3", "guest:4"}),
    }
    assert set(company.resolve()) == {A, "guest:1", "guest:2", "guest:3", "guest:4"}
