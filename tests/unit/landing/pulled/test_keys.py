"""Keys that are made of what tells a table's rows apart."""

from datetime import timedelta

from tests.unit.landing.pulled.conftest import NOON, Shelf, batches

LINES = """
sources:
  shop:
    kind: database
    address: sqlite://
    table: lines
    entities:
      order_lines:
        columns: {order_id: order, quantity: n, unit_price: price, ordered_at: at}
"""


def line(number, n=1):
    return {"id": number, "order": "O1", "n": n, "price": 2, "at": NOON + timedelta(hours=number)}


def test_a_key_that_is_not_mapped_is_made_of_the_primary_key(company, pulls):
    """A changed line is a newer version of itself, and equal lines are two."""
    company.sources(LINES)
    shelf = Shelf([line(1), line(2)], cursor="at", key=("id",))
    pulls(shelf)
    company.land()
    shelf.rows = [{**line(1, n=3), "at": NOON + timedelta(hours=5)}, line(2)]
    company.land()
    keys = company.query(
        "select order_line_id, quantity::int from landing.order_lines order by _sequence, _row"
    )
    [(first, _), (second, _), (changed, quantity)] = keys
    assert (first, quantity) == (changed, 3)
    assert first != second


def test_a_primary_key_that_changes_reads_anew(company, pulls):
    """Keys that were made of the old one would be other rows."""
    company.sources(LINES)
    shelf = Shelf([line(1), line(2)], cursor="at", key=("id",))
    pulls(shelf)
    company.land()
    shelf.key = ("order", "id")
    company.land()
    assert batches(company) == [(2, "replaced"), (2, None)]


def test_keys_that_are_made_of_numbers_differ_between_sources(company, pulls):
    company.sources(LINES + LINES.replace("sources:", "").replace("shop:", "market:"))
    pulls(Shelf([line(1)], key=("id",)))
    company.land()
    assert company.query("select count(distinct order_line_id) from landing.order_lines") == [(2,)]


def test_equal_lines_of_pages_of_a_whole_reading_are_counted_through(company, pulls):
    company.sources(LINES)
    pulls(Shelf([{**line(1), "id": None} for _ in range(5)]))
    company.land()
    keys = [key for (key,) in company.query("select order_line_id from landing.order_lines")]
    assert sorted(key.removeprefix(min(keys)) for key in keys) == ["", "-2", "-3", "-4", "-5"]


def test_rows_that_nothing_tells_apart_are_not_read_on(company, pulls):
    """A changed row could not replace its older version: it would count twice."""
    company.sources(
        LINES
        + "      marketing_spend:\n        columns: {spend_date: at, channel: order, amount: n}\n"
    )
    pulls(Shelf([line(1)], cursor="at"))
    lines, spend = company.fails()
    assert "line 8: shop.orders has no primary key that is known" in lines
    assert "Name the columns that tell its rows apart in `key`, or leave out `cursor`" in lines
    assert "line 10: marketing_spend has no key" in spend
