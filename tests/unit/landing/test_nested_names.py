"""Names inside JSON objects that change from delivery to delivery: named, and kept."""

import json

import duckdb
import pytest

from orchestration.landing import Ledger
from orchestration.landing.checks import Check
from orchestration.landing.drift import drift
from orchestration.landing.header_columns import look_at
from orchestration.landing.headers import Header
from orchestration.landing.nested_names import MOST_NAMES, nested_names

ORDERS = """
sources:
  shop:
    kind: file
    path: inbox
    contract: {contract}
    entities:
      orders:
        columns: {{order_id: id, ordered_at: at, customer_id: "{customer}"}}
"""
SINCE = "b.jsonl: other columns than in a.jsonl: "
RENAMED = "'buyer.id' is gone and 'buyer.uid' is new"
BY_ID = "buyer->>'$.id'"


def lines(*buyers: object, first: int = 1) -> str:
    return "".join(
        json.dumps({"id": f"j{number}", "at": "2024-01-01", "buyer": buyer}) + "\n"
        for number, buyer in enumerate(buyers, first)
    )


@pytest.fixture
def orders(company):
    def made(contract: str = "evolve", customer: str = BY_ID):
        company.sources(ORDERS.format(contract=contract, customer=customer))
        return company

    return made


def after(company, *buyers: object):
    company.write("inbox/a.jsonl", lines(*buyers))
    company.land()
    return company


@pytest.mark.parametrize("contract", ["evolve", "discard_row"])
def test_a_renamed_name_and_the_column_that_it_empties_are_named(orders, contract):
    company = after(orders(contract), {"id": "C9"})
    company.write("inbox/b.jsonl", lines({"uid": "C9"}, first=2))
    [message] = company.land().messages
    assert message == (
        f"{SINCE}{RENAMED} (kept in `extra`): perhaps renamed. orders.customer_id "
        "(buyer->>'$.id') asks for 'buyer.id' and is empty wherever nothing else gives it."
    )
    [check] = [event.check for event in company.events if event.check]
    assert (check.check, check.passed, check.message) == (Check.COLUMNS, False, message)
    assert company.query("select order_id, customer_id from landing.orders order by 1") == [
        ("j1", "C9"), ("j2", None),
    ]  # fmt: skip

    company.write("inbox/c.jsonl", lines({"uid": "C9"}, first=3))
    assert company.land().messages == (), "said once"


def test_freeze_refuses_a_renamed_name(orders):
    company = after(orders("freeze"), {"id": "C9"})
    company.write("inbox/b.jsonl", lines({"uid": "C9"}, first=2))
    [problem] = company.fails()
    assert problem.startswith(f"{SINCE}{RENAMED} (not expected): perhaps renamed. orders.customer")
    assert "says `contract: freeze`, so nothing of it was landed" in problem
    assert company.query("select count(*) from landing.orders") == [(1,)]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ({"id": "C9", "contact": {"mail": "a@b.de"}}, None),
        ({"id": "C9", "contact": {"post": "x"}}, "'buyer.contact.mail'"),
        ({"id": "C9", "contact": None}, None),
        ({"id": "C9", "contact": {"mail": None}}, None),
        ({"id": "C9"}, "gone: 'buyer.contact'."),
        (9, "gone: 'buyer.id', 'buyer.contact';"),
        (None, None),
        ({"id": 9, "contact": {"mail": 7}}, "'buyer.contact.mail' held texts and holds whole"),
        ({"id": "C9", "contact": {"mail": "a@b.de"}, "vip": True}, "new: 'buyer.vip'"),
    ],
)
def test_names_are_known_at_every_depth(orders, now, expected):
    customer = "buyer->'contact'->>'mail'"
    company = after(orders(customer=customer), {"id": "C9", "contact": {"mail": "a@b.de"}})
    company.write("inbox/b.jsonl", lines(now, first=2))
    told = [text for text in company.land().messages if "other columns" in text]
    assert bool(told) == bool(expected)
    assert not expected or expected in told[0]
    is_emptied = "is empty wherever nothing else gives it" in "".join(told)
    assert is_emptied == ("contact" in (expected or "") and "held" not in (expected or ""))


def test_a_name_that_is_missing_by_chance_makes_no_noise(orders):
    some = [{"id": f"C{n}", **({"phone": "1"} if n % 3 else {})} for n in range(30)]
    company = after(orders("freeze"), *some)
    for number, buyers in enumerate([some[:1], some[1:2], some[:3], some[:1]]):
        company.write(f"inbox/b{number}.jsonl", lines(*buyers, first=100 * (number + 1)))
        assert company.land().messages == ()


def test_a_name_that_most_had_and_none_has_is_no_chance(orders):
    some = [{"id": f"C{n}", **({"phone": "1"} if n % 3 else {})} for n in range(30)]
    company = after(orders(), *some)
    company.write("inbox/b.jsonl", lines(*({"id": f"D{n}"} for n in range(30)), first=100))
    assert company.land().messages == (f"{SINCE}gone: 'buyer.phone'.",)


