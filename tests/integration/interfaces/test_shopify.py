"""Shopify: what is asked, what lands, what is asked the next time."""

import hashlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.integration.interfaces.server import Answer
from tests.integration.interfaces.shopify import (
    CLIENT_ID,
    CLIENT_SECRET,
    TOKEN,
    Shopify,
    customer,
    line,
    money,
    order,
    product,
    refund,
    refund_line,
    variant,
)

SOURCES = """
sources:
  shop:
    kind: api
    preset: shopify
    shop: tea.myshopify.com
    base_url: {url}
    max_attempts: 3
"""
LOGIN = {"SHOPIFY_ACCESS_TOKEN": TOKEN}
MARCH = datetime(2024, 3, 1, 9, tzinfo=UTC)


def at(hours=0.0):
    return MARCH + timedelta(hours=hours)


def iso(hours=0.0):
    return at(hours).isoformat().replace("+00:00", "Z")


@pytest.fixture
def shop():
    return Shopify()


@pytest.fixture
def server(shop, company, serve):
    running = serve(shop)
    company.sources(SOURCES.format(url=running.url))
    return running


def test_orders_lines_and_refunds_land_value_by_value(shop, server, company):
    with_tax = line(11, 3, "11.90", discounts=["3.57"], taxes=["5.13"])
    gift_card = line(12, 1, "50.00", is_gift_card=True)
    shop.put(
        order(1, iso(), [with_tax, gift_card], taxesIncluded=True, discountCodes=["SPRING"],
              totalTaxSet=money("5.13"), totalRefundedSet=money("16.90"),
              refunds=[refund(70, iso(50), "16.90", [refund_line(71, with_tax, "10.71", "1.71")],
                              shipping=[("4.00", "0.76")], note="cold"),
                       refund(75, iso(60), "0.0", [refund_line(76, gift_card, "50.00")])]),
        order(2, iso(1), [line(21, 2, "10.00", discounts=["1.00", "0.50"], variant=None)]),
        order(3, iso(2), [line(31, 1, "5.00")], cancelledAt=iso(3),
              displayFinancialStatus="VOIDED"),
        order(4, iso(3), [paid_back := line(41, 1, "5.00")], cancelledAt=iso(40),
              totalRefundedSet=money("5.00"), displayFinancialStatus="REFUNDED",
              refunds=[refund(80, iso(40), "5.00", [refund_line(81, paid_back, "5.00")])]),
        order(5, iso(4), [line(51, 1, "5.00")], test=True),
        order(6, iso(5), [line(61, 1, "5.00")], customer=None, email="Guest@example.com ",
              displayFinancialStatus="PENDING", sourceName="pos"),
    )  # fmt: skip
    shop.orders["gid://shopify/Order/2"]["lineItems"][0]["variant"] = None
    company.land(**LOGIN)
    guest = "shop:guest:" + hashlib.sha256(b"guest@example.com").hexdigest()[:32]
    assert company.query(
        "select order_id, customer_id, ordered_at, status, currency, tax_amount, sales_channel, "
        "country, coupon_code, updated_at from landing.orders order by 1"
    ) == [
        (
            "shop:1",
            "shop:7",
            at(),
            "completed",
            "EUR",
            Decimal("5.13"),
            "web",
            "DE",
            "SPRING",
            at(),
        ),
        ("shop:2", "shop:7", at(1), "completed", "EUR", Decimal(0), "web", "DE", None, at(1)),
        ("shop:3", "shop:7", at(2), "cancelled", "EUR", Decimal(0), "web", "DE", None, at(2)),
        ("shop:4", "shop:7", at(3), "completed", "EUR", Decimal(0), "web", "DE", None, at(3)),
        ("shop:6", guest, at(5), "pending", "EUR", Decimal(0), "pos", "DE", None, at(5)),
    ]
    # Line 11: 35.70 less 3.57 with 5.13 tax in it: net 27.00, before the discount 30.00.
    assert company.query(
        "select order_line_id, order_id, product_id, quantity, unit_price, discount_amount, "
        "category from landing.order_lines order by 1"
    ) == [
        ("shop:11", "shop:1", "shop:901", Decimal(3), Decimal(10), Decimal(3), "Tea"),
        ("shop:21", "shop:2", "shop:product:900", Decimal(2), Decimal(10), Decimal("1.5"), "Tea"),
        ("shop:31", "shop:3", "shop:901", Decimal(1), Decimal(5), Decimal(0), "Tea"),
        ("shop:41", "shop:4", "shop:901", Decimal(1), Decimal(5), Decimal(0), "Tea"),
        ("shop:61", "shop:6", "shop:901", Decimal(1), Decimal(5), Decimal(0), "Tea"),
    ]
    # Refund 70: of 16.90, 4.76 are shipping, 10.71 the line (1.71 tax in it), 1.43 goodwill.
    assert company.query(
        "select refund_id, order_id, order_line_id, refunded_at, amount, currency, reason "
        "from landing.refunds order by 1"
    ) == [
        ("shop:70:71", "shop:1", "shop:11", at(50), Decimal("9.00"), "EUR", "cold"),
        ("shop:70:rest", "shop:1", None, at(50), Decimal("1.43"), "EUR", "cold"),
        ("shop:80:81", "shop:4", "shop:41", at(40), Decimal("5.00"), "EUR", None),
    ]
    assert company.query("select customer_id, email, city from landing.customers") == [
        (guest, "Guest@example.com", "Berlin")
    ]
    assert company.quarantine() == []


