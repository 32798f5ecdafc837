"""What `quality.reconciliation` says, against figures worked out by hand and by other means."""

import csv
import json
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import Path

import pytest

from tests.integration.conftest import Run, run_job

SOURCES = """
sources:
  shop:
    kind: file
    path: inbox/orders.csv
    max_rejected_share: 1
    entities:
      orders:
        where: state <> 'draft'
        columns: {order_id: id, customer_id: customer, ordered_at: at, status: state,
                  currency: currency, gross_amount: total}
  lines:
    kind: file
    path: inbox/lines.csv
    max_rejected_share: 1
    entities:
      order_lines:
        columns: {order_line_id: id, order_id: order, quantity: pieces, unit_price: price}
  refunds:
    kind: file
    path: inbox/refunds.csv
    entities:
      refunds:
        columns: {refund_id: id, order_id: order, customer_id: customer, refunded_at: at,
                  amount: amount, currency: currency}
  rates:
    kind: file
    path: inbox/rates.csv
    entities:
      exchange_rates:
        columns: {rate_date: day, currency: currency, rate: rate}
"""
FILES = {
    # e1, e2, e3 in euros, e3 without lines; d1 in dollars, converted line by line; p1 in pounds,
    # for which there is no rate; gone was cancelled; draft is filtered; the last cannot be read.
    # All is told as of the last order, p1's.
    "orders.csv": (
        "id,customer,at,state,currency,total\n"
        "e1,anna,2024-01-10,completed,EUR,\n"
        "e2,,2024-01-11,completed,,\n"
        "e3,berta,2024-02-10,completed,EUR,30\n"
        "d1,anna,2024-02-12,completed,USD,30.02\n"
        "p1,berta,2024-02-13,completed,GBP,50\n"
        "gone,anna,2024-02-14,cancelled,USD,8\n"
        "draft,anna,2024-02-15,draft,USD,9.99\n"
        "bad,anna,someday,completed,USD,1.01\n"
        "worse,anna,2024-02-15,completed,USD,much\n"
    ),
    "lines.csv": (
        "id,order,pieces,price\n"
        "1,e1,3,20\n"
        "2,e2,1,7\n"
        "3,d1,1,10.01\n"
        "4,d1,1,20.01\n"
        "5,p1,2,25\n"
        "6,gone,1,8\n"
        "7,unseen,4,0.335\n"
        "8,e1,0,5\n"
    ),
    "refunds.csv": (
        "id,order,customer,at,amount,currency\n"
        "r1,d1,anna,2024-02-13,10,\n"
        "r2,e1,anna,2024-02-13,6,EUR\n"
        "r3,,nobody's,2024-02-13,5,GBP\n"
        "r4,e1,anna,2024-02-14,3,EUR\n"
    ),
    "rates.csv": "day,currency,rate\n2024-02-12,USD,0.9\n",
}
ROWS = """
    select
        check_name, scope, currency, left_value::varchar as l, right_value::varchar as r,
        remainder_parts, difference::varchar as difference
    from quality.reconciliation
    where check_name {} order by all
"""


@pytest.fixture(scope="module")
def three_currencies(tmp_path_factory: pytest.TempPathFactory) -> Run:
    data_dir = tmp_path_factory.mktemp("three_currencies")
    (data_dir / "inbox").mkdir()
    (data_dir / "sources.yml").write_text(SOURCES)
    for name, content in FILES.items():
        (data_dir / "inbox" / name).write_text(content)
    return run_job(data_dir)


def _rows(run: Run, condition: str) -> list[tuple[str | None, ...]]:
    answer = run.query(ROWS.format(condition)).astype(object)
    return [tuple(row) for row in answer.where(answer.notna(), None).to_numpy().tolist()]


