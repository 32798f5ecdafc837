"""How CSV and other texts are written: delimiters, quotes, escapes, encodings, compression."""

import gzip

import pyarrow as pa
import pytest

from orchestration.landing.readers.encodings import likely_encoding

HEADER = ("id", "order", "quantity", "price", "at", "note")
RECORDS = [
    ("L1", "O1", "2", "3.50", "2024-01-31 10:00:00", "plain"),
    ("L2", "O2", "1", "1.25", "2024-01-31 10:00:00", 'said "hi"; | :: § , \t'),
    ("L3", "O3", "1", "1.00", "2024-01-31 10:00:00", ""),
]
LANDED = (
    "select order_line_id, order_id, unit_price::varchar, extra->>'note', _row "
    "from landing.order_lines order by _row"
)
EXPECTED = [
    ("L1", "O1", "3.5000", "plain", 2),
    ("L2", "O2", "1.2500", 'said "hi"; | :: § ,', 3),
    ("L3", "O3", "1.0000", None, 4),
]


def written(delimiter: str, quote: str = '"') -> str:
    def cell(text: str) -> str:
        return f"{quote}{text.replace(quote, quote * 2)}{quote}" if " " in text else text

    lines = (delimiter.join(map(cell, record)) for record in (HEADER, *RECORDS))
    return "".join(f"{line}\n" for line in lines)


@pytest.mark.parametrize(
    ("setting", "delimiter"),
    [
        ("';'", ";"), ("'|'", "|"), ("tab", "\t"), (r"'\t'", "\t"), (r'"\t"', "\t"),
        ("'||'", "||"), ("'::'", "::"), ("§", "§"), ("'^'", "^"),
    ],
)  # fmt: skip
def test_any_delimiter(shop, setting, delimiter):
    company = shop(settings=f"delimiter: {setting}")
    company.write("lines.csv", written(delimiter))
    company.land()
    assert company.query(LANDED) == EXPECTED


def test_a_tsv_file_has_tabs_unless_it_is_said_otherwise(shop):
    company = shop("'*.tsv*'")
    company.write("lines.tsv.gz", gzip.compress(written("\t").encode()))
    company.land()
    assert company.query(LANDED) == EXPECTED
    company = shop("'*.tsv*'", settings="delimiter: ';'")
    company.write("lines.tsv.gz", gzip.compress(written(";").replace("L", "M").encode()))
    company.land()
    assert company.query("select order_id from landing.order_lines where order_line_id = 'M2'") == [
        ("O2",)
    ]


def test_other_quotes_and_none(shop):
    company = shop("single.csv", settings='quote: "\'"')
    company.write("single.csv", written(",", "'"))
    company.land()
    assert company.query(LANDED) == EXPECTED
    company = shop("none.csv", settings="quote: ''\n    delimiter: '^'")
    text = "^".join(HEADER) + "\n" + '"L1"^O1^1^1^2024-01-31^5" pipe\n'
    company.write("none.csv", text)
    company.land()
    assert company.query(LANDED.replace("order by", "where _file = 'none.csv' order by")) == [
        ('"L1"', "O1", "1.0000", '5" pipe', 2)
    ]


def test_escapes(shop):
    company = shop(settings="escape: '\\'")
    lines = [
        ",".join(HEADER),
        r'L1,O1,1,1,2024-01-31,"said \"hi\", \\ and ""so"""',
        r"L2,O1,1,1,2024-01-31,a\, b",
        r"L3,O1,1,1,2024-01-31,C:\temp",
        r'L4,O1,1,1,2024-01-31,"two \"',
        r'lines\""',
        "L5,O1,1,1,2024-01-31,plain",
        r'L6,O1,1,1,2024-01-31,"torn\"',
    ]
    company.write("lines.csv", "\n".join(lines) + "\n")
    [report] = company.land().files
    assert company.query(
        "select order_line_id, extra->>'note', _row from landing.order_lines order by _row"
    ) == [
        ("L1", 'said "hi", \\ and "so"', 2),
        ("L2", "a, b", 3),
        ("L3", r"C:\temp", 4),
        ("L4", 'two "\nlines"', 5),
        ("L5", "plain", 7),
    ]
    assert company.quarantine() == [(8, None, None, "broken_quote")]
    assert report.counts.read == 6


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("delimiter: ''", "one to four characters"),
        ("delimiter: abcde", "one to four characters"),
        ("quote: «", "one character of ASCII"),
        ("quote: ','", "quote and delimiter are both ','"),
        ("escape: '\"'", "is the quote or the delimiter too"),
        ("decimal: ';'", "it has to be '.' or ','"),
        ("thousands: {price: '_'}", "it has to be '.' or ','"),
        ("decimal: ','\n    thousands: ','", "decimal and thousands are both ','"),
        ("thousands: {price: '.'}", "decimal and thousands of 'price' are both '.'"),
    ],
)
def test_marks_that_cannot_be_are_named(shop, change, expected):
    company = shop(settings=change)
    problems = company.fails()
    assert expected in problems[0]
    assert "sources.yml line" in problems[0]


