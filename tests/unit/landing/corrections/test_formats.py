"""Corrected rows of every format are read as their file is."""

import json
from decimal import Decimal

import duckdb
import pytest

from orchestration.landing.corrections.sheet import read_sheet
from tests.unit.landing.corrections.conftest import corrected, requeued


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


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_objects_that_only_expressions_use_stay_whole(company, form):
    company.sources("""
        sources:
          shop:
            kind: file
            path: inbox
            entities:
              orders:
                columns: {order_id: id, ordered_at: day, customer_id: "buyer->>'$.id'"}
    """)
    path = company.write(
        "inbox/a.jsonl",
        '{"id": "1", "day": "2024-02-31", "buyer": {"id": "C1", "town": "Ulm"}}\n'
        '{"id": "2", "day": "2024-01-31", "buyer": {"id": "C2", "town": "Bath"}}\n',
    )
    if form == "parquet":
        with duckdb.connect() as connection:
            connection.execute(
                "copy (select id, day, cast(buyer as varchar) as buyer from read_json($1, "
                "columns = {id: 'varchar', day: 'varchar', buyer: 'json'})) to $2 (format parquet)",
                [str(path), str(path.with_suffix(".parquet"))],
            )
        path.unlink()
    company.land()
    [(line,)] = company.query("select line from landing._quarantine")
    assert requeued(company, corrected(company, {line: {"day": "2024-01-05"}})).accepted == 1
    towns = "select order_id, extra->>'$.buyer.town' from landing.orders order by 1"
    assert company.query(towns) == [("1", "Ulm"), ("2", "Bath")]
