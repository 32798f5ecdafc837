"""HubSpot: what is asked, what lands, what is asked the next time."""

from datetime import datetime
from decimal import Decimal

import pytest

from tests.integration.interfaces.hubspot import TOKEN, HubSpot, error, moment, thing
from tests.integration.interfaces.server import Answer

SOURCES = """
sources:
  crm:
    kind: api
    preset: hubspot
    currency: EUR
    base_url: {url}
    max_attempts: 3
    {more}
"""
LOGIN = {"HUBSPOT_ACCESS_TOKEN": TOKEN}


@pytest.fixture
def account():
    return HubSpot()


@pytest.fixture
def server(account, company, serve):
    running = serve(account)
    company.sources(SOURCES.format(url=running.url, more=""))
    return running


def at(hours=0.0):
    return datetime.fromisoformat(moment(hours))


def test_people_and_companies_land_value_by_value(account, server, company):
    account.put(
        "contacts",
        thing(
            7, 1, email="ada@example.com", phone="", mobilephone="+49 151 1", firstname="Ada",
            lastname="Byron", jobtitle="Director", date_of_birth="1985-03-01", address="Weg 1",
            zip="10115", city="Berlin", state="BE", country="Germany", hs_language="de-de",
            hs_analytics_source="PAID_SEARCH", hubspot_owner_id="3", associatedcompanyid="9",
            hs_email_optout="true", hs_merged_object_ids="70;71",
        ),
        thing(8, 2, email="bob@example.com", date_of_birth="last spring"),
    )  # fmt: skip
    account.put("companies", thing(9, 3, name="Engines", country="Germany",
                                   hs_parent_company_id="90"))  # fmt: skip
    account.put("products", thing(500, 0, name="Tea", hs_cost_of_goods_sold="4.2"))
    company.land(**LOGIN)
    assert company.query(
        "select customer_id, merged_into_id, email, phone, first_name, last_name, company_name, "
        "birth_date::text, street, postal_code, city, region, country, language, customer_type, "
        "acquisition_channel, manager_id, parent_customer_id, created_at, updated_at "
        "from landing.customers order by 1"
    ) == [
        ("crm:company:9", None, None, None, None, None, "Engines", None, None, None, None, None,
         "DE", None, "company", None, None, "crm:company:90", at(3), at(3)),
        ("crm:contact:7", None, "ada@example.com", "+49 151 1", "Ada", "Byron", None, "1985-03-01",
         "Weg 1", "10115", "Berlin", "BE", "DE", "de", "person", "PAID_SEARCH", "3",
         "crm:company:9", at(1), at(1)),
        *(
            (f"crm:contact:{n}", "crm:contact:7", *[None] * 12, "person", None, None, None, None,
             at(1))
            for n in (70, 71)
        ),
        ("crm:contact:8", None, "bob@example.com", *[None] * 11, "person", None, None, None, at(2),
         at(2)),
    ]  # fmt: skip
    assert company.query("select contact_id, customer_id, role, phone from landing.contacts") == [
        ("crm:contact:7", "crm:company:9", "Director", "+49 151 1")
    ]
    assert company.query(
        "select customer_id, purpose, status, recorded_at from landing.consents"
    ) == [("crm:contact:7", "email_marketing", "withdrawn", at(1))]
    assert company.query("select product_id, name, unit_cost from landing.products") == [
        ("crm:500", "Tea", Decimal("4.2"))
    ]
    assert company.quarantine() == []


def test_deals_lines_and_interactions_land_value_by_value(account, server, company):
    won = {"hs_is_closed_won": "true", "amount": "120.5", "hs_analytics_source": "OFFLINE"}
    account.put(
        "deals",
        thing(1, 1, **won, closedate=moment(0), deal_currency_code="USD"),
        thing(2, 2, **won, closedate=moment(900)),  # planned for later, won now
        thing(3, 3, hs_is_closed_won="false", amount="", closedate=moment(9), createdate=moment(0)),
    )
    account.associate("deals", 1, "contacts", (7, None), (8, None))
    account.associate("deals", 1, "companies", (10, None), (9, "Primary"))
    account.associate("deals", 2, "contacts", (8, None), (7, None))
    account.associate("deals", 1, "line_items", (101, None), (99, None))
    account.associate("deals", 3, "line_items", (102, None))
    account.put(
        "line_items",
        thing(99, quantity="3", price="10", amount="27.5", hs_product_id="500",
              hs_cost_of_goods_sold="4.2"),
        thing(101, quantity="1", price="93", amount=None, hs_product_id=None),
        thing(102, quantity="1", price="1", amount="1"),
    )  # fmt: skip
    account.put("calls", thing(1, 5, hs_timestamp=moment(4), hs_call_direction="INBOUND",
                               hs_call_status="COMPLETED", hubspot_owner_id="3"))  # fmt: skip
    account.put("emails", thing(2, 6, hs_timestamp=moment(5), hs_email_direction="EMAIL",
                                hs_email_status="SENT"),
                thing(3, 7, hs_timestamp=moment(6)))  # fmt: skip
    account.put("meetings", thing(4, 8, hs_timestamp=moment(7), hs_meeting_outcome="COMPLETED"))
    account.associate("calls", 1, "contacts", (7, None))
    account.associate("emails", 2, "contacts", (8, None), (7, None))
    account.associate("meetings", 4, "contacts", (7, None))
    company.land(**LOGIN)
    assert company.query(
        "select order_id, customer_id, ordered_at, status, currency, gross_amount, sales_channel, "
        "updated_at from landing.orders order by 1"
    ) == [
        ("crm:1", "crm:company:9", at(0), "completed", "USD", Decimal("120.5"), "OFFLINE", at(1)),
        ("crm:2", "crm:contact:7", at(2), "completed", "EUR", Decimal("120.5"), "OFFLINE", at(2)),
        ("crm:3", None, at(0), "cancelled", "EUR", None, None, at(3)),
    ]
    assert company.query(
        "select order_line_id, order_id, product_id, quantity, unit_price, discount_amount, "
        "unit_cost, currency from landing.order_lines order by 1"
    ) == [
        ("crm:1:1", "crm:1", "crm:500", Decimal(3), Decimal(10), Decimal("2.5"), Decimal("4.2"),
         "USD"),
        ("crm:1:2", "crm:1", None, Decimal(1), Decimal(93), Decimal(0), None, "USD"),
    ]  # fmt: skip
    assert company.query(
        "select interaction_id, customer_id, occurred_at, direction, channel, outcome, manager_id "
        "from landing.interactions order by 1"
    ) == [
        ("crm:1:7", "crm:contact:7", at(4), "in", "call", "COMPLETED", "3"),
        ("crm:2:7", "crm:contact:7", at(5), "out", "e-mail", "SENT", None),
        ("crm:2:8", "crm:contact:8", at(5), "out", "e-mail", "SENT", None),
        ("crm:4:7", "crm:contact:7", at(7), None, "visit", "COMPLETED", None),
    ]
    assert company.quarantine() == []


