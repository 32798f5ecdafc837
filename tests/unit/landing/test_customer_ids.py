"""Whose numbering a source's customer and order ids follow."""

import pytest

SOURCES = """
sources:
  crm:
    kind: file
    path: crm.csv
    entities:
      customers:
        columns: {{customer_id: id, merged_into_id: into, parent_customer_id: parent}}
  shop:
    kind: file
    path: shop.csv
    {numbering}
    entities:
      orders:
        columns: {{order_id: number, ordered_at: at, customer_id: buyer}}
      referrals:
        where: "friend is not null"
        columns: {{referrer_id: buyer, referred_id: friend, referred_at: at}}
"""
SHOP = "number,at,buyer,friend\n1,2024-01-01, 55 ,\n2,2024-01-01,,\n3,2024-01-01,056,55\n"


def landed(company, numbering: str = ""):
    company.sources(SOURCES.format(numbering=numbering))
    company.write("crm.csv", "id,into,parent\n55,56,57\n")
    company.write("shop.csv", SHOP)
    company.land()
    return (
        company.query(
            "select customer_id, merged_into_id, parent_customer_id from landing.customers"
        ),
        [
            row[0]
            for row in company.query("select customer_id from landing.orders order by order_id")
        ],
        company.query("select referrer_id, referred_id from landing.referrals"),
    )


def test_sources_share_one_numbering_unless_they_say_otherwise(company):
    expected = ([("55", "56", "57")], ["55", None, "056"], [("056", "55")])
    assert landed(company) == expected
    assert landed(company, "customer_ids: shared") == expected


def test_a_numbering_of_its_own_stands_before_every_id_of_the_source(company):
    crm, orders, referrals = landed(company, "customer_ids: web")
    assert crm == [("55", "56", "57")]
    assert orders == ["web:55", None, "web:056"]
    assert referrals == [("web:056", "web:55")]


def test_another_numbering_lands_the_deliveries_anew(company):
    landed(company)
    _, orders, _ = landed(company, "customer_ids: web")
    assert orders == ["web:55", None, "web:056"]


TWO_SHOPS = """
sources:
  eu:
    kind: file
    path: eu.csv
    order_ids: eu
    entities: &entities
      orders:
        where: "kind = 'order'"
        columns: {order_id: number, ordered_at: at, customer_id: buyer}
      order_lines:
        where: "kind = 'line'"
        columns: {order_line_id: line, order_id: number, quantity: "'1'", unit_price: "'5'"}
      refunds:
        where: "kind = 'refund'"
        columns: {refund_id: line, order_id: number, refunded_at: at, amount: "'1'"}
  us: {kind: file, path: us.csv, entities: *entities}
"""


def test_orders_of_two_shops_with_the_same_numbers_stay_apart(company):
    company.sources(TWO_SHOPS)
    head = "kind,number,line,at,buyer\n"
    company.write("eu.csv", f"{head}order,1,,2024-01-01,A\nline,1,7,,\nrefund,1,3,2024-01-02,\n")
    company.write("us.csv", f"{head}order,1,,2024-01-01,B\nline,1,7,,\nrefund,1,3,2024-01-02,\n")
    messages = company.land().messages
    assert not any("more than once" in message for message in messages)
    orders = company.query("select order_id, customer_id from landing.orders order by all")
    assert orders == [("1", "B"), ("eu:1", "A")]
    lines = "select order_line_id, order_id from landing.order_lines order by all"
    assert company.query(lines) == [("7", "1"), ("eu:7", "eu:1")]
    refunds = "select refund_id, order_id from landing.refunds order by all"
    assert company.query(refunds) == [("3", "1"), ("eu:3", "eu:1")]


def test_orders_of_two_shops_that_meet_are_told_with_the_remedy(company):
    company.sources(TWO_SHOPS.replace("    order_ids: eu\n", ""))
    head = "kind,number,line,at,buyer\n"
    company.write("eu.csv", f"{head}order,1,,2024-01-01,A\n")
    company.write("us.csv", f"{head}order,1,,2024-01-01,B\n")
    [message] = [one for one in company.land().messages if "more than once" in one]
    assert "If eu, us number their orders each by itself" in message
    assert "`order_ids`" in message


@pytest.mark.parametrize("name", ["guest", "my shop", '""', "a:b"])
def test_a_name_that_cannot_be_one_is_refused(company, name):
    company.sources(SOURCES.format(numbering=f"customer_ids: {name}"))
    [message] = company.fails()
    assert "line 12: 'customer_ids'" in message
    assert "cannot name a numbering" in message
