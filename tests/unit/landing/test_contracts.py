"""Columns that change from delivery to delivery: named, and treated as the contract says."""

import json

import duckdb
import pytest

from orchestration.landing import Ledger
from orchestration.landing.drift import drift
from orchestration.landing.header_columns import HeaderColumn
from orchestration.landing.headers import Header, header_of

ORDERS = """
sources:
  shop:
    kind: file
    path: {path}
    max_rejected_share: 0.9
    {settings}
    entities:
      orders:
        {own}
        columns: {{order_id: id, ordered_at: at, gross_amount: sum, coupon_code: code{more}}}
"""
BEFORE = "id,at,sum,code,note\n1,2024-01-01,3,A1,x\n2,2024-01-02,4.5,B2,y\n"
EXTRA = "select order_id, extra from landing.orders where _file = 'b.csv' order by _row"


@pytest.fixture
def orders(company):
    def made(settings: str = "", own: str = "", path: str = "inbox", more: str = ""):
        company.sources(ORDERS.format(settings=settings, own=own, path=path, more=more))
        return company

    return made


def after_a_first_delivery(company, second: str, first: str = BEFORE):
    company.write("inbox/a.csv", first)
    company.land()
    company.write("inbox/b.csv", second)
    return company


DRIFTS = [
    ("id,at,sum,code,note,tier\n3,2024-01-03,5,C3,z,gold\n", "new: 'tier' ({fate})"),
    ("id,at,sum,code\n3,2024-01-03,5,C3\n", "gone: 'note'"),
    (
        "id,at,sum,code,notes\n3,2024-01-03,5,C3,z\n",
        "'note' is gone and 'notes' is new ({fate}): perhaps renamed",
    ),
    ("at,id,sum,code,note\n2024-01-03,3,5,C3,z\n", "the order is now at, id, sum, code, note"),
    (
        "id,at,sum,code,note\nA-3,2024-01-03,5,C3,z\n",
        "'id' held whole numbers and holds texts",
    ),
    (
        "id,at,sum,code,note\n3.0,2024-01-03,5,C3,z\n",
        "'id' held whole numbers and holds numbers",
    ),
]
SINCE = "b.csv: other columns than in a.csv: "


@pytest.mark.parametrize(("second", "expected"), DRIFTS)
def test_evolve_lands_and_names_what_is_different(orders, second, expected):
    company = after_a_first_delivery(orders(), second)
    report = company.land()
    assert report.messages[0] == f"{SINCE}{expected.format(fate='kept in `extra`')}."
    assert [file.counts.accepted for file in report.landed] == [1]
    assert company.land().messages == (), "said once"


@pytest.mark.parametrize(("second", "expected"), DRIFTS)
def test_freeze_refuses_the_delivery_and_names_what_is_different(orders, second, expected):
    company = after_a_first_delivery(orders("contract: freeze"), second)
    [problem] = company.fails()
    assert problem.startswith(f"{SINCE}{expected.format(fate='not expected')}.")
    assert "sources.yml line 7 says `contract: freeze`, so nothing of it was landed" in problem
    assert "say `contract: evolve` for one run" in problem
    assert company.query("select file from landing._batches") == [("a.csv",)]

    orders("contract: evolve").land()  # as the message says
    orders("contract: freeze").land()
    assert company.query("select distinct _file from landing.orders order by 1") == [
        ("a.csv",), ("b.csv",),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "second",
    [
        BEFORE.replace("\n1,", "\n8,").replace("\n2,", "\n9,"),
        "id,at,sum,code,note\n3,2024-01-03 10:00:00,5.25,C77,\n",  # all of it fits what was there
        "id,at,sum,code,note\n3,2024-01-03,,,\n",
    ],
)
def test_what_fits_is_no_difference(orders, second):
    company = after_a_first_delivery(orders("contract: freeze"), second)
    assert company.land().messages == ()


NUMBERS_AS_TEXTS = "id,at,sum,code,note\n3,2024-01-03,5,77,z\n"


