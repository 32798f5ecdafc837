"""Quarantine entries go out to a person and come back corrected: landed once, closed, or kept."""

import csv
from dataclasses import astuple
from decimal import Decimal

import pytest

from orchestration.landing import LandingError
from orchestration.landing.corrections import store
from orchestration.landing.corrections.desk import export
from orchestration.landing.corrections.quarantined import EntryFilter, reasons
from orchestration.landing.corrections.sheet import read_sheet, write_sheet
from tests.unit.landing.corrections.conftest import (
    HEADER,
    LANDED,
    STATES,
    WHOLE,
    batches,
    corrected,
    refused,
    requeued,
    sources,
)


def test_an_export_holds_what_is_wrong_and_the_sources_columns(shop):
    path = shop.folder / "fix.csv"
    assert export(shop.settings, EntryFilter(entity="order_lines"), path) == 4
    with path.open(encoding="utf-8-sig", newline="") as file:
        first, torn, *_ = csv.DictReader(file)
    assert list(first)[-5:] == ["order", "quantity", "price", "at", "who"]
    assert (first["quarantine_line"], first["quarantine_reason"]) == ("3", "wrong_type")
    assert (first["quarantine_column"], first["quarantine_value"]) == ("quantity", "abc")
    assert (first["order"], first["price"]) == ("O2", "3.50"), "as they are written, not as read"
    assert torn["quarantine_raw_row"] == "O3,2,3.50"
    assert torn["order"] == "", "what could not be taken apart is not guessed"
    assert path.stat().st_mode & 0o777 == 0o600
    assert export(shop.settings, EntryFilter(reason="not_positive"), path) == 1
    with pytest.raises(LandingError, match="No entry of the quarantine is like this"):
        export(shop.settings, EntryFilter(source="crm"), path)
    with pytest.raises(LandingError, match="Deliver exchange_rates for their days"):
        export(shop.settings, EntryFilter(reason="no_exchange_rate"), path)
    with pytest.raises(LandingError, match="its lines again with the right currency"):
        export(shop.settings, EntryFilter(reason="mixed_currencies"), path)
    with pytest.raises(LandingError, match="Did you mean 'orders'"):
        export(shop.settings, EntryFilter(entity="order"), path)


def test_corrected_rows_land_where_they_belong_and_close_their_entries(shop):
    path = corrected(
        shop,
        {
            3: {"quantity": "7"},
            4: WHOLE,
            5: {"quantity": "200"},
            6: {"quarantine_action": "dismiss"},
        },
    )
    done = requeued(shop, path)
    assert (done.accepted, done.filtered, done.dismissed, done.still_open) == (2, 1, 1, [])
    assert shop.query(LANDED) == [
        ("O1", Decimal(2), Decimal("3.5"), "a.csv", 2),
        ("O2", Decimal(7), Decimal("3.5"), "a.csv", 3),
        ("O3", Decimal(2), Decimal("3.5"), "a.csv", 4),
    ]
    assert shop.query(STATES) == [
        (3, "wrong_type", "closed", "accepted", 1),
        (4, "wrong_column_count", "closed", "accepted", 1),
        (5, "not_positive", "closed", "filtered", 1),
        (6, "wrong_type", "closed", "dismissed", 1),
    ]
    assert batches(shop) == [(1, 5, 1, 4, 0, False), (2, 4, 2, 0, 2, True)]
    [(closed_by,)] = shop.query("select distinct closed_by from landing._quarantine")
    assert shop.query(f"select sequence from landing._batches where batch_id = '{closed_by}'") == [
        (2,)
    ]
    assert [astuple(one)[:-1] for one in reasons(shop.settings)] == [
        ("shop", "order_lines", "not_positive", 0, 1),
        ("shop", "order_lines", "wrong_column_count", 0, 1),
        ("shop", "order_lines", "wrong_type", 0, 2),
    ]


def test_corrected_rows_are_read_once_whatever_becomes_of_them(shop):
    before = shop.land().counts()
    assert (before.read, before.accepted, before.rejected, before.filtered) == (5, 1, 4, 0)
    path = corrected(shop, {3: {"quantity": "2"}, 5: {"quantity": "500"}})
    assert requeued(shop, path).filtered == 1
    for _ in range(2):
        report = shop.land()
        assert report.counts() == report.counts("order_lines") == before
    assert shop.query("select sum(rows_read) from landing._batches where not is_correction") == [
        (before.read,)
    ]


def test_what_fails_again_stays_open_with_its_new_reason(shop):
    path = corrected(shop, {3: {"quantity": "7", "price": "1,5"}, 6: {"price": "4"}})
    done = requeued(shop, path)
    assert done.accepted == 1
    assert done.unchanged == 2
    [(line, why)] = done.still_open
    assert line == 2
    assert why.startswith("column price: wrong_type: is not a number")
    assert shop.query(STATES)[0] == (3, "wrong_type", "open", None, 1)
    assert batches(shop) == [(1, 5, 1, 4, 0, False), (2, 2, 1, 1, 0, True)]

    again = corrected(shop, {3: {"price": "1.5"}}, "again.csv")
    assert next(row.cells["price"] for row in read_sheet(again)[1]) == "1.5"
    assert next(row.cells["quantity"] for row in read_sheet(again)[1]) == "7", "the last try's"
    assert requeued(shop, again).accepted == 1
    assert shop.query(STATES)[0] == (3, "wrong_type", "closed", "accepted", 2)
    assert [row[:3] for row in shop.query(LANDED)] == [
        ("O1", Decimal(2), Decimal("3.5")),
        ("O1", Decimal(2), Decimal(4)),
        ("O2", Decimal(7), Decimal("1.5")),
    ]
    assert [row[1:] for row in batches(shop)] == [
        (5, 1, 4, 0, False), (2, 1, 0, 1, True), (1, 1, 0, 0, True),
    ]  # fmt: skip


