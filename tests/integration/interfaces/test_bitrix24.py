"""Bitrix24: what is asked, what lands, what is asked the next time."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.integration.interfaces.bitrix24 import (
    WEBHOOK,
    Bitrix24,
    company_,
    contact,
    deal,
    error,
    moment,
    product_row,
)
from tests.integration.interfaces.server import Answer

SOURCES = """
sources:
  crm:
    kind: api
    preset: bitrix24
    portal: engines.bitrix24.com
    base_url: {url}
    max_attempts: 3
"""
LOGIN = {"BITRIX24_WEBHOOK": f"https://engines.bitrix24.com/rest/{WEBHOOK}/"}


@pytest.fixture
def portal():
    return Bitrix24()


@pytest.fixture
def server(portal, company, serve):
    running = serve(portal)
    company.sources(SOURCES.format(url=running.url))
    return running


def at(hours=0.0):
    return datetime.fromisoformat(moment(hours))


def test_people_and_companies_land_value_by_value(portal, server, company):
    portal.put(
        "contacts",
        contact(7, 1, COMPANY_ID="9", BIRTHDATE="1985-03-01T03:00:00+03:00", POST="Director",
                PHONE=[{"ID": "1", "VALUE_TYPE": "WORK", "VALUE": "+7 495 1"}],
                EMAIL=[{"ID": "2", "VALUE_TYPE": "WORK", "VALUE": "ada@example.com"},
                       {"ID": "3", "VALUE_TYPE": "HOME", "VALUE": "home@example.com"}],
                ADDRESS="Weg 1", ADDRESS_CITY="Moscow", ADDRESS_POSTAL_CODE="101000",
                ADDRESS_REGION="MOW", ADDRESS_COUNTRY="Россия", UTM_CAMPAIGN="spring"),
        contact(8, 2, COMPANY_ID="0", BIRTHDATE="soon"),
    )  # fmt: skip
    portal.put("companies", company_(9, 3, EMAIL=[{"VALUE": "office@example.com"}]))
    portal.put("products", {"ID": "500", "NAME": "Tea", "TIMESTAMP_X": moment(0)})
    company.land(**LOGIN)
    assert company.query(
        "select customer_id, email, phone, first_name, last_name, company_name, birth_date::text, "
        "street, postal_code, city, region, country, customer_type, acquisition_channel, "
        "acquisition_campaign, manager_id, parent_customer_id, created_at, updated_at "
        "from landing.customers order by 1"
    ) == [
        ("crm:company:9", "office@example.com", None, None, None, "Engines", None, None, None,
         None, None, None, "company", None, None, "3", None, at(3), at(3)),
        ("crm:contact:7", "ada@example.com", "+7 495 1", "Ada", "Byron", None, "1985-03-01",
         "Weg 1", "101000", "Moscow", "MOW", "RU", "person", "WEB", "spring", "3",
         "crm:company:9", at(1), at(1)),
        ("crm:contact:8", None, None, "Ada", "Byron", None, None, None, None, None, None, None,
         "person", "WEB", None, "3", None, at(2), at(2)),
    ]  # fmt: skip
    assert company.query(
        "select contact_id, customer_id, role, email, updated_at from landing.contacts"
    ) == [("crm:contact:7", "crm:company:9", "Director", "ada@example.com", at(1))]
    assert company.query("select product_id, name from landing.products") == [("crm:500", "Tea")]
    assert company.quarantine() == []


def test_deals_and_activities_land_value_by_value(portal, server, company):
    portal.put(
        "deals",
        deal(1, 1, COMPANY_ID="9"),
        deal(2, 2, CLOSEDATE=moment(500)),  # planned for later, won now
        deal(3, 3, STAGE_SEMANTIC_ID="P", TAX_VALUE=None, DATE_CREATE=moment(0)),
        deal(4, 4, STAGE_SEMANTIC_ID="F", CONTACT_ID=None),
    )
    portal.product_rows = {
        "1": [product_row(70, 3, 30, 25), product_row(71, 0.5, 10, 10)],
        "3": [product_row(72, 9, 9, 9)],
    }
    portal.put(
        "activities",
        {"ID": "1", "OWNER_ID": "7", "OWNER_TYPE_ID": "3", "TYPE_ID": "2", "DIRECTION": "1",
         "START_TIME": moment(5), "CREATED": moment(6), "COMPLETED": "Y", "RESPONSIBLE_ID": "3",
         "LAST_UPDATED": moment(6), "COMMUNICATIONS": []},
        {"ID": "2", "OWNER_ID": "1", "OWNER_TYPE_ID": "2", "TYPE_ID": "4", "DIRECTION": "2",
         "START_TIME": "", "CREATED": moment(7), "COMPLETED": "N", "RESPONSIBLE_ID": "4",
         "LAST_UPDATED": moment(7), "COMMUNICATIONS": [
             {"ENTITY_TYPE_ID": "1", "ENTITY_ID": "5"}, {"ENTITY_TYPE_ID": "4", "ENTITY_ID": "9"}]},
        {"ID": "3", "OWNER_ID": "1", "OWNER_TYPE_ID": "2", "TYPE_ID": "1", "DIRECTION": "0",
         "START_TIME": moment(8), "CREATED": moment(8), "COMPLETED": "Y", "RESPONSIBLE_ID": "4",
         "LAST_UPDATED": moment(8), "COMMUNICATIONS": []},
        {"ID": "4", "OWNER_ID": "7", "OWNER_TYPE_ID": "3", "TYPE_ID": "3", "DIRECTION": "0",
         "START_TIME": moment(9), "CREATED": moment(9), "COMPLETED": "Y", "RESPONSIBLE_ID": "4",
         "LAST_UPDATED": moment(9), "COMMUNICATIONS": []},
    )  # fmt: skip
    company.land(**LOGIN)
    assert company.query(
        "select order_id, customer_id, ordered_at, status, currency, gross_amount, tax_amount, "
        "sales_channel, updated_at, json_extract_string(extra, 'UF_CRM_1') "
        "from landing.orders order by 1"
    ) == [
        ("crm:1", "crm:company:9", at(1), "completed", "RUB", Decimal(100), Decimal(20), "CALL",
         at(1), "custom"),
        ("crm:2", "crm:contact:7", at(2), "completed", "RUB", Decimal(100), Decimal(20), "CALL",
         at(2), "custom"),
        ("crm:3", "crm:contact:7", at(0), "cancelled", "RUB", Decimal(120), None, "CALL", at(3),
         "custom"),
        ("crm:4", None, at(4), "cancelled", "RUB", Decimal(100), Decimal(20), "CALL", at(4),
         "custom"),
    ]  # fmt: skip
    assert company.query(
        "select order_line_id, order_id, product_id, quantity, unit_price, discount_amount, "
        "currency from landing.order_lines order by 1"
    ) == [
        ("crm:1:1", "crm:1", "crm:500", Decimal(3), Decimal(30), Decimal(15), "RUB"),
        ("crm:1:2", "crm:1", "crm:500", Decimal("0.5"), Decimal(10), Decimal(0), "RUB"),
    ]
    assert company.query(
        "select interaction_id, customer_id, occurred_at, direction, channel, outcome, manager_id "
        "from landing.interactions order by 1"
    ) == [
        ("crm:1", "crm:contact:7", at(5), "in", "call", "completed", "3"),
        ("crm:2", "crm:company:9", at(7), "out", "e-mail", "open", "4"),
    ]
    assert company.quarantine() == []


def test_pages_follow_one_another_and_the_second_run_asks_for_what_is_new(portal, server, company):
    portal.put("deals", *(deal(n, n // 60) for n in range(1, 121)))
    company.land(**LOGIN)
    assert company.query("select count(*), count(distinct order_id) from landing.orders") == [
        (120, 120)
    ]
    assert asked(server) == [
        ("1970-01-02T00:00:00+00:00", 0),
        (utc(0), 0), (utc(0), 50), (utc(1), 0), (utc(1), 50),
    ]  # fmt: skip
    server.forget()
    portal.put("deals", deal(5, 30, STAGE_SEMANTIC_ID="F"))
    company.land(**LOGIN)
    assert asked(server)[0] == (utc(0), 0)  # the newest was at 2, the lag is two hours
    assert company.query("select count(*) from landing.orders") == [(121,)]
    assert company.query(
        "select status from landing.orders where order_id = 'crm:5' order by updated_at"
    ) == [("completed",), ("cancelled",)]


@pytest.mark.parametrize("status", [503, 200])
def test_the_limit_of_the_portal_is_waited_out(portal, server, company, status):
    portal.put("deals", deal(1))
    server.instead(error(status, "QUERY_LIMIT_EXCEEDED", "Too many requests"))
    company.land(**LOGIN)
    assert company.query("select count(*) from landing.orders") == [(1,)]


def test_a_revoked_webhook_is_named_by_its_variable_and_never_shown(portal, server, company):
    portal.is_revoked = True
    problems = "\n".join(company.fails(**LOGIN))
    assert "Bitrix24 does not accept the credential in BITRIX24_WEBHOOK (HTTP 401" in problems
    assert WEBHOOK not in problems
    assert WEBHOOK.split("/")[1] not in problems
    portal.is_revoked = False
    server.forget()
    server.instead(error(403, "insufficient_scope", "The request requires higher privileges"))
    problems = "\n".join(company.fails(**LOGIN))
    assert "read crm.contact.list.json (HTTP 403, insufficient_scope). It needs: the right crm" in (
        problems
    )
    assert WEBHOOK not in problems


def test_product_rows_that_are_refused_stop_the_pull(portal, server, company):
    portal.put("deals", deal(1))
    broken = {"result": {}, "result_error": {"d1": {"error": "ACCESS_DENIED"}}}
    server.instead(*[None] * 3, Answer({"result": broken}))
    problems = "\n".join(company.fails(**LOGIN))
    assert "Bitrix24 does not give the products of deals (ACCESS_DENIED)" in problems


def asked(server):
    """(since, start) of all questions for deals."""
    return [
        (r.body["filter"][">=DATE_MODIFY"], r.body["start"]) for r in server.asked("deal.list.json")
    ]


def utc(hours):
    return at(hours).astimezone(tz=UTC).isoformat()
