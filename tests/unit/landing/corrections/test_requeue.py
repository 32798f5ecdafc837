"""Quarantine entries go out to a person and come back corrected: landed once, closed, or kept."""

import csv
import importlib
import json
import shutil
from dataclasses import astuple
from decimal import Decimal

import duckdb
import pytest

from orchestration.landing import LandingError, Ledger, land, load_sources
from orchestration.landing.corrections import store
from orchestration.landing.corrections.desk import export, requeue
from orchestration.landing.corrections.quarantined import EntryFilter, reasons
from orchestration.landing.corrections.sheet import read_sheet, write_sheet

HEADER = "order,quantity,price,at,who\n"
ROWS = """\
O1,2,3.50,2024-01-31 10:00:00,k1
O2,abc,3.50,2024-01-31 10:00:00,k1
O3,2,3.50
O4,0,3.50,2024-01-31 10:00:00,k2
O1,2,x,2024-01-31 10:00:00,k1
"""
MAPPING = "order_id: order, quantity: quantity, unit_price: price, ordered_at: at, customer_id: who"
LANDED = "select order_id, quantity, unit_price, _file, _row from landing.order_lines order by all"
STATES = "select line, reason, state, closed_as, tries from landing._quarantine order by line"


def sources(
    company,
    settings: str = "",
    where: str = "quantity < 100",
    more: str = "",
    mapping: str = MAPPING,
) -> None:
    company.sources(
        f"""
        sources:
          shop:
            kind: file
            path: inbox
            max_rejected_share: 1
            {settings}
            entities:
              order_lines:
                where: "{where}"
                columns: {{{mapping}{more}}}
        """
    )


@pytest.fixture
def shop(company):
    """A file of five lines, four of them rejected: lines 3, 4, 5 and 6."""
    sources(company)
    company.write("inbox/a.csv", HEADER + ROWS)
    company.land()
    return company


def corrected(company, changes, name: str = "fix.csv", **wanted):
    """Export the open entries and change cells of some: {line: {column: text}}; the path."""
    path = company.folder / name
    export(company.settings, EntryFilter(**wanted), path)
    columns, rows = read_sheet(path)
    write_sheet(
        path,
        columns,
        [{**row.cells, **changes.get(int(row.cells["quarantine_line"]), {})} for row in rows],
    )
    return path


def requeued(company, path):
    config = load_sources(company.settings.sources_file, {})
    return requeue(path, config, company.settings, lambda _event: None)


def refused(company, path):
    with pytest.raises(LandingError) as caught:
        requeued(company, path)
    return caught.value.problems


def batches(company):
    return company.query(
        "select sequence, rows_read, rows_accepted, rows_rejected, rows_filtered, is_correction "
        "from landing._batches where superseded_by is null order by sequence"
    )


WHOLE = {"order": "O3", "quantity": "2", "price": "3.50", "at": "2024-01-31", "who": "k1"}


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


def test_a_correction_is_as_old_as_the_delivery_it_belongs_to(company):
    """What was delivered between the rejected row and its correction is the later version."""
    sources(company, more=", order_line_id: order")
    company.write("inbox/1.csv", HEADER + "O1,x,1,2024-01-31,k\nO2,x,1,2024-01-31,k\n")
    company.land()
    company.write("inbox/2.csv", HEADER + "O1,5,2,2024-01-31,k\n")
    company.land()
    requeued(company, corrected(company, {2: {"quantity": "4"}, 3: {"quantity": "4"}}))
    latest = (
        "select order_line_id, quantity from landing.order_lines qualify row_number() over "
        "(partition by order_line_id order by _sequence desc, _row desc) = 1 order by 1"
    )
    assert company.query(latest) == [("O1", Decimal(5)), ("O2", Decimal(4))]