def test_a_name_that_few_have_is_not_missed(orders):
    rare = [{"id": f"C{n}", **({"phone": "1"} if n < 3 else {})} for n in range(10)]
    company = after(orders("freeze"), *rare)
    company.write("inbox/b.jsonl", lines(*({"id": f"D{n}"} for n in range(150)), first=100))
    assert company.land().messages == ()


def test_objects_that_only_expressions_use_are_kept_whole(orders):
    company = after(orders(), {"id": "C9", "town": "Bath", "tags": ["x"]}, None, [7])
    extras = [row[0] for row in company.query("select extra from landing.orders order by _row")]
    assert [json.loads(extra) for extra in extras] == [
        {"buyer": {"id": "C9", "town": "Bath", "tags": ["x"]}}, {"buyer": None}, {"buyer": [7]},
    ]  # fmt: skip


def test_objects_that_a_column_takes_whole_are_not_kept_twice(orders):
    company = after(orders(customer="buyer"), {"id": "C9"})
    assert company.query("select customer_id from landing.orders") == [('{"id":"C9"}',)]
    assert company.query("select extra from landing.orders") == [(None,)]


def test_structs_of_parquet_are_kept_whole(orders):
    company = orders(customer="buyer.id")
    folder = company.folder / "inbox"
    folder.mkdir(parents=True)
    query = "select 'j1' as id, date '2024-01-01' as at, {'id': 'C9', 'town': 'Bath'} as buyer"
    with duckdb.connect() as connection:
        connection.execute(f"copy ({query}) to $1", [str(folder / "a.parquet")])
    company.land()
    [(customer, extra)] = company.query("select customer_id, extra from landing.orders")
    assert (customer, json.loads(extra)) == ("C9", {"buyer": {"id": "C9", "town": "Bath"}})


def test_texts_of_parquet_that_are_objects_are_looked_into(orders):
    company = orders()
    (company.folder / "inbox").mkdir(parents=True)
    for file, key in (("a", "id"), ("b", "uid")):
        texts = f"'{file}' as id, date '2024-01-01' as at, '{{\"{key}\":\"C9\"}}' as buyer"
        with duckdb.connect() as connection:
            path = str(company.folder / f"inbox/{file}.parquet")
            connection.execute(f"copy (select {texts}) to $1", [path])
        messages = company.land().messages
    assert RENAMED in messages[0]
    assert "orders.customer_id (buyer->>'$.id') asks for 'buyer.id'" in messages[0]
    assert company.query("select extra->>'$.buyer.uid' from landing.orders where order_id = 'b'")


def test_objects_in_csv_are_looked_into(company):
    company.sources(ORDERS.format(contract="evolve", customer=BY_ID))
    company.write("inbox/a.csv", 'id,at,buyer\n1,2024-01-01,"{""id"":""C9""}"\n')
    company.land()
    company.write("inbox/b.csv", 'id,at,buyer\n2,2024-01-01,"{""uid"":""C9""}"\n')
    assert RENAMED in company.land().messages[0]


def test_a_ledger_that_knows_no_names_makes_no_noise(orders):
    company = after(orders("freeze"), {"id": "C9"})
    with Ledger(company.settings.state) as ledger:
        [(text,)] = ledger._connection.execute("select header from headers")
        old = json.loads(text)
        del old["nested"]
        old["columns"] = [column[:3] for column in old["columns"]]
        ledger._connection.execute("update headers set header = ?", (json.dumps(old),))
    company.write("inbox/b.jsonl", lines({"uid": "C8"}, first=2))
    assert company.land().messages == ()


def header(*texts: str) -> Header:
    return Header("f", (look_at("x", texts),), nested=nested_names({"x": texts}))


def test_keys_that_people_chose_are_not_names():
    chosen = {"ann@x.org": 1, "0301234567": 1, "id 12345": 2, "id": 3, "": 4}
    assert [one.path for one in nested_names({"x": [json.dumps(chosen)]})] == [("x", "id")]
    many = [json.dumps({"id": n, f"a{n}": 1}) for n in range(20)]
    assert [one.path for one in nested_names({"x": many})] == [("x", "id")]


def test_names_are_bounded_in_depth_and_number():
    deep = json.dumps({"a": {"b": {"c": {"d": 1}}}})
    assert [one.column.name for one in nested_names({"x": [deep]})] == ["x.a", "x.a.b", "x.a.b.c"]
    wide = header(json.dumps({f"a{n}": 1 for n in range(2 * MOST_NAMES)}))
    assert len(wide.nested) == MOST_NAMES
    assert drift(wide, header('{"a0": 1}'), ()).lost_names, "what is gone is known"
    assert not drift(header('{"a0": 1}'), wide, ()).lost_names
    assert not drift(header('{"z": 1}'), wide, ()).lost_names, "it may have been left out"


@pytest.mark.parametrize("text", ["{", "{}", '{"a"}', "[1]", "1", "{" + '"a":{' * 99_999])
def test_what_is_no_object_has_no_names(text):
    assert nested_names({"x": [text]}) == ()
