"""Bad input: one clear message each; damaged rows are set aside and stop nothing."""

import gzip
import os

import pytest

HEADER = "id,order,quantity,price,at\n"
GOOD = "L1,O1,2,3.50,2024-01-31 10:00:00\n"


def test_all_files_problems_are_told_together_and_nothing_lands(shop):
    company = shop("inbox")
    company.write("inbox/a.csv", HEADER + GOOD)
    company.write("inbox/b.csv", "")
    company.write("inbox/c.csv", "id,order,qantity,price,at\n")
    problems = company.fails()
    assert len(problems) == 2
    assert "b.csv: the file is empty (0 bytes). Have it delivered again" in problems[0]
    assert "c.csv" in problems[1]
    assert "order_lines.quantity is mapped to 'quantity'" in problems[1] or (
        "quantity" in problems[1] and "Did you mean 'qantity'?" in problems[1]
    )
    assert "Columns found: id, order, qantity, price, at" in problems[1]
    assert "sources.yml line" in problems[1]
    assert company.query("select rows from landing._entities where entity = 'order_lines'") == [
        (0,)
    ]
    assert not list(company.settings.landing.glob("order_lines/*"))


def test_a_missing_file_is_named(shop):
    [problem] = shop("nowhere.csv").fails()
    assert "source 'shop' has no file at" in problem
    assert "nowhere.csv" in problem
    assert "sources.yml line 5" in problem


def test_another_delimiter_is_recognised_in_the_message(shop):
    company = shop()
    company.write("lines.csv", (HEADER + GOOD).replace(",", ";"))
    assert all("separated by ';': set `delimiter`" in problem for problem in company.fails())


def test_a_wrong_encoding_is_named_with_the_remedy(shop):
    company = shop(settings="names: []")
    company.write("lines.csv", "id,order,quantity,price,at,имя\n".encode("cp1251"))
    [problem] = company.fails()
    assert "lines.csv line 1: byte 0xe8" in problem
    assert "Set `encoding`" in problem


def test_a_file_mostly_in_another_encoding_stops_with_the_remedy(shop):
    company = shop()
    company.write("lines.csv", HEADER.encode() + "L1,Заказ,2,3,2024-01-31\n".encode("cp1251") * 3)
    [problem] = company.fails()
    assert "3 of 3 records are rejected (bad_encoding: 3). Set `encoding`" in problem
    assert company.query("select count(*) from landing._batches") == [(0,)]


def test_a_torn_gzip_file_is_named(shop):
    company = shop("lines.csv.gz")
    company.write("lines.csv.gz", gzip.compress((HEADER + GOOD * 5000).encode())[:-20])
    [problem] = company.fails()
    assert "lines.csv.gz: is not a whole gzip file" in problem


def test_a_header_without_rows_is_no_error_and_said(shop):
    company = shop()
    company.write("lines.csv", HEADER)
    report = company.land()
    assert report.messages == ("lines.csv: has a header and no rows.",)
    assert company.query("select * from landing.order_lines") == []


def test_an_expression_that_does_not_work_names_its_line(shop):
    company = shop(more=", country: nofunction(price)")
    company.write("lines.csv", HEADER + GOOD)
    [problem] = company.fails()
    assert "sources.yml line" in problem
    assert "order_lines.country = 'nofunction(price)' does not work on lines.csv" in problem


def test_an_unknown_column_in_an_expression_is_named(shop):
    company = shop(where='where: "pric > 1"')
    company.write("lines.csv", HEADER + GOOD)
    [problem] = company.fails()
    assert "order_lines.where" in problem
    assert "Did you mean 'price'?" in problem


BAD_ROWS = """\
L1,O1,2,3.50,2024-01-31 10:00:00
L2,O1,abc,3.50,2024-01-31 10:00:00
L3,O1,2,3.50
L4,O1,2,3.50,2024-01-31 10:00:00,more
L5,O1,"2"x,3.50,2024-01-31 10:00:00
L6,,2,3.50,2024-01-31 10:00:00
L7,O1,0,3.50,2024-01-31 10:00:00
L8,O1,2,3.50,2024-02-31 10:00:00
L9,O1,2,"1,5",2024-01-31 10:00:00
L10,"O
1",2,3.50,2024-01-31 10:00:00
L11,"O1,2,3.50,2024-01-31 10:00:00
L12, O1 ,  2 ,3.50,2024-01-31
"""