def test_a_mended_mapping_that_accepts_the_row_does_not_count_it_twice(company):
    sources(company)
    company.write("inbox/a.csv", HEADER + "O1,2,1.5 E,2024-01-31,k\nO2,y,2.5 E,2024-01-31,k\n")
    company.land()
    requeued(company, corrected(company, {2: {"price": "1.5"}, 3: {"quantity": "3"}}))
    assert [row[0] for row in company.query(LANDED)] == ["O1"]

    without_unit = "unit_price: \"replace(price, ' E', '')\""
    sources(company, mapping=MAPPING.replace("unit_price: price", without_unit))
    company.land()
    assert company.query(LANDED) == [
        ("O1", Decimal(2), Decimal("1.5"), "a.csv", 2),
        ("O2", Decimal(3), Decimal("2.5"), "a.csv", 3),
    ], "the file's own first row, and the corrected second one, which is read anew"
    assert company.query(STATES) == [(3, "wrong_type", "closed", "accepted", 1)]
    assert [row[1:] for row in batches(company)] == [(2, 1, 1, 0, False), (2, 1, 0, 1, True)]

    sources(company)  # and back: nothing is read, all is as it was
    company.land()
    assert [row[0] for row in company.query(LANDED)] == ["O1"]
    assert [row[2] for row in company.query(STATES)] == ["closed", "open"]


def test_the_row_that_counts_is_that_of_the_last_fix_under_any_mapping(company):
    """The first fix fails for its decimal comma; read with one, it would be accepted as well."""
    sources(company)
    company.write("inbox/a.csv", HEADER + "O1,x,1,2024-01-31,k\n")
    company.land()
    requeued(company, corrected(company, {2: {"quantity": "1", "price": "1,5"}}))
    requeued(company, corrected(company, {2: {"price": "2"}}, "again.csv"))
    expected = [("O1", Decimal(1), Decimal(2), "a.csv", 2)]
    assert company.query(LANDED) == expected
    sources(company, settings="decimal: ','")
    company.land()
    assert company.query(LANDED) == expected


def test_corrections_go_and_come_back_with_their_source(shop):
    requeued(shop, corrected(shop, {3: {"quantity": "7"}}))
    whole = shop.query(LANDED)
    text = shop.settings.sources_file.read_text()
    shop.write("inbox/b.csv", "id,at\n1,2024-01-01\n")
    shop.write(
        "sources.yml",
        "sources:\n  other:\n    kind: file\n    path: inbox/b.csv\n    entities:\n      orders:\n"
        "        columns: {order_id: id, ordered_at: at}\n",
    )
    shop.land()
    assert shop.query(LANDED) == []
    assert shop.query(STATES) == []
    (shop.folder / "inbox" / "b.csv").unlink()
    shop.write("sources.yml", text)
    shop.land()
    assert shop.query(LANDED) == whole
    assert shop.query(STATES)[0] == (3, "wrong_type", "closed", "accepted", 1)


def test_a_fix_stays_when_its_file_is_not_delivered_any_more(shop):
    requeued(shop, corrected(shop, {3: {"quantity": "7"}}))
    whole = shop.query(LANDED)
    (shop.folder / "inbox" / "a.csv").unlink()
    shop.write("inbox/b.csv", HEADER.replace("order", "number") + "O9,1,1,2024-01-31,k\n")
    sources(shop, settings="covers_until: 2024-02-01")
    text = shop.settings.sources_file.read_text().replace("order_id: order", "order_id: number")
    shop.write("sources.yml", text)
    shop.land()
    assert [row for row in shop.query(LANDED) if row[0] != "O9"] == whole


def test_rejected_rows_are_in_the_backup_and_shown_again(shop):
    before = shop.query(STATES)
    shutil.rmtree(shop.settings.quarantine)
    assert shop.query(STATES) == before
    shop.land()
    assert list(shop.settings.quarantine.rglob("rejected.parquet"))


class CutOffError(Exception):
    """The plug is pulled."""


