"""Money per currency: what was read is what was accepted, rejected or filtered."""

import json
import sqlite3
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.landing import LandingError, judge_sql, work
from orchestration.landing.amounts import Amounts, Book, Fate
from orchestration.landing.ledger import FILE

MONEY = (
    "select fate, currency, rows, amount, without_amount, unreadable from landing._batch_amounts "
    "order by fate, currency"
)
LINES = (
    "id,order,quantity,price,at,currency\n"
    "L1,O1,2,3.50,2024-01-31,EUR\n"  # 7.00
    "L2,O1,3,0.335,2024-01-31,EUR\n"  # 1.005 → 1.01
    "L3,O2,1,20,2024-01-31,USD\n"
    "L4,O2,1,5,nonsense,USD\n"  # rejected for its time: 5.00
    "L5,O3,x,5,2024-01-31,USD\n"  # rejected, its money cannot be read
    "L6,O3,-1,4,2024-01-31,USD\n"  # rejected: −4.00
    "L7,O3,9,1.10,2024-01-31,EUR\n"  # filtered: 9.90
    "L8,O3,9,,2024-01-31,\n"  # filtered, without a price and a currency
    "L9,O4\n"  # damaged
    "L10,O5,999999999,9999999999,2024-01-31,eu ro\n"  # accepted, too large for money
)


@pytest.fixture
def lines(shop):
    company = shop(
        more=", currency: currency",
        where="where: quantity <> 9 or quantity is null",
        settings="max_rejected_share: 1",
    )
    company.write("lines.csv", LINES)
    return company


def test_every_record_is_counted_with_its_currency_and_fate(lines):
    lines.land()
    assert lines.query(MONEY) == [
        ("accepted", "EUR", 2, Decimal("8.01"), 0, 0),
        ("accepted", "USD", 1, Decimal("20.00"), 0, 0),
        ("accepted", "other", 1, Decimal(0), 0, 1),
        ("filtered", "EUR", 1, Decimal("9.90"), 0, 0),
        ("filtered", "XXX", 1, Decimal(0), 1, 0),
        ("read", "EUR", 3, Decimal("17.91"), 0, 0),
        ("read", "USD", 4, Decimal("21.00"), 0, 1),
        ("read", "XXX", 2, Decimal(0), 1, 1),
        ("read", "other", 1, Decimal(0), 0, 1),
        ("rejected", "USD", 3, Decimal("1.00"), 0, 1),
        ("rejected", "XXX", 1, Decimal(0), 0, 1),
    ]


def test_the_kinds_of_files_count_the_same(company):
    """Texts in JSON and numbers in Parquet; an expression that raises for one record."""
    rows = [("1", "2024-01-31", "10", "EUR"), ("2", "2024-01-31", "1.5", "EUR")]
    rows += [("3", "2024-01-31", "", "EUR"), ("4", "no date", "2", "EUR")]
    names = ("id", "at", "total", "in")
    company.write(
        "a.jsonl", "".join(json.dumps(dict(zip(names, row, strict=True))) + "\n" for row in rows)
    )
    table = pa.table(dict(zip(names, zip(*rows, strict=True), strict=True)))
    totals = pa.array([float(row[2]) if row[2] else None for row in rows])
    pq.write_table(table.set_column(2, "total", totals), company.folder / "b.parquet")
    columns = "{order_id: id, ordered_at: at, currency: in, gross_amount: total}"
    raising = columns.replace("total", "\"cast(nullif(total, '') as decimal(18,4)) * 1\"")
    company.sources(
        f"""
        sources:
          texts:
            kind: file
            path: a.jsonl
            max_rejected_share: 1
            types: {{total: text}}
            entities: {{orders: {{columns: {raising}}}}}
          numbers:
            kind: file
            path: b.parquet
            max_rejected_share: 1
            entities: {{orders: {{columns: {columns}}}}}
        """
    )
    company.land()
    expected = [
        ("accepted", "EUR", 3, Decimal("11.50"), 1, 0),
        ("read", "EUR", 4, Decimal("13.50"), 1, 0),
        ("rejected", "EUR", 1, Decimal("2.00"), 0, 0),
    ]
    assert company.query(MONEY) == sorted(expected * 2)

    company.write("a.jsonl", '{"id": "5", "at": "2024-01-31", "total": "1 €", "in": "EUR"}\n')
    company.land()
    assert ("rejected", "EUR", 1, Decimal(0), 0, 1) in company.query(MONEY)


