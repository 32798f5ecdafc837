"""Pulled deliveries: nothing lost, nothing doubled, whatever is read again or cut off."""

from datetime import UTC, datetime, timedelta

import pytest

from orchestration.landing import Outcome
from tests.unit.landing.pulled.conftest import Shelf

SOURCES = """
sources:
  shop:
    kind: database
    address: sqlite://
    table: orders
    entities:
      orders:
        columns: {order_id: id, ordered_at: at, gross_amount: total, updated_at: at}
"""
ROWS = "select order_id, gross_amount::double, _row from landing.orders order by 1, 2"


def order(number, total=1.0, at=None):
    at = at or datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=number)
    return {"id": f"O{number:02d}", "total": total, "at": at}


def ids(company):
    return [row[0] for row in company.query(ROWS)]


@pytest.mark.parametrize("form", ["parquet", "jsonl"])
def test_all_pages_are_one_delivery(company, pulls, form):
    company.sources(SOURCES)
    shelf = Shelf([order(n) for n in range(5)], cursor="at", format=form)
    pulls(shelf)
    report = company.land()
    assert ids(company) == ["O00", "O01", "O02", "O03", "O04"]
    assert company.query("select file, rows_read, rows_accepted from landing._batches") == [
        ("shop.orders", 5, 5)
    ]
    assert [file.outcome for file in report.files] == [Outcome.LANDED]
    assert not (company.settings.pulled / "shop").exists()