@pytest.mark.parametrize(
    "step", ["add_fix", "open_correction", "do_piece", "put_in_place", "enter", "check_keys"]
)
@pytest.mark.parametrize("goes_on_with", ["requeue", "run"])
def test_a_requeue_that_is_cut_off_loses_and_doubles_nothing(shop, monkeypatch, step, goes_on_with):
    path = corrected(shop, {3: {"quantity": "7"}, 4: WHOLE, 6: {"price": "y"}})

    def cut_off(*_arguments, **_named):
        raise CutOffError

    module = {
        "add_fix": "corrections.desk", "open_correction": "land", "do_piece": "workers",
        "put_in_place": "jobs", "check_keys": "land",
    }  # fmt: skip
    with monkeypatch.context() as patch:
        if step == "enter":
            patch.setattr(Ledger, "enter", cut_off)
        else:
            where = importlib.import_module(f"orchestration.landing.{module[step]}")
            patch.setattr(where, step, cut_off)
        with pytest.raises((CutOffError, AssertionError)):
            requeued(shop, path)
    assert len(shop.query(LANDED)) in (1, 3)
    if goes_on_with == "run":
        config = load_sources(shop.settings.sources_file, {})
        land(config, shop.settings, lambda _event: None)
    requeued(shop, path)
    assert [row[0] for row in shop.query(LANDED)] == ["O1", "O2", "O3"]
    assert [row[2] for row in shop.query(STATES)] == ["closed", "closed", "open", "open"]
    assert [row[1:] for row in batches(shop)] == [(5, 1, 4, 0, False), (3, 2, 1, 0, True)]
    assert not list(shop.settings.data_dir.rglob(".tmp-*"))
    assert not list(shop.settings.landing.rglob(".aside-*"))


def orders(company, path: str, settings: str = "", columns: str = "") -> None:
    columns = columns or "order_id: id, ordered_at: at, gross_amount: sum * 2, coupon_code: code"
    company.sources(
        f"""
        sources:
          shop:
            kind: file
            path: {path}
            max_rejected_share: 1
            {settings}
            entities:
              orders:
                columns: {{{columns}}}
        """
    )


def test_json_lines_keep_numbers_and_nested_values_that_nobody_touched(company):
    orders(company, "o.jsonl", columns="order_id: id, ordered_at: at, gross_amount: sum")
    rows = [
        {"id": 1, "at": "never", "sum": 12.50, "deep": {"a": [1.10, True]}, "note": "x"},
        {"id": "2", "at": "2024-01-02", "sum": 1, "deep": None, "note": None},
    ]
    company.write("o.jsonl", "\n".join([*map(json.dumps, rows), '{"id": 3, "at"']) + "\n")
    company.land()
    path = corrected(
        company,
        {1: {"at": "2024-01-01", "note": "y"}, 3: {"id": "3", "at": "2024-01-03", "sum": "4.5"}},
    )
    assert requeued(company, path).accepted == 2
    assert company.query("select order_id, gross_amount, extra from landing.orders order by 1") == [
        ("1", Decimal("12.5"), '{"deep":{"a":[1.1,true]},"note":"y"}'),
        ("2", Decimal(1), '{"deep":null,"note":null}'),
        ("3", Decimal("4.5"), '{"deep":null,"note":null}'),
    ]


def test_columns_of_parquet_files_keep_their_types(company):
    orders(company, "o.parquet")
    with duckdb.connect() as connection:
        connection.execute(
            "copy (select * from (values (17850.0::double, null, 12.34::decimal(20,6), 'a', [1, 2])"
            ", (2, '2024-01-31 10:00:00'::timestamp, 3, null, null), (null, '2024-02-01', 1, null, "
            '[7])) as t(id, "at", sum, code, tags)) to $1',
            [str(company.write("o.parquet", ""))],
        )
    company.land()
    first = corrected(company, {1: {"at": "2024-01-05 01:02:03"}, 3: {"id": "4", "sum": "1,5"}})
    done = requeued(company, first)
    assert done.accepted == 1
    [(_, why)] = done.still_open
    assert why == "wrong_type: sum is not DECIMAL(20,6), which it is in the file; write it so"
    again = corrected(company, {3: {"sum": "1.5", "tags": "[7, 8]"}})
    assert [row.cells["id"] for row in read_sheet(again)[1]] == ["4"]
    assert requeued(company, again).accepted == 1
    assert company.query(
        "select order_id, strftime(ordered_at, '%d %H:%M:%S'), gross_amount, extra "
        "from landing.orders order by _row"
    ) == [
        ("17850", "05 01:02:03", Decimal("24.68"), '{"tags":[1,2]}'),
        ("2", "31 10:00:00", Decimal(6), '{"tags":null}'),
        ("4", "01 00:00:00", Decimal(3), '{"tags":[7,8]}'),
    ]


