"""Pulled deliveries: nothing lost, nothing doubled, whatever is read again."""

from datetime import UTC, date, datetime, timedelta

import pytest

from orchestration.landing import Outcome
from tests.unit.landing.pulled.conftest import NOON, SOURCES, batches, landed, order, room


@pytest.mark.parametrize("form", ["parquet", "jsonl"])
def test_all_pages_are_one_delivery(shop, form):
    company, shelf = shop
    shelf.format = form
    report = company.land()
    assert landed(company) == [(f"O{n:02d}", 1) for n in range(5)]
    assert company.query("select file, rows_read, rows_accepted from landing._batches") == [
        ("shop.orders", 5, 5)
    ]
    assert company.query("select distinct json_keys(extra) from landing.orders") == [(["changed"],)]
    assert [file.outcome for file in report.files] == [Outcome.LANDED]
    assert not (room(company)).exists()


@pytest.mark.parametrize("form", ["parquet", "jsonl"])
def test_only_what_is_new_lands_and_the_lag_is_read_again(shop, form):
    company, shelf = shop
    shelf.format, shelf.lag = form, timedelta(hours=2)
    company.land()
    shelf.rows += [order(5), order(20, changed=NOON + timedelta(hours=3))]  # new, and late
    shelf.rows[3] = order(3, total=7, changed=NOON + timedelta(hours=6))  # changed
    company.land()
    assert shelf.reads[1] == (NOON + timedelta(hours=2), None)
    assert landed(company)[5:] == [("O20", 1), ("O05", 1), ("O03", 7)]
    assert company.land().files == ()
    assert batches(company) == [(5, None), (3, None)]


def test_nothing_new_is_said_and_the_cursor_stays(shop):
    company, shelf = shop
    company.land()
    for _ in range(2):
        report = company.land()
        assert report.messages == ("shop.orders: nothing new.",)
    assert [start for start, _ in shelf.reads[1:]] == [NOON + timedelta(hours=3)] * 2


def test_rows_without_a_cursor_are_read_every_time_and_land_once(shop):
    company, shelf = shop
    shelf.rows += [{**order(n), "changed": None} for n in (7, 8)]
    company.land()
    shelf.rows.append({**order(9), "changed": None})
    company.land()
    assert landed(company)[5:] == [("O07", 1), ("O08", 1), ("O09", 1)]


@pytest.mark.parametrize("has_zone", [True, False])
def test_a_row_dated_in_the_future_does_not_hide_others(shop, has_zone):
    company, shelf = shop
    now = datetime.now(UTC)

    def time(moment):
        return moment if has_zone else moment.replace(tzinfo=None)

    shelf.rows = [
        order(1, changed=time(NOON)),
        order(2, changed=time(datetime(2999, 1, 1, tzinfo=UTC))),
    ]
    company.land()
    shelf.rows.append(order(3, changed=time(now - timedelta(minutes=30))))
    company.land()
    assert [row[0] for row in landed(company)] == ["O01", "O02", "O03"]
    [_, (start, _)] = shelf.reads
    assert time(now) - timedelta(hours=2) < start <= time(datetime.now(UTC)) - timedelta(hours=1)


@pytest.mark.parametrize(
    ("values", "lag", "start"),
    [
        ([date(2024, 1, 1), date(2024, 1, 9)], timedelta(hours=36), date(2024, 1, 7)),
        ([date(2024, 1, 1), date(2024, 1, 9)], None, date(2024, 1, 8)),
        ([5, 5000], 100, 4900),
        ([5, 5000], None, 4000),
        ([5, 5000], 0, 5000),
        ([0.5, 9.5], 1, 8.5),
        (["a", "b"], None, "b"),
    ],
)
def test_a_cursor_is_a_date_a_number_or_a_text(shop, values, lag, start):
    company, shelf = shop
    shelf.rows = [{**order(n), "changed": value} for n, value in enumerate(values)]
    shelf.lag = lag
    company.land()
    company.land()
    assert shelf.reads[1] == (start, None)
    assert batches(company) == [(2, None)]


def test_a_row_that_stands_twice_in_one_reading_stays_twice(shop):
    company, shelf = shop
    shelf.rows = [order(1), order(1), order(2)]
    company.land()
    assert company.query("select count(*) from landing.orders") == [(3,)]