@pytest.mark.parametrize("contract", ["evolve", "freeze"])
def test_texts_that_are_all_numbers_now_are_named_and_land(orders, contract):
    company = after_a_first_delivery(orders(f"contract: {contract}"), NUMBERS_AS_TEXTS)
    report = company.land()
    assert report.messages == (f"{SINCE}'code' held texts and holds whole numbers.",)
    assert [file.counts.accepted for file in report.landed] == [1]


def test_texts_stay_texts_for_a_frozen_contract(orders):
    company = after_a_first_delivery(orders("contract: freeze"), NUMBERS_AS_TEXTS)
    company.land()
    company.write("inbox/c.csv", BEFORE.replace("\n1,", "\n8,").replace("\n2,", "\n9,"))
    assert company.land().messages == ()


def test_texts_of_which_some_were_numbers_may_all_be_numbers(orders):
    company = after_a_first_delivery(orders(), NUMBERS_AS_TEXTS, BEFORE.replace("A1", "12"))
    assert company.land().messages == ()


def test_too_many_rejected_rows_are_told_with_what_is_different(orders):
    company = after_a_first_delivery(
        orders(), "id,at,sum,code,note\n3,2024-01-03,five,C3,z\n4,2024-01-04,six,C4,z\n"
    )
    [problem] = company.fails()
    assert "2 of 2 records are rejected" in problem
    assert f"{SINCE}'sum' held numbers and holds texts." in problem


def test_a_new_column_that_is_mapped_is_not_said_to_be_kept_in_extra(orders):
    company = after_a_first_delivery(orders(), DRIFTS[1][0])
    (company.folder / "inbox/b.csv").unlink()
    orders(more=", email: mail")
    company.write("inbox/a.csv", "id,at,sum,code,note,mail,tier\n1,2024-01-01,3,A1,x,a@b.de,gold\n")
    [message] = [text for text in company.land().messages if "other columns" in text]
    assert message == (
        "a.csv: other columns than when it came last: new: 'mail' (mapped); "
        "new: 'tier' (kept in `extra`)."
    )


def test_another_mapping_is_no_other_columns(orders):
    company = after_a_first_delivery(orders(), DRIFTS[0][0])
    company.land()
    orders(more=", email: tier")
    (company.folder / "inbox/a.csv").unlink()
    messages = company.land().messages
    assert not [text for text in messages if "other columns" in text]
    assert company.query("select email from landing.orders where order_id = '3'") == [("gold",)]


def test_files_that_land_anew_are_not_compared_with_each_other(orders):
    company = after_a_first_delivery(orders(), DRIFTS[0][0])
    company.land()
    orders(more=", status: \"'completed'\"")
    company.write("inbox/c.csv", DRIFTS[0][0].replace("\n3,", "\n4,"))
    assert not [text for text in company.land().messages if "other columns" in text]


def test_what_landed_before_is_not_refused_because_its_mapping_changed(orders):
    company = after_a_first_delivery(orders(), DRIFTS[0][0])
    company.land()
    orders("contract: freeze", more=", status: \"'completed'\"")
    report = company.land()
    assert not [text for text in report.messages if "other columns" in text]
    assert len(report.landed) == 2
    company.write("inbox/c.csv", BEFORE.replace("\n1,", "\n8,"))
    assert "gone: 'tier'" in company.fails()[0], "the last delivery is the one that was"


def test_what_a_column_held_is_remembered_over_deliveries_without_it(orders):
    company = after_a_first_delivery(
        orders("contract: freeze"), "id,at,sum,code,note\n3,2024-01-03,,,\n"
    )
    company.land()
    company.write("inbox/c.csv", "id,at,sum,code,note\n4,2024-01-04,five,,\n")
    [problem] = company.fails()
    assert "'sum' held numbers and holds texts" in problem


