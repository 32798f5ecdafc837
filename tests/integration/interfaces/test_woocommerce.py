"""WooCommerce: what is asked, what lands, what is asked the next time."""

import hashlib
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.integration.interfaces.server import Answer
from tests.integration.interfaces.woocommerce import (
    KEY,
    SECRET,
    WooCommerce,
    billing,
    gmt,
    line,
    order,
)

SOURCES = """
sources:
  shop:
    kind: api
    preset: woocommerce
    shop: https://shop.example.com
    base_url: {url}
    {more}
"""
LOGIN = {"WOOCOMMERCE_KEY": KEY, "WOOCOMMERCE_SECRET": SECRET}


@pytest.fixture
def shop() -> WooCommerce:
    return WooCommerce()


@pytest.fixture
def server(shop, serve):
    return serve(shop)


@pytest.fixture
def land(company, server):
    def go(more: str = "max_attempts: 3"):
        company.sources(SOURCES.format(url=server.url, more=more))
        return company.land(**LOGIN)

    return go


def at(hours):
    return datetime.fromisoformat(gmt(hours)).replace(tzinfo=UTC)


def test_every_entity_lands_value_by_value(shop, company, land):
    shop.customers[7] = {
        "id": 7,
        "email": "ada@example.com",
        "first_name": "Ada",
        "last_name": "",
        "role": "customer",
        "date_created_gmt": gmt(-24),
        "date_modified_gmt": None,
        "billing": billing(
            first_name="A.", last_name="Byron", phone="+49 30 1", city="Berlin", postcode="10115",
            address_1="Weg 1", country="DE", state="BE", company="Engines",
        ),
    }  # fmt: skip
    shop.products[500] = {
        "id": 500,
        "name": "Tea",
        "categories": [{"id": 3, "name": "Drinks", "slug": "drinks"}],
        "date_modified_gmt": gmt(0),
        "cost_of_goods_sold": {"values": [], "total_value": 4.25},
    }
    shop.put(
        order(
            1,
            coupon_lines=[{"id": 1, "code": "spring", "discount": "2.00"}],
            line_items=[
                line(11, 3, "10.00", "8.00"),
                line(12, 1, "5.00", "5.00", product=501),
            ],
        ),
        order(2, 5, status="on-hold", fee_lines=[{"total": "1.50"}], total="25.30"),
        order(3, 6, status="cancelled"),
        order(4, 7, customer_id=0, billing=billing(email=" Guest@Example.com", first_name="G")),
        order(5, 8, status="checkout-draft"),
    )
    shop.refunds[90] = {
        "id": 90,
        "parent_id": 1,
        "date_created_gmt": gmt(30),
        "amount": "3.97",
        "reason": "cold",
        "line_items": [
            {
                **line(91, -1, "-3.34", "-3.34"),
                "meta_data": [{"id": 5, "key": "_refunded_item_id", "value": "11"}],
            }
        ],
        "shipping_lines": [],
        "fee_lines": [],
    }
    shop.refunds[92] = {**shop.refunds[90], "id": 92, "line_items": [], "amount": "2.50"}
    shop.refunds[93] = {
        **shop.refunds[92],
        "id": 93,
        "shipping_lines": [{"id": 1, "total": "-4.90"}],
    }
    land()
    guest = "shop:guest:" + hashlib.sha256(b"guest@example.com").hexdigest()[:32]
    assert company.query(
        "select order_id, customer_id, ordered_at, status, currency, gross_amount, tax_amount, "
        "sales_channel, country, coupon_code, updated_at from landing.orders order by 1"
    ) == [
        ("shop:1", "shop:7", at(0), "completed", "EUR", Decimal("20.0000"), Decimal("3.8000"),
         "checkout", "DE", "spring", at(0)),
        ("shop:2", "shop:7", at(5), "pending", "EUR", Decimal("20.0000"), Decimal("3.8000"),
         "checkout", "DE", None, at(5)),
        ("shop:3", "shop:7", at(6), "cancelled", "EUR", Decimal("20.0000"), Decimal("3.8000"),
         "checkout", "DE", None, at(6)),
        ("shop:4", guest, at(7), "completed", "EUR", Decimal("20.0000"), Decimal("3.8000"),
         "checkout", None, None, at(7)),
    ]  # fmt: skip
    assert company.query(
        "select order_line_id, order_id, product_id, quantity, unit_price, discount_amount, "
        "currency from landing.order_lines order by 1"
    ) == [
        ("shop:11", "shop:1", "shop:500", Decimal(3), Decimal("3.3333"), Decimal("1.9999"), "EUR"),
        ("shop:12", "shop:1", "shop:501", Decimal(1), Decimal(5), Decimal(0), "EUR"),
        ("shop:30", "shop:3", "shop:500", Decimal(2), Decimal(10), Decimal(0), "EUR"),
        ("shop:40", "shop:4", "shop:500", Decimal(2), Decimal(10), Decimal(0), "EUR"),
    ]
    assert company.query(
        "select refund_id, order_id, order_line_id, product_id, refunded_at, amount, reason "
        "from landing.refunds order by 1"
    ) == [
        ("shop:90:91", "shop:1", "shop:11", "shop:500", at(30), Decimal("3.34"), "cold"),
        ("shop:92", "shop:1", None, None, at(30), Decimal("2.50"), "cold"),
    ]
    assert company.query(
        "select customer_id, email, phone, first_name, last_name, company_name, street, "
        "postal_code, city, region, country, created_at from landing.customers order by 1"
    ) == [
        ("shop:7", "ada@example.com", "+49 30 1", "Ada", "Byron", "Engines", "Weg 1", "10115",
         "Berlin", "BE", "DE", at(-24)),
        (guest, "Guest@Example.com", None, "G", None, None, None, None, None, None, None, None),
    ]  # fmt: skip
    assert company.query("select product_id, name, category, unit_cost from landing.products") == [
        ("shop:500", "Tea", "Drinks", Decimal("4.25"))
    ]
    assert company.quarantine() == []