def test_a_changed_mapping_reads_anew_and_takes_the_place_of_what_was(shop):
    company, shelf = shop
    company.land()
    shelf.rows.append(order(5))
    del shelf.rows[0]
    company.sources(SOURCES.replace("total}", '"total * 2"}'))
    company.land()
    assert shelf.reads[1] == (None, None)
    assert landed(company) == [(f"O{n:02d}", 2) for n in range(1, 6)]
    assert batches(company) == [(5, "replaced"), (5, None)]

    company.sources(SOURCES)  # and back: what landed counts again, the new row is read
    company.land()
    assert landed(company) == [(f"O{n:02d}", 1) for n in range(6)]
    assert batches(company) == [(5, None), (5, "replaced"), (1, None)]


def test_what_is_read_whole_replaces_what_was(shop):
    company, shelf = shop
    shelf.cursor = ""
    company.land()
    report = company.land()
    assert [file.outcome for file in report.files] == [Outcome.KNOWN]
    first = list(shelf.rows)
    shelf.rows = [order(1, total=4), order(9)]
    company.land()
    assert landed(company) == [("O01", 4), ("O09", 1)]
    shelf.rows = first
    company.land()
    assert batches(company) == [(5, None), (2, "replaced")]
    assert landed(company) == [(f"O{n:02d}", 1) for n in range(5)]


def test_a_table_without_rows_replaces_nothing(shop):
    company, shelf = shop
    shelf.cursor = ""
    company.land()
    shelf.rows = []
    [problem] = company.fails()
    assert "line 3: shop.orders has no rows, though it had 5 before" in problem
    assert len(landed(company)) == 5


def test_a_new_table_without_rows_lands_nothing(shop):
    company, shelf = shop
    shelf.rows, shelf.cursor = [], ""
    assert company.land().files == ()
    assert landed(company) == []


def test_a_few_bad_rows_among_few_new_ones_stop_nothing(shop):
    company, shelf = shop
    company.land()
    shelf.rows.append({**order(6), "at": None})
    company.land()
    assert company.query("select file, row_key, reason from landing._quarantine") == [
        ("shop.orders", '{"id":"O06"}', "missing_required")
    ]
    shelf.page_rows = 1000
    shelf.rows += [{**order(n), "id": str(n), "at": None} for n in range(7, 107)]
    assert "100 of 100 records are rejected" in company.fails()[0]


def test_what_is_refused_is_read_anew(shop):
    company, shelf = shop
    good = shelf.rows
    shelf.rows = [{**order(n), "at": None} for n in range(5)]
    [problem] = company.fails()
    assert 'shop.orders row {"id":"O00"}, column at: missing_required' in problem
    assert not (room(company)).exists()
    shelf.rows = good
    company.land()
    assert len(landed(company)) == 5


def test_a_file_that_is_missing_is_said_before_anything_is_read(shop):
    company, shelf = shop
    company.sources(
        SOURCES
        + """
  crm:
    kind: file
    path: none.csv
    entities:
      customers:
        columns: {customer_id: id}
"""
    )
    [problem] = company.fails()
    assert "none.csv" in problem
    assert shelf.reads == []


def test_columns_that_change_their_type_or_come_later_land(shop):
    company, shelf = shop
    shelf.page_rows = 1
    shelf.rows = [order(0), {**order(1), "total": "7"}, {**order(2), "note": "new"}]
    company.land()
    assert landed(company) == [("O00", 1), ("O01", 7), ("O02", 1)]
    assert company.query("select extra->>'note' from landing.orders order by order_id") == [
        (None,),
        (None,),
        ("new",),
    ]


def test_a_column_that_is_missing_is_said_after_one_page(shop):
    company, shelf = shop
    good = shelf.rows
    shelf.rows = [{"id": row["id"], "changed": row["changed"]} for row in good]
    company.fails()
    assert shelf.pages_read == 1
    shelf.rows = good
    company.land()
    assert len(landed(company)) == 5


def test_a_column_that_is_added_does_not_make_known_rows_new(shop):
    company, shelf = shop
    company.land()
    shelf.rows = [{**row, "note": None} for row in shelf.rows]
    assert company.land().files == ()
