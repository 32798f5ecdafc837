"""Other formats and encodings: all come to the same typed rows and the same accounting."""

import gzip
import json
from datetime import datetime
from decimal import Decimal

import duckdb
import pytest
import xlsxwriter

from orchestration.settings import Settings

ROWS = [
    ("1", "2024-01-31 10:00:00", 12.5, "Café"),
    ("2", "2024-02-01 00:00:00", 3.0, None),
]
EXPECTED = [
    ("1", "2024-01-31 10:00", Decimal("12.5"), "Café", 2),
    ("2", "2024-02-01 00:00", Decimal(3), None, 3),
]
LANDED = (
    "select order_id, strftime(ordered_at, '%Y-%m-%d %H:%M'), gross_amount, coupon_code, _row "
    "from landing.orders order by _row"
)


def sources(company, path: str, settings: str = "") -> None:
    company.sources(
        f"""
        sources:
          shop:
            kind: file
            path: {path}
            max_rejected_share: 0.9
            {settings}
            entities:
              orders:
                columns: {{order_id: id, ordered_at: at, gross_amount: sum, coupon_code: code}}
        """
    )


def csv_text(delimiter: str = ",", comma: bool = False) -> str:
    lines = [delimiter.join(["id", "at", "sum", "code"])]
    for row in ROWS:
        amount = str(row[2]).replace(".", "," if comma else ".")
        lines.append(delimiter.join([row[0], row[1], amount, row[3] or ""]))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("encoding", "settings"),
    [
        ("utf-8", ""),
        ("utf-8-sig", ""),
        ("utf-8-sig", "encoding: utf-8-sig"),
        ("cp1252", "encoding: cp1252"),
        ("iso-8859-1", "encoding: latin-1"),
        ("utf-16", "encoding: utf-16"),
    ],
)
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(company, encoding, settings, ending):
    sources(company, "orders.csv", settings)
    company.write("orders.csv", csv_text().replace("\n", ending).encode(encoding))
    company.land()
    assert company.query(LANDED) == EXPECTED


def test_cp1251_with_semicolons_commas_and_russian_names(company):
    company.sources(
        """
        sources:
          shop:
            kind: file
            path: inbox
            encoding: windows-1251
            delimiter: ";"
            decimal: ","
            date_format: "%d.%m.%Y"
            timestamp_format: "%d.%m.%Y"
            entities:
              orders:
                columns: {order_id: Номер, ordered_at: Дата, gross_amount: Сумма, country: Страна}
        """
    )
    text = (
        "Номер;Дата;Сумма;Страна;Ещё\n1;31.01.2024;12,50;Россия;да\n2;x;1;РФ;\n3;01.02.2024;1;;\n"
    )
    company.write("inbox/заказы 1.csv", text.encode("cp1251") + b"4;01.02.2024;\x98;;\n")
    company.land()
    assert company.query(
        "select order_id, gross_amount, country, extra->>'Ещё' from landing.orders order by _row"
    ) == [("1", Decimal("12.5"), "RU", "да"), ("3", Decimal(1), None, None)]
    assert company.quarantine() == [
        (3, "Дата", "x", "wrong_type"),
        (5, None, None, "bad_encoding"),
    ]


def test_gzip_skipped_lines_and_files_without_header(company):
    company.sources(
        """
        sources:
          shop:
            kind: file
            path: "*.csv.gz"
            header: false
            skip: 2
            entities:
              orders:
                columns: {order_id: c1, ordered_at: c2}
        """
    )
    company.write("a.csv.gz", gzip.compress(b"report\nof today\n1,2024-01-01,x\n2,2024-01-02,\n"))
    company.land()
    assert company.query("select order_id, _row, extra->>'c3' from landing.orders order by 1") == [
        ("1", 3, "x"), ("2", 4, None),
    ]  # fmt: skip


def test_parquet_of_other_types(company):
    sources(company, "orders.parquet")
    with duckdb.connect() as connection:
        connection.execute(
            "copy (select * from (values (1.0::double, '2024-01-31 10:00:00'::timestamp_ns, "
            "'12.5', 'Café', [1]), (2, '2024-02-01', '3', ' ', null), (3, '2024-02-01', 'much', "
            "null, null), (null, '2024-02-01', '1', null, null)) "
            'as t(id, "at", sum, code, tags)) '
            "to $1",
            [str(company.write("orders.parquet", ""))],
        )
    [report] = company.land().files
    assert company.query(LANDED) == [(*row[:-1], row[-1] - 1) for row in EXPECTED]
    assert (report.counts.read, report.counts.rejected) == (4, 2)
    assert company.quarantine() == [
        (3, "sum", "much", "wrong_type"),
        (4, "id", None, "missing_required"),
    ]
    assert company.query("select extra from landing.orders order by _row limit 1") == [
        ('{"tags":[1]}',)
    ]
    [(raw,)] = company.query("select raw_row from landing._quarantine where line = 3")
    assert json.loads(raw)["sum"] == "much"