def test_the_same_table_twice_does_nothing_new(shop):
    path = corrected(shop, {3: {"quantity": "7"}, 4: {"quantity": "1"}})
    requeued(shop, path)
    landed, known = shop.query(LANDED), batches(shop)
    done = requeued(shop, path)
    assert (done.accepted, done.still_open, done.done_before, done.unchanged) == (0, [], 1, 3)
    assert (shop.query(LANDED), batches(shop)) == (landed, known)
    shop.land()
    assert (shop.query(LANDED), batches(shop)) == (landed, known)


def test_a_table_may_be_corrected_further_and_requeued_again(shop):
    """Rows that are done are passed over as long as they are as they were."""
    path = corrected(shop, {3: {"quantity": "7"}})
    requeued(shop, path)
    columns, rows = read_sheet(path)
    cells = [row.cells for row in rows]
    write_sheet(path, columns, [cells[0], cells[1], {**cells[2], "quantity": "1"}, cells[3]])
    done = requeued(shop, path)
    assert (done.accepted, done.done_before, done.unchanged) == (1, 1, 2)


def test_wrong_tables_are_refused_as_a_whole(shop):
    path = corrected(shop, {3: {"quantity": "7"}})
    requeued(shop, path)
    before = (shop.query(LANDED), batches(shop))
    columns, rows = read_sheet(path)
    cells = [dict(row.cells) for row in rows]
    cells[0]["quantity"] = "8"
    cells[1] |= {"quarantine_id": "q0123456789ab-4", "quantity": "1"}
    cells[2] |= {"quarantine_action": "delete", "quantity": "1"}
    cells.append(dict(cells[3]))
    cells.append({**cells[3], "quarantine_id": ""})
    write_sheet(path, columns, cells)
    problems = "\n".join(refused(shop, path))
    assert "fix.csv line 2: q" in problems and "is closed already (accepted in batch" in problems
    assert "line 3: q0123456789ab-4 is not in the quarantine" in problems
    assert "line 4: quarantine_action is none of land, dismiss or nothing" in problems
    assert "line 6: q" in problems and "stands on line 5 already" in problems
    assert "line 7: quarantine_id is empty" in problems
    assert (shop.query(LANDED), batches(shop)) == before
    assert len(list((shop.settings.landing / store.FOLDER).iterdir())) == 1

    write_sheet(path, [*columns, "prize"], [{**cells[3], "price": "4"}])
    assert "column 'prize' is none of the source's. Did you mean 'price'?" in refused(shop, path)[0]
    write_sheet(path, columns[1:], cells)
    assert "has no column 'quarantine_id'" in refused(shop, path)[0]
    path.write_bytes(path.read_bytes() + "ж\n".encode("cp1251"))
    assert "is not UTF-8. Save the file as “CSV UTF-8”" in refused(shop, path)[0]
    assert "there is no such file" in refused(shop, shop.folder / "no.csv")[0]
    assert (shop.query(LANDED), batches(shop)) == before


def test_only_the_id_and_what_was_corrected_has_to_come_back(shop):
    path = corrected(shop, {3: {"quantity": "7"}})
    row = read_sheet(path)[1][0].cells
    path.write_text(f"quarantine_id;quantity\n{row['quarantine_id']};7\n\n")
    assert requeued(shop, path).accepted == 1
    assert shop.query(LANDED)[-1] == ("O2", Decimal(7), Decimal("3.5"), "a.csv", 3)


def test_a_workbook_goes_out_and_comes_back_as_texts(company):
    sources(company)
    company.write("inbox/a.csv", HEADER + "007,x,3.50,2024-01-31 10:00:00,\u00a0=1+1\n")
    company.land()
    path = corrected(company, {2: {"quantity": "1"}}, "fix.xlsx")
    assert requeued(company, path).accepted == 1
    assert company.query("select order_id, customer_id from landing.order_lines") == [
        ("007", "=1+1")
    ]
    with pytest.raises(LandingError, match=r"ends in \.csv or \.xlsx"):
        export(company.settings, EntryFilter(state=""), company.folder / "fix.ods")


def test_a_corrected_line_equal_to_another_of_its_file_is_kept(shop):
    """Made keys count on: the first line of the file is the same line, sold twice."""
    assert requeued(shop, corrected(shop, {6: {"price": "3.50"}})).accepted == 1
    first, second = shop.query("select order_line_id from landing.order_lines order by _row")
    assert second[0] == f"{first[0]}-2"


def test_no_entry_of_the_quarantine_is_compared_with_every_rejected_row(shop):
    [(_name, plan)] = shop.query("explain select * from landing._quarantine")
    assert "HASH_JOIN" in plan
    assert "NL_JOIN" not in plan
