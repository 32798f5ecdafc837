"""Numbers as people write them: read where there is one way to read them, else refused."""

import json
from decimal import Decimal

import duckdb
import pytest
import xlsxwriter

from orchestration.entities import Type
from orchestration.landing.number_formats import NumberFormat, number_sql

POINT, COMMA = NumberFormat(), NumberFormat(",")
POINT_GROUPED, COMMA_GROUPED = NumberFormat(".", ","), NumberFormat(",", ".")
NB, THIN, NARROW, FIGURE = "\u00a0", "\u2009", "\u202f", "\u2007"


def read(text: str, form: NumberFormat, wanted: Type = Type.AMOUNT, real: bool = False):
    with duckdb.connect() as connection:
        sql = number_sql("text", wanted, form, real)
        row = connection.execute(f"select {sql} from (select $${text}$$ as text)").fetchone()
    return row[0] if row else None


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        # plain
        ("12.5", POINT, "12.5"),
        ("-12,5", COMMA, "-12.5"),
        ("1e3", POINT, "1000"),
        # blanks and apostrophes between thousands, whatever the settings
        ("1 234 567,5", COMMA, "1234567.5"),
        (f"1{NB}234.5", POINT, "1234.5"),
        (f"12{THIN}345,67", COMMA, "12345.67"),
        (f"1{NARROW}234", COMMA, "1234"),
        (f"1{FIGURE}234", POINT, "1234"),
        ("1'234.50", POINT, "1234.5"),
        ("1’234’567.50", POINT, "1234567.5"),
        # negatives
        ("(12.50)", POINT, "-12.5"),
        ("(1 234,50)", COMMA, "-1234.5"),
        ("\u221212,5", COMMA, "-12.5"),
        # both marks, or one of them twice: only one way to read them
        ("1.234,56", COMMA, "1234.56"),
        ("1,234.56", POINT, "1234.56"),
        ("1.234.567", COMMA, "1234567"),
        ("1,234,567", POINT, "1234567"),
        # two ways: refused, until the settings say which
        ("1,234", POINT, None),
        ("1.234", COMMA, None),
        ("1,234", POINT_GROUPED, "1234"),
        ("1.234", COMMA_GROUPED, "1234"),
        ("-1.234,5", COMMA_GROUPED, "-1234.5"),
        ("1,234", COMMA_GROUPED, "1.234"),
        # the other way about, or torn
        ("1,5", POINT, None),
        ("1.234,56", POINT, None),
        ("1,234.56", COMMA, None),
        ("12,34", POINT_GROUPED, None),
        ("1,2345", POINT_GROUPED, None),
        ("12 34", POINT, None),
        ("0.125", COMMA_GROUPED, None),
        ("(-5)", POINT, None),
        ("(5", POINT, None),
        ("5-", POINT, None),
        ("1 234 5", POINT, None),
        ("€ 5", POINT, None),
    ],
)
def test_a_number_is_read_as_it_can_only_be_meant(text, form, expected):
    assert read(text, form) == (None if expected is None else Decimal(expected))
    assert read(text, form, Type.NUMBER) == (None if expected is None else float(expected))


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("17", POINT, 17), ("17.0", POINT, 17), ("1 000", POINT, 1000), ("(3)", POINT, -3),
        ("1.000", COMMA_GROUPED, 1000), ("17,0", COMMA, 17),
        ("1.5", POINT, None), ("1,5", COMMA, None), ("0x1F", POINT, None), ("1e3", POINT, None),
    ],
)  # fmt: skip
def test_a_whole_number_is_never_rounded(text, form, expected):
    assert read(text, form, Type.INTEGER) == expected


def test_real_numbers_keep_their_point_and_texts_their_comma():
    assert read("12.5", COMMA, real=True) == Decimal("12.5")
    assert read("1.2340", COMMA, real=True) == Decimal("1.234")
    assert read("1.234", COMMA, real=True) is None, "a text that can be read in two ways"
    assert read("1.234", COMMA_GROUPED, real=True) == 1234
    assert read("1,5", COMMA, real=True) == Decimal("1.5")


ORDERS = """
sources:
  shop:
    kind: file
    path: orders.{ending}
    delimiter: ";"
    max_rejected_share: 0.9
    {settings}
    entities:
      orders:
        columns:
          order_id: id
          ordered_at: "date '2024-01-01'"
          gross_amount: gross
          tax_amount: tax
          discount_amount: "0 - discount"
"""
LANDED = (
    "select gross_amount, tax_amount, discount_amount from landing.orders order by order_id::int"
)