def test_a_torn_parquet_file_is_named(company):
    sources(company, "orders.parquet")
    company.write("orders.parquet", b"PAR1 no more")
    [problem] = company.fails()
    assert problem.startswith("orders.parquet: is not a whole Parquet file")


def test_json_lines(company):
    sources(company, "orders.jsonl")
    company.write(
        "orders.jsonl",
        "\n".join(
            [
                json.dumps(
                    {"id": 1, "at": ROWS[0][1], "sum": 12.5, "code": "Café", "a/b": {"c": [1]}}
                ),
                json.dumps({"id": "2", "at": ROWS[1][1], "sum": "3", "code": None}),
                "",
                '{"id": "3", "at": "2024-',
                "[1, 2]",
                json.dumps({"id": "6", "at": "2024-01-01T00:00:00Z", "sum": "x", "late": True}),
            ]
        ).encode()
        + b"\n\xff\n",
    )
    [report] = company.land().files
    assert [row[:-1] for row in company.query(LANDED)] == [row[:-1] for row in EXPECTED]
    assert company.query("select extra from landing.orders order by _row") == [
        ('{"a/b":{"c":[1]},"late":null}',), ('{"a/b":null,"late":null}',),
    ]  # fmt: skip
    assert company.quarantine() == [
        (4, None, None, "broken_record"),
        (5, None, None, "broken_record"),
        (6, "sum", "x", "wrong_type"),
        (7, None, None, "bad_encoding"),
    ]
    assert report.counts.read == 6


def test_a_file_without_any_json_object_is_named(company):
    sources(company, "orders.jsonl")
    company.write("orders.jsonl", csv_text())
    [problem] = company.fails()
    assert "orders.jsonl: no line of it is a JSON object" in problem


def workbook(company, name: str = "orders.xlsx") -> None:
    company.folder.mkdir(exist_ok=True)
    book = xlsxwriter.Workbook(str(company.folder / name))
    book.add_worksheet("cover").write(0, 0, "a report")
    sheet = book.add_worksheet("data")
    day = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    sheet.write_row(0, 0, ["id", "at", "sum", "code"])
    sheet.write_row(1, 0, [1, None, 12.5, "Café"])
    sheet.write_datetime(1, 1, datetime.fromisoformat("2024-01-31 10:00"), day)
    sheet.write_row(2, 0, ["2", None, 3])
    sheet.write_datetime(2, 1, datetime.fromisoformat("2024-02-01"), day)
    sheet.write_row(4, 0, [4, "yesterday", 1])
    book.close()


def test_xlsx(company):
    sources(company, "orders.xlsx", "sheet: data")
    workbook(company)
    [report] = company.land().files
    assert company.query(LANDED) == EXPECTED
    assert company.quarantine() == [(5, "at", "yesterday", "wrong_type")]
    assert report.counts.read == 3


def test_a_wrong_sheet_is_named(company):
    sources(company, "orders.xlsx", "sheet: dat")
    workbook(company)
    [problem] = company.fails()
    assert (
        "orders.xlsx: has no sheet 'dat'. Did you mean 'data'? Sheets found: cover, data" in problem
    )


def test_a_folder_gives_its_files_of_known_formats_in_order(company):
    sources(company, "inbox")
    company.write("inbox/2024/b.csv", csv_text())
    company.write("inbox/a.csv", "id,at,sum,code\n7,2024-01-01,1,\n")
    company.write("inbox/readme.md", "no data")
    company.write("inbox/.hidden.csv", "torn")
    company.land()
    assert company.query("select distinct _file, _sequence from landing.orders order by 2") == [
        ("2024/b.csv", 1), ("a.csv", 2),
    ]  # fmt: skip


def test_a_glob_finds_files_in_folders_with_odd_names(company):
    company.folder = company.folder / "it's [new]"
    company.settings = Settings(company.folder / "data", company.folder / "sources.yml")
    sources(company, "inbox/**/*.csv")
    company.write("inbox/2024/b.csv", csv_text())
    company.land()
    assert company.query("select distinct _file from landing.orders") == [("2024/b.csv",)]