def order_ids(company):
    return [
        row[0]
        for row in company.query("select order_id from landing.orders order by _sequence, _row")
    ]


def test_all_pages_are_read_though_many_orders_share_a_second(shop, server, company, land):
    shop.put(*(order(n, n // 150) for n in range(1, 421)))
    land()
    assert sorted(order_ids(company)) == sorted(f"shop:{n}" for n in range(1, 421))
    pages = [(r.query["modified_after"], r.query.get("page", "1")) for r in server.asked("/orders")]
    hours = [gmt(n - 1 / 3600) for n in range(3)]
    asked = [page for page in pages if page[0] in hours]
    assert asked == [(hour, page) for hour in hours for page in ("1", "2")]


def test_the_second_run_asks_for_what_is_new_and_lands_nothing_twice(shop, server, company, land):
    shop.customers[7] = {
        "id": 7, "email": "a@example.com", "date_created_gmt": gmt(0), "date_modified_gmt": None,
        "billing": billing(),
    }  # fmt: skip
    shop.put(*(order(n, n) for n in range(1, 6)))
    land()
    server.forget()
    report = land()
    asked = {r.query["modified_after"] for r in server.asked("/orders")} - {"1970-01-01T23:59:59"}
    assert asked == {gmt(5 - 2 - 1 / 3600)}  # the newest, less two hours, and not less a second
    assert len(order_ids(company)) == 5
    assert [file.outcome.value for file in report.files] == ["known"]  # the customers, read whole
    server.forget()
    shop.put(order(3, 9, status="cancelled"), order(6, 9))
    land()
    assert len(order_ids(company)) == 7
    latest = "qualify row_number() over (partition by order_id order by updated_at desc) = 1"
    assert company.query(f"select order_id, status from landing.orders {latest} order by 1") == [
        (f"shop:{n}", "cancelled" if n == 3 else "completed") for n in range(1, 7)
    ]


def test_an_order_in_the_bin_counts_as_cancelled(shop, company, land):
    shop.put(order(1, 1), order(2, 2))
    land()
    shop.put(order(1, 3, status="trash"))
    land()
    assert company.query(
        "select order_id, status from landing.orders order by order_id, updated_at"
    ) == [("shop:1", "completed"), ("shop:1", "cancelled"), ("shop:2", "completed")]


def test_an_order_that_changes_between_two_pages_is_there_once_as_it_is(
    shop, server, company, land
):
    """The first of 250 orders changes while the second page is asked for: all others move up."""
    shop.put(*(order(n, n) for n in range(1, 251)))
    answer = shop.answer

    def changing(request, url):
        if request.path.endswith("/orders") and len(server.asked("/orders")) == 2:
            shop.put(order(1, 300, status="cancelled"))
        return answer(request, url)

    shop.answer = changing
    land()
    ids = order_ids(company)
    assert sorted(set(ids)) == sorted(f"shop:{n}" for n in range(1, 251))
    assert ids.count("shop:1") == 2


def test_a_customer_deleted_between_two_pages_hides_no_other(shop, server, company, land):
    for n in range(1, 251):
        shop.customers[n] = {
            "id": n, "email": f"c{n}@example.com", "date_created_gmt": gmt(0),
            "date_modified_gmt": None, "billing": billing(),
        }  # fmt: skip
    answer = shop.answer

    def deleting(request, url):
        if request.path.endswith("/customers") and len(server.asked("/customers")) == 2:
            shop.customers.pop(40)
            shop.customers.pop(100)
        return answer(request, url)

    shop.answer = deleting
    land()
    read = [row[0] for row in company.query("select customer_id from landing.customers")]
    assert sorted(read) == sorted(f"shop:{n}" for n in range(1, 251))
    land()
    assert len(company.query("select customer_id from landing.customers")) == 248


def test_a_pull_that_is_cut_off_goes_on_where_it_was(shop, server, company, land):
    shop.put(*(order(n, n) for n in range(1, 351)))
    server.instead(Answer("oops", 500), Answer("oops", 500), after=2)
    problem = land_fails(company, server, "max_attempts: 2")
    assert (
        "WooCommerce gives no proper answer to orders, in 2 attempts (HTTP 500, no JSON)" in problem
    )
    assert company.query("select count(*) from landing.orders") == [(0,)]
    server.forget()
    land()
    first = server.asked("/orders")[0].query["modified_after"]
    assert first == gmt(199 - 2 - 1 / 3600)  # two pages: orders 1–100, 100–199, less the lag
    ids = order_ids(company)
    assert len(ids) == len(set(ids)) == 350


def land_fails(company, server, more=""):
    company.sources(SOURCES.format(url=server.url, more=more))
    return "\n".join(company.fails(**LOGIN))