def test_a_setting_for_a_column_that_is_not_there_is_named(shop):
    company = shop(settings="decimal: {pric: ','}")
    company.write("lines.csv", written(","))
    [problem] = company.fails()
    assert "lines.csv has no column 'pric'. Did you mean 'price'?" in problem


ZSTANDARD = pa.Codec("zstd")


def zst(text: str) -> bytes:
    return bytes(ZSTANDARD.compress(text.encode(), asbytes=True))


def test_zstandard_also_in_several_frames(shop):
    company = shop("lines.csv.zst")
    head, rest = written(",")[:90], written(",")[90:]
    company.write("lines.csv.zst", zst(head) + zst(rest))
    company.land()
    assert company.query(LANDED) == EXPECTED


@pytest.mark.parametrize("packed", [gzip.compress, lambda content: zst(content.decode())])
def test_compression_is_seen_whatever_the_name_says(shop, packed):
    company = shop()
    company.write("lines.csv", packed(written(",").encode()))
    company.land()
    assert company.query(LANDED) == EXPECTED


@pytest.mark.parametrize("cut", [1, 5, 2000])
def test_a_torn_zstandard_file_is_named_and_nothing_of_it_lands(shop, cut):
    company = shop("lines.csv.zst")
    lines = "".join(f"L{n},O{n * 7919},1,1,2024-01-31,{n * n}\n" for n in range(3000))
    company.write("lines.csv.zst", zst(",".join(HEADER) + "\n" + lines)[:-cut])
    [problem] = company.fails()
    assert "lines.csv.zst: is not a whole Zstandard file" in problem
    assert company.query("select count(*) from landing._batches") == [(0,)]


def test_json_lines_in_zstandard(shop):
    company = shop("lines.jsonl.zst")
    company.write(
        "lines.jsonl.zst",
        zst('{"id": "L1", "order": "O1", "quantity": 1, "price": 2, "at": "2024-01-31"}\n'),
    )
    company.land()
    assert company.query("select order_line_id from landing.order_lines") == [("L1",)]


NAMES = "Номер;Дата;Сумма;Страна\n1;31.01.2024;12,50;Россия\nИванов Пётр; ЗАКАЗ; Москва\n"
WESTERN = "Straße;Müller;Größe\nKöln;Äpfel;Jürgen; garçon\n"


@pytest.mark.parametrize(
    ("text", "encoding", "expected"),
    [
        (NAMES, "cp1251", "cp1251"), (NAMES, "koi8-r", "koi8-r"), (NAMES, "cp866", "cp866"),
        (NAMES, "utf-8", "utf-8"), (NAMES, "utf-16", "utf-16"), (WESTERN, "latin-1", "cp1252"),
        (WESTERN, "utf-16-le", "utf-16-le"), (WESTERN, "utf-16-be", "utf-16-be"),
        ("plain", "ascii", None),
    ],
)  # fmt: skip
def test_an_encoding_is_guessed_for_messages(text, encoding, expected):
    assert likely_encoding(text.encode(encoding)) == expected


@pytest.mark.parametrize("encoding", ["cp1251", "utf-16", "utf-16-le", "koi8-r"])
def test_a_wrong_encoding_is_named_with_what_it_looks_like(shop, encoding):
    company = shop()
    company.write("lines.csv", ("Номер,Дата,Сумма\n" + "Лот,Заказ,Цена\n" * 9).encode(encoding))
    [problem] = company.fails()
    assert f"(it looks like {encoding})" in problem


@pytest.mark.parametrize("said", ["cp1251", "latin-1", "utf-16"])
def test_a_text_in_utf_8_is_not_read_as_anything_else(shop, said):
    """Every one of these would give letters that nobody wrote, without any error."""
    company = shop(settings=f"encoding: {said}")
    company.write("lines.csv", ",".join(HEADER) + "\nL1,Заказ,1,1,2024-01-31,Größe\n")
    [problem] = company.fails()
    assert "lines.csv: is written in utf-8, and `encoding` says" in problem
    assert "Set `encoding: utf-8`" in problem


def test_mostly_undecodable_records_are_named_with_what_they_look_like(shop):
    company = shop()
    rows = "".join(f"L{n},Заказ,1,1,2024-01-31,Россия\n" for n in range(9))
    company.write("lines.csv", (",".join(HEADER) + "\n").encode() + rows.encode("cp1251"))
    [problem] = company.fails()
    assert "9 of 9 records are rejected (bad_encoding: 9)" in problem
    assert "(it looks like cp1251)" in problem


def test_a_single_word_is_a_column_and_never_an_expression(shop):
    """`user` is an expression in SQL: without the column, every row would hold the same name."""
    company = shop(more=", customer_id: user")
    company.write("lines.csv", written(","))
    [problem] = company.fails()
    assert "order_lines.customer_id is mapped to 'user', which is no column of lines.csv" in problem
    assert "Columns found: id, order" in problem