def test_entities_that_move_no_money_have_no_amounts(company):
    company.sources(
        """
        sources:
          crm:
            kind: file
            path: customers.csv
            entities:
              customers: {columns: {customer_id: id}}
          shop:
            kind: file
            path: orders.csv
            entities:
              orders: {columns: {order_id: id, ordered_at: at}}
        """
    )
    company.write("orders.csv", "id,at\n")
    company.write("customers.csv", "id\n1\n,\n")
    company.land()
    assert company.query(MONEY) == []


def test_money_that_is_not_mapped_is_counted_as_rows(company):
    """Orders whose money stands in their lines: rows, in the currency of a constant."""
    company.sources(
        """
        sources:
          shop:
            kind: file
            path: orders.csv
            entities:
              orders: {columns: {order_id: id, ordered_at: at, currency: "'GBP'"}}
        """
    )
    company.write("orders.csv", "id,at\n1,2024-01-01\n2,2024-01-02\n")
    company.land()
    assert company.query(MONEY) == [
        ("accepted", "GBP", 2, Decimal(0), 2, 0),
        ("read", "GBP", 2, Decimal(0), 2, 0),
    ]


def landed_otherwise(monkeypatch, written, instead):
    """Let the landed rows hold something else than what was judged."""
    original = judge_sql.Judge._landed

    def landed(self):
        return [value.replace(written, instead) for value in original(self)]

    monkeypatch.setattr(judge_sql.Judge, "_landed", landed)


@pytest.mark.parametrize(
    ("written", "instead", "message"),
    [
        ("_v3 as DECIMAL(18,4)", "_v3 / 2 as DECIMAL(18,4)", "EUR: Amounts(rows=3, amount=Decimal"),
        ("_v5 as VARCHAR", "'EUR' as VARCHAR", "USD: Amounts(rows=4"),
    ],
)
def test_money_that_gets_lost_stops_the_file_before_it_has_landed(
    lines, monkeypatch, written, instead, message
):
    """The check can fail: what was written is counted, not what should have been."""
    landed_otherwise(monkeypatch, written, instead)
    with pytest.raises(LandingError) as caught:
        lines.land()
    assert str(caught.value).startswith("lines.csv (order_lines): the money does not add up (")
    assert message in str(caught.value)
    assert lines.query("select count(*) from landing._batches") == [(0,)]
    assert not list(lines.settings.landing.glob("order_lines/*"))
    assert not list(lines.settings.quarantine.glob("order_lines/*"))


def test_a_record_whose_money_nobody_counted_is_noticed(lines, monkeypatch):
    """The damaged line is left out on both sides."""
    monkeypatch.setattr(work, "Amounts", lambda *all_, **_: Amounts(*all_))
    with pytest.raises(LandingError) as caught:
        lines.land()
    assert "(9 rows, 10 read)" in str(caught.value)


def test_a_ledger_from_before_amounts_were_counted_goes_on(shop):
    """Batches that landed then have no amounts; those that follow do."""
    company = shop("inbox")
    company.write("inbox/a.csv", "id,order,quantity,price,at\nL1,O1,2,3.50,2024-01-31\n")
    company.land()
    with sqlite3.connect(company.settings.state / FILE) as ledger:
        ledger.execute("drop table batch_amounts")
    company.write("inbox/b.csv", "id,order,quantity,price,at\nL2,O1,1,4,2024-01-31\n")
    company.land()
    assert company.query(MONEY) == [
        ("accepted", "XXX", 1, Decimal("4.00"), 0, 0),
        ("read", "XXX", 1, Decimal("4.00"), 0, 0),
    ]
    assert company.query("select count(*) from landing._batches") == [(2,)]
    assert company.query("select sum(unit_price) from landing.order_lines") == [(Decimal("7.5"),)]


def test_a_book_adds_up_per_currency():
    book = Book()
    book.add(Fate.READ, "EUR", Amounts(3, Decimal("6.00")))
    book.add(Fate.ACCEPTED, "EUR", Amounts(1, Decimal("1.00")))
    book.add(Fate.ACCEPTED, "EUR", Amounts(1, Decimal("2.00")))
    book.add(Fate.FILTERED, "EUR", Amounts(1, Decimal("3.00")))
    assert book.imbalances() == []
    book.add(Fate.REJECTED, "USD", Amounts(1, Decimal("1.00")))
    book.add(Fate.READ, "GBP", Amounts(1, Decimal("1.00")))
    assert [text[:3] for text in book.imbalances()] == ["GBP", "USD"]