def test_every_load_is_accounted_for_per_currency(three_currencies: Run) -> None:
    """Orders in USD: 30.02 + 8 accepted, 1.01 rejected, 9.99 filtered, one not to be read."""
    loads = [
        (check, scope.split()[0], *rest)
        for check, scope, *rest in _rows(
            three_currencies, "in ('rows_read', 'amounts_read', 'rows_have_amounts')"
        )
    ]
    assert [row for row in loads if row[0] == "rows_read"] == [
        ("rows_read", "exchange_rates", "XXX", "1.00", "1.00", None, "0.00"),
        ("rows_read", "order_lines", "XXX", "8.00", "8.00", None, "0.00"),
        ("rows_read", "orders", "EUR", "2.00", "2.00", None, "0.00"),
        ("rows_read", "orders", "GBP", "1.00", "1.00", None, "0.00"),
        ("rows_read", "orders", "USD", "5.00", "5.00", None, "0.00"),
        ("rows_read", "orders", "XXX", "1.00", "1.00", None, "0.00"),
        ("rows_read", "refunds", "EUR", "2.00", "2.00", None, "0.00"),
        ("rows_read", "refunds", "GBP", "1.00", "1.00", None, "0.00"),
        ("rows_read", "refunds", "XXX", "1.00", "1.00", None, "0.00"),
    ]
    assert [row for row in loads if row[0] == "amounts_read"] == [
        ("amounts_read", "order_lines", "XXX", "156.36", "156.36", None, "0.00"),
        ("amounts_read", "orders", "EUR", "30.00", "30.00", None, "0.00"),
        ("amounts_read", "orders", "GBP", "50.00", "50.00", None, "0.00"),
        ("amounts_read", "orders", "USD", "49.02", "49.02", None, "0.00"),
        ("amounts_read", "orders", "XXX", "0.00", "0.00", None, "0.00"),
        ("amounts_read", "refunds", "EUR", "9.00", "9.00", None, "0.00"),
        ("amounts_read", "refunds", "GBP", "5.00", "5.00", None, "0.00"),
        ("amounts_read", "refunds", "XXX", "10.00", "10.00", None, "0.00"),
    ]
    assert [row for row in loads if row[0] == "rows_have_amounts" and row[5]] == [
        ("rows_have_amounts", "orders", "EUR", "2.00", "1.00", "without_amount 1.00", "0.00"),
        ("rows_have_amounts", "orders", "USD", "5.00", "4.00", "unreadable 1.00", "0.00"),
        ("rows_have_amounts", "orders", "XXX", "1.00", "0.00", "without_amount 1.00", "0.00"),
    ]


def test_currencies_are_never_added_up_before_they_are_converted(three_currencies: Run) -> None:
    """Converted line by line, 10.01 and 20.01 dollars are 9.01 and 18.01 euros."""
    assert _rows(three_currencies, "like 'order%'") == [
        ("order_lines_are_orders", "all", "EUR", "68.34", "67.00",
         "unknown_or_later_order 1.34", "0.00"),
        ("order_lines_are_orders", "all", "GBP", "50.00", "50.00", None, "0.00"),
        ("order_lines_are_orders", "all", "USD", "38.02", "30.02", "cancelled_order 8.00", "0.00"),
        ("order_lines_are_orders_converted", "from EUR", "EUR", "67.00", "67.00", None, "0.00"),
        ("order_lines_are_orders_converted", "from USD", "EUR", "27.02", "27.02", None, "0.00"),
        ("orders_are_converted", "all", "EUR", "97.00", "97.00", None, "0.00"),
        ("orders_are_converted", "all", "GBP", "50.00", "0.00", "no_exchange_rate 50.00", "0.00"),
        ("orders_are_converted", "all", "USD", "30.02", "30.02", None, "0.00"),
        ("orders_are_customer_days", "all", "EUR", "124.02", "117.02", "no_customer 7.00", "0.00"),
    ]  # fmt: skip
    assert _rows(three_currencies, "like 'refunds%'") == [
        ("refunds_are_converted", "all", "EUR", "9.00", "6.00", "after_as_of_date 3.00", "0.00"),
        ("refunds_are_converted", "all", "GBP", "5.00", "0.00", "no_exchange_rate 5.00", "0.00"),
        ("refunds_are_converted", "all", "USD", "10.00", "10.00", None, "0.00"),
        ("refunds_are_customer_days", "all", "EUR", "15.00", "15.00", None, "0.00"),
    ]


def test_what_is_left_out_is_said_at_the_end_of_the_run(three_currencies: Run) -> None:
    for left_out in (
        "orders 50.00 GBP: no_exchange_rate",
        "order lines 8.00 USD: cancelled_order",
    ):
        assert f"left out     {left_out}" in three_currencies.output


def test_customer_days_are_the_same_money_in_every_mart(three_currencies: Run) -> None:
    """117.02 gross − 15 refunds = 102.02; each mart by its own sum."""
    rows = _rows(three_currencies, "like 'customer%'")
    assert [(row[0], *row[3:]) for row in rows if "margin" not in str(row[0])] == [
        ("customer_days_are_customers_gross", "117.02", "117.02", None, "0.00"),
        ("customer_days_are_customers_net", "102.02", "102.02", None, "0.00"),
        ("customer_days_are_retention_net", "102.02", "102.02", "before_first_period 0.00", "0.00"),
        ("customers_are_cohorts_net", "102.02", "102.02", "customers_without_orders 0.00", "0.00"),
        ("customers_are_pareto_gross", "117.02", "117.02", None, "0.00"),
        ("customers_are_pareto_net", "102.02", "102.02", "customers_without_orders 0.00", "0.00"),
    ]