def test_what_was_deleted_is_suppressed_or_cancelled(account, server, company):
    account.put("contacts", thing(7, 1), thing(8, 1))
    account.put("deals", thing(1, 1, hs_is_closed_won="true", amount="5", closedate=moment(1)))
    company.land(**LOGIN)
    account.archive("contacts", 7, 50)
    account.archive("deals", 1, 60)
    company.land(**LOGIN)
    company.land(**LOGIN)
    assert company.query(
        "select customer_id, channel, reason, recorded_at from landing.suppressions"
    ) == [("crm:contact:7", "all", "deleted in HubSpot", at(50))]
    assert company.query(
        "select order_id, status, updated_at from landing.orders order by updated_at"
    ) == [("crm:1", "completed", at(1)), ("crm:1", "cancelled", at(60))]


def test_more_than_a_search_may_find_is_read(account, server, company):
    account.put("contacts", *(thing(n, n / 3600) for n in range(1, 10_301)))
    company.land(**LOGIN)
    assert company.query("select count(*), count(distinct customer_id) from landing.customers") == [
        (10_300, 10_300)
    ]


def test_pages_follow_one_another_and_the_second_run_asks_for_what_is_new(account, server, company):
    account.put("deals", *(thing(n, n // 250, hs_is_closed_won="true", amount="1")
                           for n in range(1, 501)))  # fmt: skip
    company.land(**LOGIN)
    assert count(company) == [(500, 500)]
    assert asked(server) == [
        (86_400_000, None), (ms(0), None), (ms(0), "200"), (ms(1), None), (ms(1), "200"),
    ]  # fmt: skip
    server.forget()
    account.put("deals", thing(5, 30, hs_is_closed_won="false"))
    company.land(**LOGIN)
    assert asked(server)[0] == (ms(0), None)  # the newest was at 2, the lag is two hours
    assert count(company) == [(501, 500)]
    server.forget()
    company.land(**LOGIN)
    assert asked(server) == [(ms(28), None)]
    assert count(company) == [(501, 500)]


def test_an_object_with_many_associations_has_them_all(account, server, company):
    account.put("emails", thing(2, 6, hs_timestamp=moment(5)))
    account.associate("emails", 2, "contacts", *((n, None) for n in range(1, 1202)))
    company.land(**LOGIN)
    assert company.query("select count(distinct customer_id) from landing.interactions") == [
        (1201,)
    ]


def test_a_property_of_the_company_s_own_is_asked_for_and_mapped(account, server, company):
    account.put("contacts", thing(7, 1, loyalty_tier="gold"))
    more = """streams:
      contacts:
        columns: [properties.loyalty_tier]
        entities:
          customers: {columns: {service_tier: properties.loyalty_tier, phone: null}}
          consents: false"""
    company.sources(SOURCES.format(url=server.url, more=more))
    company.land(**LOGIN)
    assert company.query("select customer_id, service_tier from landing.customers") == [
        ("crm:contact:7", "gold")
    ]
    assert company.query("select source, entity from landing._batches order by 2") == [
        ("crm.contacts", "contacts"), ("crm.contacts", "customers"),
    ]  # fmt: skip


def test_an_expired_token_and_missing_scopes_are_named(account, server, company):
    account.is_expired = True
    problems = "\n".join(company.fails(**LOGIN))
    assert "HubSpot does not accept the credential in HUBSPOT_ACCESS_TOKEN" in problems
    assert TOKEN not in problems
    account.is_expired = False
    server.forget()
    server.instead(error(403, "MISSING_SCOPES", "This app has not been granted all scopes."))
    problems = "\n".join(company.fails(**LOGIN))
    assert "It needs: the scopes crm.objects.contacts.read" in problems


def test_a_limit_of_requests_is_waited_out(account, server, company):
    account.put("deals", thing(1, 1, hs_is_closed_won="true", amount="1"))
    limited = {"status": "error", "errorType": "RATE_LIMIT", "policyName": "SECONDLY"}
    server.instead(Answer(limited, 429))
    company.land(**LOGIN)
    assert count(company) == [(1, 1)]


def count(company):
    return company.query("select count(*), count(distinct order_id) from landing.orders")


def asked(server):
    """(since, after) of all searches for deals."""
    return [
        (int(r.body["filterGroups"][0]["filters"][0]["value"]), r.body.get("after"))
        for r in server.asked("deals/search")
    ]


def ms(hours):
    return int(at(hours).timestamp() * 1000)
