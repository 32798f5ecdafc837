"""amoCRM: what is asked, what lands, what is asked the next time."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.integration.interfaces.amocrm import (
    TOKEN,
    AmoCrm,
    company_,
    contact,
    event,
    field,
    lead,
    note,
    second,
)
from tests.integration.interfaces.server import Answer

SOURCES = """
sources:
  crm:
    kind: api
    preset: amocrm
    account: engines.amocrm.ru
    currency: RUB
    base_url: {url}
    max_attempts: 3
"""
LOGIN = {"AMOCRM_TOKEN": TOKEN}


@pytest.fixture
def account():
    return AmoCrm()


@pytest.fixture
def server(account, company, serve):
    running = serve(account)
    company.sources(SOURCES.format(url=running.url))
    return running


def at(hours=0.0):
    return datetime.fromtimestamp(second(hours), UTC)


def test_every_entity_lands_value_by_value(account, server, company):
    account.put(
        "contacts",
        contact(
            7, 1, _embedded={"companies": [{"id": 9}]},
            custom_fields_values=[field("PHONE", "+7 495 1"), field("EMAIL", "ada@example.com"),
                                  field("POSITION", "Director"), field(None, "tea", 4711)],
        ),
        contact(8, 2, first_name="", last_name="", name="Bob"),
    )  # fmt: skip
    account.put("companies", company_(9, 3, custom_fields_values=[field("ADDRESS", "Weg 1")]))
    account.put(
        "leads",
        lead(1, 1, _embedded={"companies": [{"id": 9}], "contacts": [{"id": 7, "is_main": True}]}),
        lead(
            2, 2, _embedded={"contacts": [{"id": 7, "is_main": False}, {"id": 8, "is_main": True}]}
        ),
        lead(3, 3, status_id=143, created_at=second(0)),
        lead(4, 4, status_id=55, closed_at=None, created_at=second(1), _embedded={}),
        lead(5, 5),
    )
    account.put("notes", note(1, "call_in", 7, 5), note(2, "sms_out", 8, 6), note(3, "common", 7))
    account.put(
        "events",
        event(1, "lead_deleted", "lead", 5, 9),
        event(2, "contact_deleted", "contact", 8, 10),
        event(3, "company_deleted", "company", 9, 11),
        event(4, "lead_added", "lead", 1, 1),
    )
    company.land(**LOGIN)
    assert company.query(
        "select customer_id, email, phone, first_name, last_name, company_name, street, "
        "customer_type, manager_id, parent_customer_id, created_at, updated_at "
        "from landing.customers order by 1"
    ) == [
        ("crm:company:9", None, None, None, None, "Engines", "Weg 1", "company", "3", None, at(3),
         at(3)),
        ("crm:contact:7", "ada@example.com", "+7 495 1", "Ada", "Byron", None, None, "person", "3",
         "crm:company:9", at(1), at(1)),
        ("crm:contact:8", None, None, "Bob", None, None, None, "person", "3", None, at(2), at(2)),
    ]  # fmt: skip
    assert company.query(
        "select contact_id, customer_id, role, email, "
        "json_extract_string(extra, '$.\"fields.4711\"') from landing.contacts"
    ) == [("crm:contact:7", "crm:company:9", "Director", "ada@example.com", "tea")]
    orders = company.query(
        "select order_id, customer_id, ordered_at, status, currency, gross_amount, updated_at "
        "from landing.orders order by order_id, updated_at"
    )
    amount = Decimal(1500)
    assert orders == [
        ("crm:1", "crm:company:9", at(1), "completed", "RUB", amount, at(1)),
        ("crm:2", "crm:contact:8", at(2), "completed", "RUB", amount, at(2)),
        ("crm:3", "crm:contact:7", at(0), "cancelled", "RUB", amount, at(3)),
        ("crm:4", None, at(1), "cancelled", "RUB", amount, at(4)),
        ("crm:5", "crm:contact:7", at(5), "completed", "RUB", amount, at(5)),
        ("crm:5", None, at(9), "cancelled", None, None, at(9)),
    ]
    assert company.query(
        "select interaction_id, customer_id, occurred_at, direction, channel, manager_id "
        "from landing.interactions order by 1"
    ) == [
        ("crm:1", "crm:contact:7", at(5), "in", "call", "3"),
        ("crm:2", "crm:contact:8", at(6), "out", "sms", "3"),
    ]
    assert company.query(
        "select customer_id, channel, reason, recorded_at from landing.suppressions order by 1"
    ) == [
        ("crm:company:9", "all", "deleted in amoCRM", at(11)),
        ("crm:contact:8", "all", "deleted in amoCRM", at(10)),
    ]
    assert company.quarantine() == []


def test_links_are_followed_and_the_second_run_asks_for_what_is_new(account, server, company):
    account.put("leads", *(lead(n, n // 400) for n in range(1, 801)))
    company.land(**LOGIN)
    assert count(company) == [(800, 800)]
    assert asked(server) == [
        (86400, 1), (second(0), 1), (second(0), 2), (second(1), 1), (second(1), 2),
    ]  # fmt: skip
    server.forget()
    account.put("leads", lead(3, 30, status_id=143))
    company.land(**LOGIN)
    assert asked(server)[0] == (second(0), 1)
    assert count(company) == [(801, 800)]
    server.forget()
    company.land(**LOGIN)
    assert asked(server) == [(second(28), 1)]
    assert count(company) == [(801, 800)]


def test_an_account_without_filters_is_read_whole_and_lands_what_is_new(account, server, company):
    account.has_filters = False
    account.put("leads", *(lead(n, n) for n in range(1, 601)))
    company.land(**LOGIN)
    assert count(company) == [(600, 600)]
    assert [page for _, page in asked(server)] == [1, 1, 2, 3]
    account.put("leads", lead(3, 700, status_id=143))
    account.put("events", event(1, "lead_deleted", "lead", 5, 650))
    company.land(**LOGIN)
    company.land(**LOGIN)
    assert count(company) == [(602, 600)]


def test_an_account_that_is_empty_lands_nothing(account, server, company):
    company.land(**LOGIN)
    assert count(company) == [(0, 0)]


def test_an_expired_token_is_named_by_its_variable(account, server, company):
    account.is_revoked = True
    problems = "\n".join(company.fails(**LOGIN))
    assert "amoCRM does not accept the credential in AMOCRM_TOKEN (HTTP 401, Unauthorized)" in (
        problems
    )
    assert "Make a long-lived token" in problems
    assert TOKEN not in problems


def test_a_link_that_leads_elsewhere_is_not_followed(account, server, company):
    elsewhere = {"href": "https://elsewhere.example/api/v4/contacts?page=2"}
    answer = {"_links": {"next": elsewhere}, "_embedded": {"contacts": [contact(1)] * 2}}
    server.instead(Answer(answer), Answer(answer))
    problems = "\n".join(company.fails(**LOGIN))
    assert "names https://elsewhere.example as the place to read on" in problems


def count(company):
    return company.query("select count(*), count(distinct order_id) from landing.orders")


def asked(server):
    """(since, page) of all questions for leads."""
    return [
        (int(r.query["filter[updated_at][from]"]), int(r.query.get("page", 1)))
        for r in server.asked("/leads")
    ]