def test_customers_consents_and_products_land_value_by_value(shop, server, company):
    shop.put(
        customer(
            7, iso(), updatedAt=iso(5),
            defaultEmailAddress={
                "emailAddress": "ada@example.com", "marketingState": "SUBSCRIBED",
                "marketingOptInLevel": "CONFIRMED_OPT_IN", "marketingUpdatedAt": iso(2),
            },
            defaultPhoneNumber={
                "phoneNumber": "+49301", "marketingState": "UNSUBSCRIBED",
                "marketingOptInLevel": "SINGLE_OPT_IN", "marketingUpdatedAt": None,
            },
            defaultAddress={"company": "Engines", "address1": "Weg 1", "zip": "10115",
                            "city": "Berlin", "province": "Berlin", "countryCodeV2": "DE"},
        ),
        customer(8, iso(1), defaultEmailAddress={
            "emailAddress": "b@example.com", "marketingState": "NOT_SUBSCRIBED",
            "marketingOptInLevel": None, "marketingUpdatedAt": None,
        }),
        product(900, iso(), [variant(901, "Default Title", "4.2"), variant(902, "Large", None)]),
    )  # fmt: skip
    company.land(**LOGIN)
    assert company.query(
        "select customer_id, email, phone, first_name, last_name, company_name, street, "
        "postal_code, city, region, country, language, created_at, updated_at "
        "from landing.customers order by 1"
    ) == [
        ("shop:7", "ada@example.com", "+49301", "Ada", "Byron", "Engines", "Weg 1", "10115",
         "Berlin", "Berlin", "DE", "de", at(), at(5)),
        ("shop:8", "b@example.com", None, "Ada", "Byron", None, None, None, None, None, None,
         "de", at(1), at(1)),
    ]  # fmt: skip
    assert company.query(
        "select customer_id, purpose, status, recorded_at, double_opt_in_at from landing.consents "
        "order by 1, 2"
    ) == [
        ("shop:7", "email_marketing", "granted", at(2), at(2)),
        ("shop:7", "sms_marketing", "withdrawn", at(5), None),
    ]
    assert company.query(
        "select product_id, name, category, unit_cost from landing.products order by 1"
    ) == [
        ("shop:901", "Tea", "Drinks", Decimal("4.2")),
        ("shop:902", "Tea / Large", "Drinks", None),
    ]


def test_orders_with_many_lines_and_refunds_are_completed(shop, server, company):
    lines = [line(1000 + n, 1, "2.00") for n in range(260)]
    many = [refund(2000 + n, iso(n), "1.00") for n in range(30)]
    many[3] = refund(
        2003, iso(3), "120.00", [refund_line(3000 + n, lines[n], "1.00") for n in range(120)]
    )
    shop.put(order(1, iso(), lines, refunds=many, totalRefundedSet=money("149.00")))
    company.land(**LOGIN)
    assert company.query("select count(*), count(distinct order_line_id), sum(unit_price) "
                         "from landing.order_lines") == [(260, 260, Decimal(520))]  # fmt: skip
    assert company.query("select count(*), count(distinct refund_id), sum(amount) "
                         "from landing.refunds") == [(149, 149, Decimal(149))]  # fmt: skip