def orders(company, settings: str, ending: str = "csv") -> None:
    company.sources(ORDERS.format(settings=settings, ending=ending))


def test_formats_by_source_and_by_column(company):
    orders(company, "decimal: {gross: ',', discount: ','}\n    thousands: {gross: '.'}")
    company.write(
        "orders.csv",
        "id;gross;tax;discount\n"
        "1;1.234,50;12.5;0,5\n"
        f"2;(1{NARROW}234,50);1'234.5;2\n"
        "3;1.234;1.234;3,25\n"
        "4;12,5;12,5;1\n",
    )
    company.land()
    assert company.query(LANDED) == [
        (Decimal("1234.5"), Decimal("12.5"), Decimal("-0.5")),
        (Decimal("-1234.5"), Decimal("1234.5"), Decimal(-2)),
        (Decimal(1234), Decimal("1.234"), Decimal("-3.25")),
    ]
    assert company.quarantine() == [(5, "tax", "12,5", "wrong_type")]
    [(message,)] = company.query("select message from landing._quarantine")
    assert "decimal, thousands" in message


def test_odd_numbers_beyond_the_first_records_are_read_alike(company):
    orders(company, "")
    plain = "".join(f"{n};{n}.50;1;1\n" for n in range(3000))
    company.write("orders.csv", f"id;gross;tax;discount\n{plain}3000;1 234.5;(2);1\n3001;1,5;1;1\n")
    company.land()
    assert company.query(f"{LANDED} offset 2999") == [
        (Decimal("2999.5"), 1, -1), (Decimal("1234.5"), -2, -1),
    ]  # fmt: skip
    assert company.quarantine() == [(3003, "gross", "1,5", "wrong_type")]


def test_whole_numbers_that_an_expression_uses_are_not_rounded_either(company):
    orders(company, "")
    whole = "".join(f"{n};1;1;{n}\n" for n in range(2500))
    company.write("orders.csv", f"id;gross;tax;discount\n{whole}2500;1;1;1.5\n")
    company.land()
    assert company.quarantine() == [(2502, "discount", "1.5", "wrong_type")]


def test_a_file_whose_numbers_are_written_otherwise_is_refused_as_a_whole(company):
    """12,50 would be rejected, and 1.234 taken for a little more than one."""
    orders(company, "")
    company.write("orders.csv", "id;gross;tax;discount\n1;1.234;0;1\n2;12,50;0;1\n3;5;0;1\n")
    [problem] = company.fails()
    assert "orders.csv: 1 values among the first of column 'gross' are numbers with ','" in problem
    assert "Set `decimal: ','`, or for this column alone `decimal: {gross: ','}`" in problem
    assert company.query("select count(*) from landing._batches") == [(0,)]


def test_cells_and_json_numbers_are_numbers_whatever_the_settings(company):
    orders(company, "decimal: ','\n    types: {discount: amount}", "jsonl")
    rows = [
        {"id": 1, "gross": 1.234, "tax": "1,5", "discount": 12.5},
        {"id": 2, "gross": "1.234", "tax": 0, "discount": "0,5"},
        {"id": 3, "gross": "1.234,5", "tax": -0.125, "discount": 1000},
    ]
    company.write("orders.jsonl", "\n".join(map(json.dumps, rows)))
    company.land()
    expected = [
        (Decimal("1.234"), Decimal("1.5"), Decimal("-12.5")),
        (Decimal("1234.5"), Decimal("-0.125"), Decimal(-1000)),
    ]
    assert company.query(LANDED) == expected
    assert company.quarantine() == [(2, "gross", "1.234", "wrong_type")]

    orders(company, "decimal: ','\n    types: {discount: amount}", "xlsx")
    book = xlsxwriter.Workbook(str(company.folder / "orders.xlsx"))
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["id", "gross", "tax", "discount", "note"])
    for number, row in enumerate(rows, 1):
        sheet.write_row(number, 0, [*row.values(), 1.234])
    book.close()
    company.land()
    of_cells = "_source = 'shop' and _file = 'orders.xlsx'"
    assert company.query(LANDED.replace("order by", f"where {of_cells} order by")) == expected
    notes = company.query(f"select distinct extra->>'note' from landing.orders where {of_cells}")
    assert notes == [("1.234",)]