def test_discard_row_sets_rows_aside_that_have_a_value_in_a_new_column(orders):
    second = "id,at,sum,code,note,tier\n3,2024-01-03,5,C,z,gold\n4,2024-01-04,6,D,w,\n"
    company = after_a_first_delivery(orders("contract: discard_row"), second)
    report = company.land()
    assert report.messages[0] == (
        f"{SINCE}new: 'tier' (rows that have a value in it go to quarantine)."
    )
    [file] = report.landed
    assert (file.counts.read, file.counts.accepted, file.counts.rejected) == (2, 1, 1)
    assert company.quarantine() == [(2, "tier", "gold", "unexpected_column")]
    assert company.query("select order_id from landing.orders where _file = 'b.csv'") == [("4",)]

    company.write("inbox/c.csv", second.replace("3,", "5,").replace("4,", "6,"))
    again = company.land()
    assert "other columns than in a.csv: new: 'tier'" in again.messages[0], "not taken as agreed"
    assert [file.counts.rejected for file in again.landed] == [1]


def test_rows_that_a_where_leaves_out_are_not_set_aside(orders):
    company = orders("contract: discard_row", own='where: "sum > 5"')
    second = "id,at,sum,code,note,tier\n3,2024-01-03,5,C,z,gold\n4,2024-01-04,6,D,w,gold\n"
    after_a_first_delivery(company, second, BEFORE.replace("4.5", "9"))
    [file] = company.land().landed
    assert (file.counts.filtered, file.counts.rejected) == (1, 1)


def test_discard_row_of_json_lines_knows_null_from_a_value(orders):
    company = orders("contract: discard_row")
    row = {"id": 1, "at": "2024-01-01", "sum": 3, "code": "A"}
    company.write("inbox/a.jsonl", json.dumps(row))
    company.land()
    rows = [
        {**row, "id": 2, "tier": None},
        {**row, "id": 3, "tier": {"level": 1}},
        {**row, "id": 4},
    ]
    company.write("inbox/b.jsonl", "\n".join(map(json.dumps, rows)))
    company.land()
    assert company.quarantine() == [(2, "tier", '{"level":1}', "unexpected_column")]
    assert company.query("select order_id from landing.orders order by 1") == [
        ("1",), ("2",), ("4",),
    ]  # fmt: skip


def test_the_contract_of_an_entity_goes_before_that_of_its_source(orders):
    company = orders("contract: freeze", own="contract: evolve")
    after_a_first_delivery(company, DRIFTS[0][0])
    assert "kept in `extra`" in company.land().messages[0]
    company = orders("contract: evolve", own="contract: freeze")
    company.write("inbox/c.csv", DRIFTS[1][0])
    [problem] = company.fails()
    assert "sources.yml line 10 says `contract: freeze`" in problem


@pytest.mark.parametrize("contract", ["evolve", "freeze", "discard_row"])
def test_a_mapped_column_that_is_missing_is_always_an_error(orders, contract):
    company = orders(f"contract: {contract}")
    after_a_first_delivery(company, BEFORE.replace("code", "coupon"))
    problem = "\n".join(company.fails())
    assert "orders.coupon_code is mapped to 'code', which is no column of b.csv" in problem
    assert "'code' is gone and 'coupon' is new" in problem
    assert company.query("select count(*) from landing._batches") == [(1,)]


def test_a_column_that_is_gone_does_not_become_an_expression(orders):
    """2024 without its column would be a number that is the same in every row."""
    company = orders(more=", tax_amount: '2024'")
    after_a_first_delivery(
        company, BEFORE, BEFORE.replace("note", "2024").replace("x", "1").replace("y", "2")
    )
    [problem] = company.fails()
    assert "orders.tax_amount is mapped to '2024', which was a column of a.csv and is none" in (
        problem
    )


def test_files_of_one_run_are_compared_with_each_other(orders):
    company = orders()
    company.write("inbox/a.csv", BEFORE)
    company.write("inbox/b.csv", DRIFTS[1][0])
    company.write("inbox/c.csv", BEFORE.replace("1,", "8,"))
    messages = company.land().messages
    assert [text for text in messages if "other columns" in text] == [
        f"{SINCE}gone: 'note'.",
        "c.csv: other columns than in b.csv: new: 'note' (kept in `extra`).",
    ]