def test_pages_follow_one_another_and_the_second_run_asks_for_what_is_new(shop, server, company):
    shop.put(*(order(n, iso(n), [line(n, 1, "1.00")]) for n in range(1, 51)))
    company.land(**LOGIN)
    assert company.query("select count(*), count(distinct order_id) from landing.orders") == [
        (50, 50)
    ]
    asked = [q for q in queries(server) if "orders(" in q[0]]
    assert [since for _, since, _ in asked] == [
        f"updated_at:>='{moment}'"
        for moment in ("1970-01-02T00:00:00+00:00", at(20).isoformat(), at(39).isoformat())
    ]
    server.forget()
    shop.put(order(7, iso(60), [line(7, 1, "1.00")], displayFinancialStatus="PENDING"))
    company.land(**LOGIN)
    asked = [since for query, since, _ in queries(server) if "orders(" in query]
    assert asked == [f"updated_at:>='{at(48).isoformat()}'"]
    assert company.query("select order_id, status, updated_at from landing.orders "
                         "where order_id = 'shop:7' order by updated_at") == [
        ("shop:7", "completed", at(7)), ("shop:7", "pending", at(60)),
    ]  # fmt: skip
    assert company.query("select count(*) from landing.orders") == [(51,)]


def test_a_question_that_costs_too_much_is_made_smaller(shop, server, company):
    shop.put(*(order(n, iso(n), [line(n, 1, "1.00")]) for n in range(1, 31)))
    shop.most_points = 450
    company.land(**LOGIN)
    assert company.query("select count(*), count(distinct order_id) from landing.orders") == [
        (30, 30)
    ]
    sizes = [first for query, _, first in queries(server) if "orders(" in query]
    assert sizes[0] == 20
    assert sizes[1] < 20


def test_throttling_is_waited_out(shop, server, company):
    shop.put(order(1, iso()))
    throttled = {"message": "Throttled", "extensions": {"code": "THROTTLED"}}
    server.instead(Answer({"errors": [throttled]}), Answer({"errors": "Exceeded 2"}, 429))
    company.land(**LOGIN)
    assert company.query("select count(*) from landing.orders") == [(1,)]


def test_an_app_gets_its_token_by_itself(shop, server, company):
    shop.tokens.clear()
    shop.put(order(1, iso()))
    company.land(SHOPIFY_CLIENT_ID=CLIENT_ID, SHOPIFY_CLIENT_SECRET=CLIENT_SECRET)
    assert company.query("select count(*) from landing.orders") == [(1,)]
    assert len(server.asked("/access_token")) == 3  # one per stream


def test_refused_credentials_are_named_by_their_variables(shop, server, company):
    problems = "\n".join(company.fails(**{"SHOPIFY_ACCESS_TOKEN": "shpat_wrong"}))
    assert "Shopify does not accept the credential in SHOPIFY_ACCESS_TOKEN (HTTP 401" in problems
    assert "shpat_wrong" not in problems
    app = {"SHOPIFY_CLIENT_ID": CLIENT_ID, "SHOPIFY_CLIENT_SECRET": "s3cr3t"}
    problems = "\n".join(company.fails(**app))
    assert "SHOPIFY_CLIENT_ID and SHOPIFY_CLIENT_SECRET" in problems
    assert "s3cr3t" not in problems
    denied = {"message": "Access denied for orders field.", "extensions": {"code": "ACCESS_DENIED"}}
    server.instead(Answer({"data": {"orders": None}, "errors": [denied]}), after=0)
    assert "It needs: the scopes read_orders, read_all_orders" in "\n".join(company.fails(**LOGIN))


def queries(server):
    """(query, search, first) of all questions."""
    return [
        (r.body["query"], r.body["variables"].get("query"), r.body["variables"].get("first"))
        for r in server.asked("graphql.json")
    ]