def _cents(*factors: str) -> Decimal | None:
    """Their product to the cent, half away from zero; None where one is no number."""
    product = Decimal(1)
    for factor in factors:
        try:
            product *= Decimal(factor.strip())
        except InvalidOperation:
            return None
    return product.quantize(Decimal("0.01"), ROUND_HALF_UP) if product.is_finite() else None


def _money(path: Path, *columns: str) -> tuple[Decimal, int]:
    """The money that a file's whole lines move, and how many lines have none that can be read."""
    header, *lines = path.read_bytes().decode(errors="replace").splitlines()
    places = [header.split(",").index(column) for column in columns]
    total, unreadable = Decimal(0), 0
    for line in lines:
        cells = next(csv.reader([line])) if line.count('"') % 2 == 0 else []
        whole = len(cells) == header.count(",") + 1 and "\ufffd" not in line
        cents = _cents(*(cells[place] for place in places)) if whole else None
        total += cents or 0
        unreadable += cents is None
    return total, unreadable


def test_the_demo_companys_files_hold_the_money_that_was_read(demo_run: Run) -> None:
    """Read a second time with Python's own csv and decimals, file by file."""
    read = {
        scope.split()[2]: Decimal(left)
        for _, scope, _, left, *_ in _rows(demo_run, "= 'amounts_read'")
        if scope.split()[0] in ("order_lines", "refunds")
    }
    unreadable: dict[str, Decimal] = {}
    for _, scope, _, rows, counted, *_ in _rows(demo_run, "= 'rows_have_amounts'"):
        file = scope.split()[2]
        unreadable[file] = unreadable.get(file, Decimal(0)) + Decimal(rows) - Decimal(counted)
    demo = demo_run.data_dir / "demo"
    expected = {
        name: _money(demo / "order_lines" / name, "quantity", "unit_price")
        for name in read
        if name != "refunds.csv"
    } | {"refunds.csv": _money(demo / "refunds.csv", "amount")}
    assert len(expected) > 30
    assert {name: (read[name], unreadable[name]) for name in expected} == expected


def test_segments_are_what_was_exported_held_out_or_dropped(demo_run: Run) -> None:
    """Against the index that marketing sees and the files beside it."""
    rows = {
        scope: (left, right, parts)
        for _, scope, _, left, right, parts, _ in _rows(demo_run, "= 'segments_are_exported'")
    }
    latest = demo_run.data_dir / "exports" / "latest"
    index = json.loads((latest / "index.json").read_text())
    of_segments = [entry for entry in index["exports"] if entry["kind"] != "suppression"]
    assert len(rows) == len(of_segments) > 26
    for entry in of_segments:
        scope = f"{entry['segment']} {entry['destination']} {entry['audience']}"
        left, right, parts = rows[scope]
        in_files = 0
        for path in (latest / entry["destination"] / entry["audience"]).glob("*.csv"):
            with path.open(newline="") as file:
                in_files += len(list(csv.reader(file))) - 1
        counts = entry["counts"]
        assert (Decimal(left), Decimal(right)) == (counts["segment"], in_files)
        named = dict(part.split() for part in parts.split(", ")) if parts else {}
        assert {reason: Decimal(count) for reason, count in named.items()} == {
            reason: Decimal(count) for reason, count in counts["dropped_by_reason"].items()
        }


def test_nothing_differs_in_the_demo_company(demo_run: Run) -> None:
    differing = demo_run.query("select * from quality.reconciliation where difference <> 0")
    assert differing.empty
    checks = set(demo_run.query("select check_name from quality.reconciliation")["check_name"])
    assert len(checks) == 19


def test_quarantine_says_what_to_do_and_shows_no_value(demo_run: Run) -> None:
    quarantine = demo_run.query("select * from quality.quarantine")
    assert quarantine["message"].str.contains(";|,").all()
    secret = demo_run.warehouse(
        "select distinct value from landing._quarantine where length(value) > 4 and value != ''"
    )["value"]
    said = set(quarantine["message"])
    shown = [value for value in secret if any(value in message for message in said)]
    assert not shown