def test_each_damaged_row_is_set_aside_with_line_column_value_and_reason(shop):
    company = shop(settings="max_rejected_share: 0.9")
    company.write("lines.csv", HEADER + BAD_ROWS)
    [report] = company.land().files
    assert company.query(
        "select order_line_id, order_id, _row from landing.order_lines order by _row"
    ) == [
        ("L1", "O1", 2), ("L10", "O\n1", 11), ("L12", "O1", 14),
    ]  # fmt: skip
    assert company.quarantine() == [
        (3, "quantity", "abc", "wrong_type"),
        (4, None, None, "wrong_column_count"),
        (5, None, None, "wrong_column_count"),
        (6, None, None, "broken_quote"),
        (7, "order", None, "missing_required"),
        (8, "quantity", "0.000", "not_positive"),
        (9, "at", "2024-02-31 10:00:00", "wrong_type"),
        (10, "price", "1,5", "wrong_type"),
        (13, None, None, "broken_quote"),
    ]
    assert (report.counts.read, report.counts.accepted, report.counts.rejected) == (12, 3, 9)
    raw = dict(company.query("select line, raw_row from landing._quarantine"))
    assert raw[6] == 'L5,O1,"2"x,3.50,2024-01-31 10:00:00'
    assert raw[7] == "L6,,2,3.50,2024-01-31 10:00:00"
    messages = dict(company.query("select line, message from landing._quarantine"))
    assert "is not a number; correct it in the file" in messages[3]
    assert "map them to refunds" in messages[8]
    assert "4 columns where the header has 5" in messages[4]


def test_too_many_rejected_rows_stop_with_examples_and_personal_values_masked(company):
    company.sources(
        """
        sources:
          crm:
            kind: file
            path: customers.csv
            entities:
              customers:
                columns: {customer_id: id, birth_date: born, is_test: test}
              contracts:
                columns: {contract_id: id, customer_id: id, started_on: began}
        """
    )
    company.write(
        "customers.csv", "id,born,test,began\nA,secret,no,2024-01-01\n" * 1 + "B,x,no,y\n"
    )
    problems = company.fails()
    text = "\n".join(problems)
    assert "customers.csv (customers): 2 of 2 records are rejected (wrong_type: 2)" in text
    assert "line 2, column born = ***: wrong_type: is not a date" in text
    assert "secret" not in text
    assert "contracts" not in text, "half of the contracts are sound"


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_named(shop):
    company = shop()
    company.write("lines.csv", HEADER + GOOD).chmod(0)
    [problem] = company.fails()
    assert "cannot be read (Permission denied)" in problem


def test_sound_files_land_beside_one_with_too_many_rejects(shop):
    company = shop("inbox")
    company.write("inbox/a.csv", HEADER + GOOD.replace("2,3.50", "x,3.50"))
    company.write("inbox/b.csv", HEADER + GOOD)
    [problem] = company.fails()
    assert problem.startswith("a.csv (order_lines): 1 of 1 records are rejected")
    assert company.query("select file from landing._batches") == [("b.csv",)]


def test_an_expression_that_raises_rejects_only_its_row(shop):
    company = shop(
        more=", discount_amount: 'cast(note as int) + cast(note as int)'",
        settings="types: {note: text}",
    )
    rows = GOOD.replace("\n", ",5\n") + GOOD.replace("L1", "L2").replace("\n", ",five\n")
    company.write("lines.csv", HEADER.replace("at\n", "at,note\n") + rows)
    [report] = company.land().files
    assert (report.counts.accepted, report.counts.rejected) == (1, 1)
    assert company.quarantine() == [(3, "discount_amount", None, "wrong_type")]
