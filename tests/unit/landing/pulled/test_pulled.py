"""Pulled deliveries: nothing lost, nothing doubled, whatever is read again or cut off."""

import importlib
import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pytest

from orchestration.landing import Ledger, Outcome
from orchestration.landing.pulled import room_of
from orchestration.settings import REPOSITORY
from tests.unit.landing.pulled.conftest import CutOffError, Shelf

land_module = importlib.import_module("orchestration.landing.land")

SOURCES = """
sources:
  shop:
    kind: database
    address: sqlite://
    table: orders
    entities:
      orders:
        columns: {order_id: id, ordered_at: at, gross_amount: total}
"""
NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)


def order(number, total=1.0, at=None, changed=None):
    """An order of its own hour."""
    at = at or NOON + timedelta(hours=number)
    return {"id": f"O{number:02d}", "total": total, "at": at, "changed": changed or at}


def landed(company):
    """Every landed row: id and amount, in the order of landing."""
    return company.query(
        "select order_id, gross_amount::integer from landing.orders order by _sequence, _row"
    )


def batches(company):
    return company.query("select rows_read, superseded_by from landing._batches order by sequence")


def room(company, source="shop"):
    return room_of(company.settings.pulled, source)


def raise_cut_off(*_arguments, **_named):
    raise CutOffError


@pytest.fixture
def shop(company, pulls):
    """A company whose shop is read on by the time of change of its rows."""
    company.sources(SOURCES)
    shelf = Shelf([order(n) for n in range(5)], cursor="changed", key=("id",))
    pulls(shelf)
    return company, shelf


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