def test_json_objects_have_no_order(orders):
    company = orders("contract: freeze")
    row = {"id": 1, "at": "2024-01-01", "sum": 3, "code": "A"}
    company.write("inbox/a.jsonl", json.dumps(row))
    company.land()
    company.write("inbox/b.jsonl", json.dumps(dict(reversed({**row, "id": 2}.items()))))
    assert len(company.land().landed) == 1


def test_types_that_parquet_declares_are_compared_as_they_are(orders):
    company = orders("contract: freeze")
    folder = company.folder / "inbox"
    folder.mkdir(parents=True)
    select = "select 1 as id, timestamp '2024-01-01' as at, 3 as sum, 'A' as code"
    with duckdb.connect() as connection:
        connection.execute(f"copy ({select}) to $1", [str(folder / "a.parquet")])
        company.land()
        connection.execute(
            f"copy ({select.replace('1 as id', '1.0::double as id')}) to $1",
            [str(folder / "b.parquet")],
        )
    [problem] = company.fails()
    assert "'id' held INTEGER and holds DOUBLE" in problem


def test_a_ledger_from_before_headers_were_kept_is_taken_over(orders):
    company = orders("contract: freeze")
    company.write("inbox/a.csv", BEFORE)
    company.land()
    with Ledger(company.settings.state) as ledger:
        ledger._connection.execute("drop table headers")
    company.write("inbox/b.csv", DRIFTS[1][0])
    assert len(company.land().landed) == 1, "there was nothing to compare it with"
    company.write("inbox/c.csv", BEFORE.replace("1,", "8,"))
    assert "new: 'note'" in company.fails()[0]


class Columns:
    """A reader of texts in memory."""

    def __init__(self, **columns: list[str]) -> None:
        self.columns = tuple(columns)
        self._columns = columns

    def stored_types(self) -> dict[str, str]:
        return {}

    def first_texts(self, _rows: int):
        import pyarrow as pa  # noqa: PLC0415

        return pa.table(self._columns)


def header(name: str, **columns: list[str]) -> Header:
    return header_of(Columns(**columns), name, has_order=True)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "007", "-5"], "whole numbers"),
        (["1", "2.5", "1 234,50", "(3)", "1e5"], "numbers"),
        (["2024-01-31", "31.01.2024"], "dates"),
        (["2024-01-31", "2024-01-31 10:00"], "times"),
        (["yes", "No"], "true or false"),
        (["1", "x"], "texts"),
        (["", ""], "nothing"),
        (["5"] * 19 + ["torn"], "whole numbers"),
    ],
)
def test_what_values_are_said_to_hold(values, kind):
    assert header("a", x=values).columns[0].type == kind


def test_a_column_with_another_name_is_known_by_its_values():
    last = header("a", id=["1", "2"], mail=["ann@x.org", "bo@y.de"], town=["Bath", "Ulm"])
    now = header("b", id=["1", "2"], contact=["cy@z.fr", "di@w.it"], place_of_work=["A-1", "B-2"])
    found = drift(last, now, ())
    assert found.renamed == (("mail", "contact"),)
    assert found.words() == (
        "'mail' is gone and 'contact' is new: perhaps renamed; new: 'place_of_work'; gone: 'town'"
    )


def test_of_several_columns_that_are_gone_the_one_with_like_values_was_renamed():
    last = header("a", id=["1", "2"], tier=["", "gold"], note=["x", "y"])
    now = header("b", id=["3", "4"], remark=["v", "w"])
    assert drift(last, now, ()).renamed == (("note", "remark"),)


def test_a_header_holds_nothing_of_anybody(orders):
    company = orders()
    company.write("inbox/a.csv", BEFORE.replace("A1", "Ann Bell 0301234567").replace("x", "a@b.de"))
    company.land()
    with Ledger(company.settings.state) as ledger:
        [(text,)] = ledger._connection.execute("select header from headers")
        kept = ledger.last_header("shop", "orders")
    assert not any(part in text for part in ("Ann", "Bell", "030", "b.de"))
    assert kept is not None
    assert kept.columns[3] == HeaderColumn("code", "texts", {"a a 9": 0.5, "a9": 0.5}, 2, 1.0, 10.5)