def test_a_source_in_another_encoding_and_dialect_is_corrected_in_its_own_way(company):
    orders(
        company,
        "o.csv",
        'encoding: cp1251\n            delimiter: ";"\n            decimal: ","\n'
        '            timezone: Europe/Moscow\n            date_format: "%d.%m.%Y"',
        "order_id: Номер, ordered_at: Дата, gross_amount: Сумма, coupon_code: Страна",
    )
    text = "Номер;Дата;Сумма;Страна\n1;31.02.2024;12,50;Россия\n2;01.02.2024;1;\n"
    company.write("o.csv", text.encode("cp1251") + b"3;01.02.2024;\x98;\n")
    company.land()
    path = corrected(
        company, {2: {"Дата": "29.02.2024"}, 4: {"Номер": "3", "Дата": "1.3.2024", "Сумма": "1,5"}}
    )
    assert requeued(company, path).accepted == 2
    assert company.query(
        "select order_id, strftime(ordered_at, '%m-%d %H'), gross_amount, coupon_code "
        "from landing.orders order by 1"
    ) == [
        ("1", "02-28 21", Decimal("12.5"), "Россия"),
        ("2", "01-31 21", Decimal(1), None),
        ("3", "02-29 21", Decimal("1.5"), None),
    ]


def test_a_guessed_type_is_that_of_the_file_not_of_the_few_corrected_rows(company):
    """`code` is text in the file, as its first rows show; the corrected row alone looks whole."""
    orders(company, "o.csv", columns="order_id: id, ordered_at: at, coupon_code: code || '-' || id")
    company.write("o.csv", "id,at,code\n1,2024-01-01,a7\n2,never,007\n")
    company.land()
    assert requeued(company, corrected(company, {3: {"at": "2024-01-02"}})).accepted == 1
    assert company.query("select coupon_code from landing.orders order by 1") == [
        ("007-2",), ("a7-1",),
    ]  # fmt: skip


def test_one_row_that_feeds_two_entities_has_an_entry_for_each(company):
    company.sources(
        """
        sources:
          shop:
            kind: file
            path: s.csv
            max_rejected_share: 1
            entities:
              order_lines:
                where: "quantity > 0"
                columns: {order_line_id: id, order_id: id, quantity: quantity, unit_price: price}
              refunds:
                where: "quantity < 0"
                columns: {refund_id: id, refunded_at: at, amount: "-quantity * price"}
        """
    )
    company.write("s.csv", "id,quantity,price,at\n1,2,3,2024-01-01\n2,x,3,2024-01-01\n")
    company.land()
    path = corrected(company, {3: {"quantity": "-1"}})
    done = requeued(company, path)
    assert (done.accepted, done.filtered) == (1, 1)
    assert company.query("select refund_id, amount from landing.refunds") == [("2", Decimal(3))]
    assert company.query("select order_line_id from landing.order_lines") == [("1",)]


def test_corrections_are_no_deliveries(company):
    """They are not as few as a delivery never is, replace no file, and take no file's place."""
    strict = "redelivery: replaces\n            rows: {min: 2}\n            severity: block"
    sources(company, strict)
    sound = "O1,2,3,2024-01-31,k\nO2,2,3,2024-01-31,k\n"
    company.write("inbox/a.csv", HEADER + sound + "O3,x,3,2024-01-31,k\n")
    company.land()
    requeued(company, corrected(company, {4: {"quantity": "1"}}))
    orders = [("O1",), ("O2",), ("O3",)]
    query = "select order_id from landing.order_lines order by 1"
    assert company.query(query) == orders
    for _ in range(2):
        report = company.land()
        assert company.query(query) == orders
        assert report.messages == ()
    company.write("inbox/a.csv", HEADER + sound)
    company.land()
    assert company.query(query) == orders[:2], "the file says now that there is no such row"