def test_a_pull_that_was_cut_off_goes_on_and_takes_no_row_twice(shop):
    company, shelf = shop
    # Pages end between rows of one time, and one of them is read again with the lag.
    shelf.rows = [order(n, at=NOON + timedelta(hours=n // 3)) for n in range(12)]
    shelf.cut_after = 3
    with pytest.raises(CutOffError):
        company.land()
    assert landed(company) == []
    shelf.cut_after = None
    shelf.rows.append(order(50, changed=NOON + timedelta(minutes=20)))  # late, within the lag
    shelf.rows.append(order(1, total=9, changed=NOON + timedelta(hours=9)))
    del shelf.rows[1]  # was read, is changed now
    company.land()
    assert shelf.reads[1] == (NOON, None)  # one hour before the last page, which is usual
    assert sorted(landed(company)) == sorted(
        [(f"O{n:02d}", 1) for n in range(12)] + [("O50", 1), ("O01", 9)]
    )
    assert shelf.pages_read == 3 + 7


@pytest.mark.parametrize("form", ["parquet", "jsonl"])
def test_a_pull_that_says_how_goes_on_right_after_its_last_page(shop, form):
    company, shelf = shop
    shelf.has_tokens, shelf.cut_after, shelf.format = True, 2, form
    with pytest.raises(CutOffError):
        company.land()
    shelf.cut_after = None
    company.land()
    assert shelf.reads == [(None, None), (None, "4")]
    assert landed(company) == [(f"O{n:02d}", 1) for n in range(5)]


def test_a_row_that_stands_twice_in_one_reading_stays_twice(shop):
    company, shelf = shop
    shelf.rows = [order(1), order(1), order(2)]
    company.land()
    assert company.query("select count(*) from landing.orders") == [(3,)]


def test_pages_of_another_table_are_not_gone_on_with(shop):
    company, shelf = shop
    shelf.cut_after = 1
    with pytest.raises(CutOffError):
        company.land()
    shelf.cut_after = None
    shelf.rows = [order(n, total=5) for n in range(5)]
    company.sources(SOURCES.replace("table: orders", "table: bills"))
    company.land()
    assert landed(company) == [(f"O{n:02d}", 5) for n in range(5)]


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


@pytest.fixture
def cut_off_whole(shop):
    """A whole reading that was cut off after its first page."""
    company, shelf = shop
    shelf.cursor, shelf.has_tokens, shelf.cut_after = "", True, 1
    with pytest.raises(CutOffError):
        company.land()
    shelf.cut_after = None
    shelf.rows = [order(n, total=4) for n in range(5)]
    return company, shelf


def test_a_whole_reading_goes_on_on_the_same_day(cut_off_whole):
    company, _ = cut_off_whole
    company.land()
    assert landed(company) == [(f"O{n:02d}", 1 if n < 2 else 4) for n in range(5)]


def test_a_whole_reading_does_not_go_on_on_another_day(cut_off_whole, monkeypatch):
    company, _ = cut_off_whole
    monkeypatch.setattr("orchestration.landing.pulled.pulling._SAME_DAY", timedelta(0))
    company.land()
    assert landed(company) == [(f"O{n:02d}", 4) for n in range(5)]


def test_a_whole_reading_that_came_to_its_end_is_not_taken_for_todays(cut_off_whole, monkeypatch):
    company, shelf = cut_off_whole
    with monkeypatch.context() as patch:
        patch.setattr(land_module, "finish_target", raise_cut_off)
        with pytest.raises(CutOffError):
            company.land()
    company.land()
    assert shelf.reads[-1] == (None, None)
    assert landed(company) == [(f"O{n:02d}", 4) for n in range(5)]


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


@pytest.mark.parametrize("step", ["finish_target", "enter", "write_state", "discard", "do_piece"])
@pytest.mark.parametrize("cursor", ["changed", ""])
def test_a_crash_leaves_nothing_or_everything(shop, monkeypatch, step, cursor):
    company, shelf = shop
    shelf.cursor = cursor
    company.land()
    shelf.rows.append(order(5))

    with monkeypatch.context() as patch:
        match step:
            case "enter":
                patch.setattr(Ledger, "enter_pulled", raise_cut_off)
            case "write_state":
                patch.setattr("orchestration.landing.pulls.write_state", raise_cut_off)
            case "discard":
                patch.setattr("orchestration.landing.pulled.pulling.Pulled.discard", raise_cut_off)
            case "do_piece":
                patch.setattr("orchestration.landing.workers.do_piece", raise_cut_off)
            case _:
                patch.setattr(land_module, step, raise_cut_off)
        with pytest.raises(CutOffError):
            company.land()
    expected = [(f"O{n:02d}", 1) for n in range(6 if step == "discard" else 5)]
    assert landed(company) == expected
    company.land()
    assert landed(company) == [(f"O{n:02d}", 1) for n in range(6)]
    assert not (room(company)).exists()


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


def test_pages_may_be_removed_at_any_time(shop):
    company, shelf = shop
    shelf.cut_after = 2
    with pytest.raises(CutOffError):
        company.land()
    for path in sorted(company.settings.pulled.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    shelf.cut_after = None
    company.land()
    assert len(landed(company)) == 5


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


def test_a_column_that_is_added_while_a_pull_is_cut_off_is_not_empty_in_what_was_read(shop):
    company, shelf = shop
    shelf.cut_after = 2
    with pytest.raises(CutOffError):
        company.land()
    shelf.cut_after = None
    shelf.rows = [{**row, "note": "new"} for row in shelf.rows]
    company.land()
    assert company.query("select extra->>'note' from landing.orders") == [("new",)] * 5
    assert shelf.reads[-1] == (None, None)


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


def test_pages_are_closed_to_others(shop):
    company, shelf = shop
    shelf.cut_after = 1
    with pytest.raises(CutOffError):
        company.land()
    for folder in (company.settings.pulled, room(company)):
        assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "name", ["../../shop/1", "/srv/shop", "..", "шоп " * 70, "a=b*?[c]", "CON", "'; drop --"]
)
def test_a_folder_is_one_folder_whatever_the_source_is_called(company, pulls, name):
    company.sources(SOURCES.replace("shop:", f"{json.dumps(name, ensure_ascii=False)}:"))
    shelf = Shelf([order(n) for n in range(3)], cursor="changed", key=("id",), cut_after=1)
    pulls(shelf)
    before = sorted(company.folder.parent.iterdir())
    with pytest.raises(CutOffError):
        company.land()
    [folder] = company.settings.pulled.iterdir()
    assert folder == room(company, name)
    assert folder.resolve() == folder
    assert {path.name for path in company.folder.iterdir()} == {"data", "sources.yml"}
    assert sorted(company.folder.parent.iterdir()) == before
    shelf.cut_after = None
    company.land()
    assert len(landed(company)) == 3
    assert list(company.settings.pulled.iterdir()) == []


def test_sources_of_like_names_have_folders_of_their_own(company):
    names = ["shop", "Shop", "sh/op", "sh-op", "sh.op", "магазин", "аптека", "x" * 41, "x" * 42]
    assert len({room(company, name).name.lower() for name in names}) == len(names)


@pytest.mark.parametrize("module", ["landing", "cli", "definitions"])
def test_what_only_other_kinds_need_is_not_imported(module, tmp_path):
    """dlt and SQLAlchemy take seconds, which the demo company must not pay."""
    found = subprocess.run(
        [sys.executable, "-c", f"import orchestration.{module}, sys; print(*sys.modules)"],
        check=True, capture_output=True, text=True, cwd=REPOSITORY,
        env={**os.environ, "RETENTION_DATA_DIR": str(tmp_path)},
    ).stdout.split()  # fmt: skip
    assert f"orchestration.{module}" in found
    others = {
        "dlt",
        "sqlalchemy",
        "fsspec",
        "s3fs",
        "boto3",
        "psycopg2",
        "orchestration.landing.api.stream",
    }
    assert not others & set(found)
