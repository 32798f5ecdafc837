"""What can go wrong between a source and its system, whichever it is: shown with WooCommerce."""

import time

import pytest

from tests.integration.interfaces.server import Answer
from tests.integration.interfaces.woocommerce import KEY, SECRET, WooCommerce, order

SOURCES = """
sources:
  shop:
    kind: api
    preset: woocommerce
    shop: https://shop.example.com
    base_url: {url}
    max_attempts: 2
    streams: {{orders_in_bin: false, refunds: false, customers: false, products: false}}
"""
LOGIN = {"WOOCOMMERCE_KEY": KEY, "WOOCOMMERCE_SECRET": SECRET}


@pytest.fixture
def shop():
    made = WooCommerce()
    made.put(*(order(n, n) for n in range(1, 4)))
    return made


@pytest.fixture
def server(shop, company, serve):
    running = serve(shop)
    company.sources(SOURCES.format(url=running.url))
    return running


def orders(company):
    return company.query("select count(*) from landing.orders")[0][0]


def problem(company, **login):
    (message,) = company.fails(**{**LOGIN, **login})
    assert SECRET not in message
    assert KEY not in message
    return message


def test_too_many_requests_are_waited_out(company, server):
    server.instead(Answer({"code": "too_many"}, 429, {"Retry-After": "2"}))
    started = time.monotonic()
    company.land(**LOGIN)
    assert time.monotonic() - started >= 2
    assert (orders(company), len(server.requests)) == (3, 2)


@pytest.mark.parametrize(
    "answer",
    [Answer("<html>Bad gateway</html>", 502), Answer('[{"id": 1, "status"'), Answer("")],
    ids=["5xx", "torn JSON", "nothing at all"],
)
def test_a_passing_fault_is_asked_over(company, server, answer):
    server.instead(answer)
    company.land(**LOGIN)
    assert (orders(company), len(server.requests)) == (3, 2)


def test_attempts_have_an_end(company, server):
    busy = Answer({"code": "too_many"}, 429, {"Retry-After": "1"})
    server.instead(busy, busy, busy)
    assert problem(company) == (
        "sources.yml line 3: source 'shop.orders': WooCommerce still asks to wait after 2 attempts "
        "(HTTP 429, too_many). Nothing is lost: run again later, it goes on from here."
    )
    assert len(server.requests) == 2


def test_an_expired_credential_is_named_by_its_variable(company, shop, server):
    shop.is_revoked = True
    assert problem(company) == (
        "sources.yml line 3: source 'shop.orders': WooCommerce does not accept the credential in "
        "WOOCOMMERCE_KEY and WOOCOMMERCE_SECRET (HTTP 401, woocommerce_rest_cannot_view): it has "
        "expired or was revoked, or belongs to another account. Make a key with read permission in "
        "WooCommerce > Settings > Advanced > REST API and put its two parts into these variables."
    )
    assert len(server.requests) == 1  # a refusal is not asked over


def test_missing_rights_are_named(company, server):
    server.instead(Answer({"code": "woocommerce_rest_cannot_view"}, 403))
    assert "does not let the credential in WOOCOMMERCE_KEY and WOOCOMMERCE_SECRET read orders" in (
        problem(company)
    )


def test_another_refusal_says_why_without_secrets(company, server):
    server.instead(Answer({"code": "no_route", "message": f"No route for {SECRET}."}, 404))
    assert problem(company) == (
        "sources.yml line 3: source 'shop.orders': WooCommerce refuses orders (HTTP 404, no_route)"
        ": No route for ***. Check the address and the settings of the source."
    )


def test_nobody_there(company, server):
    company.sources(SOURCES.format(url="http://127.0.0.1:9"))
    assert "127.0.0.1 cannot be reached in 2 attempts (ConnectionError)" in problem(company)


def test_a_redirect_is_not_followed(company, server):
    server.instead(Answer("", 301, {"Location": "http://elsewhere.example/wp-json"}))
    assert "sends on to http://elsewhere.example. Write the address that answers itself" in (
        problem(company)
    )
    assert len(server.requests) == 1


def test_a_system_that_has_nothing_lands_nothing(company, shop, server):
    shop.orders.clear()
    report = company.land(**LOGIN)
    assert orders(company) == 0
    assert report.messages == ("woocommerce/orders: nothing new.",)
    shop.put(order(1))
    company.land(**LOGIN)
    assert orders(company) == 1


def test_answers_in_another_order_than_asked_for_stop_the_pull(company, shop, server):
    shop.put(*(order(n, n) for n in range(4, 251)))
    answer = shop.answer
    shop.answer = lambda request, url: Answer(
        list(reversed(answer(request, url).body)), headers=answer(request, url).headers
    )
    assert "does not give orders in the order that was asked for" in problem(company)


def test_a_mapping_that_does_not_fit_is_said_before_everything_is_read(company, shop, server):
    shop.put(*(order(n, n) for n in range(4, 2001)))
    text = SOURCES.format(url=server.url).replace(
        "streams: {",
        "streams: {orders: {entities: {orders: {columns: {sales_channel: creatd_via}}}}, ",
    )
    company.sources(text)
    message = problem(company)
    assert message.startswith("sources.yml line 9: orders.sales_channel is mapped to 'creatd_via'")
    assert "Did you mean 'created_via'?" in message
    assert len(server.requests) <= 12
    company.sources(text.replace("creatd_via", "created_via"))
    company.land(**LOGIN)
    assert orders(company) == 2000


@pytest.mark.parametrize("body", ["null", "{}", '"welcome"', '{"orders": []}'])
def test_an_answer_that_is_no_list_is_not_an_empty_one(company, server, body):
    server.instead(Answer(body))
    assert "answers orders without a list of objects" in problem(company)


def test_rows_that_break_a_contract_go_to_quarantine_and_add_up(company, shop, server):
    shop.put(order(4, 4, total="many"), order(5, 5, date_created_gmt=None))
    company.land(**LOGIN)
    rows = "select entity, rows_read, rows_accepted, rows_rejected, rows_filtered"
    assert company.query(f"{rows} from landing._batches order by 1") == [
        ("customers", 10, 0, 0, 10),
        ("order_lines", 10, 5, 0, 5),
        ("orders", 10, 3, 2, 5),
    ]
    assert company.query(
        "select source, file, row_key, column_name, value, reason from landing._quarantine "
        "order by line"
    ) == [
        ("shop.orders", "woocommerce/orders",
         '{"_table":"order","id":"4","line.position":null}', "gross_amount", None, "wrong_type"),
        ("shop.orders", "woocommerce/orders",
         '{"_table":"order","id":"5","line.position":null}', "date_created_gmt", None,
         "missing_required"),
    ]  # fmt: skip
