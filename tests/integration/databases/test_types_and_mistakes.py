"""What PostgreSQL's types become, and what is said when something is wrong."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.integration.databases.conftest import PASSWORD, Database, start_landing
from tests.unit.landing.conftest import Company

SOURCES = """
sources:
  shop:
    kind: database
    address: ${ADDRESS}
    %s
    timezone: Europe/Berlin
    entities:
      customers:
        columns: {customer_id: id, created_at: at}
  paid:
    kind: file
    path: orders.csv
    entities:
      orders:
        columns: {order_id: id, ordered_at: at}
"""


@pytest.fixture
def company(tmp_path: Path) -> Company:
    company = Company(tmp_path)
    company.write("orders.csv", "id,at\n1,2024-01-01\n")
    return company


def test_every_type_lands_as_what_it_is(company: Company, database: Database) -> None:
    database.execute(
        "create type mood as enum ('glad', 'sad')",
        """create table people (
            id bigint primary key, at timestamp, changed timestamptz, born date, opens time,
            amount numeric, price numeric(12,2), share float8, ratio real, is_test boolean,
            hobby json, car jsonb, tags text[], sizes int[], ref uuid, stays interval,
            picture bytea, mood mood, paid money, host inet, years int4range, code char(5))""",
        """insert into people values (
            9007199254740993, '2024-07-01 10:00', '2024-07-01 10:00+02', '1999-12-31', '08:30',
            1234567890123456789.123456789012, 10.50, 1.5, 0.5, true,
            '{"a": 1.10}', '{"b": [1, null]}', '{x,"y z"}', '{1,2}',
            'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '1 day 2 hours', '\\xDEAD', 'glad', 12.5,
            '10.0.0.1', '[1,5)', 'ab')""",
        "insert into people (id) values (2)",
    )
    company.sources(SOURCES % "table: people")
    company.land(ADDRESS=database.address)
    [(created, extra)] = company.query(
        "select created_at, extra from landing.customers where customer_id = '9007199254740993'"
    )
    assert created == datetime(2024, 7, 1, 8, 0, tzinfo=UTC)  # 10:00 in Berlin, in summer
    assert json.loads(extra) == {
        "changed": "2024-07-01 10:00:00+02",
        "born": "1999-12-31",
        "opens": "08:30:00",
        "amount": pytest.approx(1234567890123456789),  # exact in the file, JSON has no more
        "price": 10.5,
        "share": 1.5,
        "ratio": 0.5,
        "is_test": True,
        "hobby": '{"a": 1.10}',
        "car": '{"b": [1, null]}',
        "tags": '["x","y z"]',
        "sizes": "[1,2]",
        "ref": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
        "stays": "1 day 02:00:00",
        "picture": "dead",
        "mood": "glad",
        "paid": "$12.50",
        "host": "10.0.0.1/32",
        "years": "[1,5)",
        "code": "ab",
    }
    [(extra,)] = company.query("select extra from landing.customers where customer_id = '2'")
    assert set(json.loads(extra).values()) == {None}


ORDERS = """
sources:
  shop:
    kind: database
    address: ${ADDRESS}
    %s
    entities:
      orders:
        columns: {order_id: id, ordered_at: at, gross_amount: total}
"""


@pytest.mark.parametrize("kind", ["numeric", "numeric(12,4)"])
def test_a_value_that_no_decimal_holds_is_quarantined_with_its_key(
    company: Company, database: Database, kind: str
) -> None:
    database.execute(
        "create schema sales",
        f"create table sales.orders (id int primary key, at timestamptz, total {kind})",
        """insert into sales.orders values
            (1, '2024-01-31 23:59+00', 10.1234), (2, '2024-01-31', 'NaN'), (3, null, 3)""",
    )
    company.sources(ORDERS % "table: sales.orders\n    max_rejected_share: 0.9")
    [report] = company.land(ADDRESS=database.address).files
    assert report.file == "sales.orders"
    assert (report.counts.read, report.counts.accepted, report.counts.rejected) == (3, 1, 2)
    assert company.query("select order_id, gross_amount from landing.orders") == [
        ("1", Decimal("10.1234"))
    ]
    assert company.query(
        "select file, row_key, column_name, value, reason from landing._quarantine order by 2"
    ) == [
        ("sales.orders", '{"id":"2"}', "total", "NaN", "wrong_type"),
        ("sales.orders", '{"id":"3"}', "at", None, "missing_required"),
    ]
    database.execute("insert into sales.orders values (4, null, 4)")
    company.sources(ORDERS % "table: sales.orders")
    [problem] = company.fails(ADDRESS=database.address)
    assert 'sales.orders row {"id":"2"}, column total' in problem


def test_a_query_is_a_source(company: Company, database: Database) -> None:
    database.execute(
        "create table orders (id int primary key, at timestamp, net numeric(10,2), tax float8)",
        "insert into orders values (1, '2024-01-31 10:30', 10.10, 1), (2, '2024-01-31', 20, 2)",
    )
    query = "select id, at, net::numeric + 1 as total from orders where at::time >= '10:30';"
    company.sources(ORDERS % f'query: "{query}"')
    company.land(ADDRESS=database.address)
    assert company.query("select order_id, gross_amount, _file from landing.orders") == [
        ("1", Decimal("11.1000"), "query")
    ]


def test_a_column_without_values_keeps_its_type(company: Company, database: Database) -> None:
    database.execute(
        "create table orders (id int primary key, at timestamp, net numeric, off numeric, "
        "share float8, many int[])",
        "insert into orders (id, at, net) values (1, '2024-01-31', 10)",
    )
    text = ORDERS % "table: orders"
    total = '"net - coalesce(off, 0) + coalesce(share, 0)"'
    company.sources(text.replace("gross_amount: total", f"gross_amount: {total}"))
    company.land(ADDRESS=database.address)
    assert company.query("select gross_amount from landing.orders") == [(Decimal(10),)]


def test_a_column_of_a_query_may_be_empty_on_its_first_page(
    company: Company, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.landing.pulled.database.PAGE_ROWS", 1)
    database.execute(
        "create table orders (id int primary key, at timestamp, total text)",
        "insert into orders values (1, '2024-01-31', null), (2, '2024-01-31', ' x5')",
    )
    text = ORDERS % 'query: "select * from orders order by id"'
    company.sources(text.replace("total}", "\"trim(upper(total), ' X')\"}"))
    company.land(ADDRESS=database.address)
    assert company.query("select gross_amount from landing.orders order by order_id") == [
        (None,), (Decimal(5),),
    ]  # fmt: skip


def test_the_times_of_a_query_are_instants_in_summer_and_winter(
    company: Company, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The driver gives them with the server's offset, which is another one on another page."""
    monkeypatch.setattr("orchestration.landing.pulled.database.PAGE_ROWS", 1)
    database.execute(
        f"alter database {database.name} set timezone = 'Europe/Berlin'",
        "create table orders (id int primary key, at timestamptz, total numeric)",
        "insert into orders values (1, '2024-01-31 12:00+00', 1), (2, '2024-07-31 12:00+00', 2)",
    )
    text = ORDERS % 'query: "select * from orders"\n    cursor: at\n    key: id'
    company.sources(text.replace("at: at", "at: '\"at\" + interval 1 day'"))
    company.land(ADDRESS=database.address)
    assert company.land(ADDRESS=database.address).files == ()
    assert company.query("select ordered_at::varchar from landing.orders order by 1") == [
        ("2024-02-01 12:00:00+00",), ("2024-08-01 12:00:00+00",),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("table: order", "line 6: there is no table or view 'order'. Did you mean 'orders'?"),
        ("table: sales.orders", "there is no table or view 'orders' in schema 'sales'"),
        ("table: orders\n    cursor: changed_at", "line 7: orders has no column 'changed_at'. Did"),
        ("table: orders\n    key: number", "line 7: orders has no column 'number'."),
        ("table: orders\n    cursor: notes", "line 7: notes is neither a time nor a date nor"),
        ("table: orders\n    cursor: changed\n    lag: 7", "line 8: does not fit the cursor chang"),
        ("table: orders\n    cursor: id\n    lag: 7 days", "line 8: does not fit the cursor id."),
        ("query: select id, from orders", "line 6: the query cannot be run: syntax error at or"),
        ("query: select id as at, at, total, at from orders", "the query gives at more than once"),
    ],
)
def test_a_mistake_is_said_with_its_line_and_remedy(
    company: Company, database: Database, setting: str, expected: str
) -> None:
    database.execute(
        "create table orders (id int primary key, at timestamp, changed timestamp, notes text, "
        "total numeric)",
        "insert into orders values (1, now(), now(), 'x', 1)",
    )
    company.sources(ORDERS % setting)
    [problem] = company.fails(ADDRESS=database.address)
    assert expected in problem
    assert not any(company.settings.landing.glob("*/batch=*"))


def test_a_column_that_is_mapped_and_not_there_is_said_after_one_page(
    company: Company, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.landing.pulled.database.PAGE_ROWS", 10)
    database.execute(
        "create table orders (id int primary key, at timestamp, amount numeric)",
        "insert into orders select n, now(), n from generate_series(1, 100) as n",
    )
    company.sources(ORDERS % "table: orders")
    [problem] = company.fails(ADDRESS=database.address)
    assert "orders.gross_amount is mapped to 'total', which is no column of orders" in problem
    assert "Columns found: id, at, amount." in problem
    assert [event.message for event in company.events] == []


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("postgresql://shop:wrong-secret@127.0.0.1:{port}/{name}", "password authentication fail"),
        ("postgresql://shop:wrong-secret@127.0.0.1:1/{name}", "onnection refused"),
        ("postgresql://shop:wrong-secret@127.0.0.1:{port}/nowhere", "cannot be opened: "),
        ("postgresql://shop:wrong-secret@no.such.host.invalid/x", "could not translate host name"),
        ("mysql+nodriver://shop:wrong-secret@127.0.0.1/x", "is not an address that SQLAlchemy k"),
        ("mysql+pymysql://shop:wrong-secret@127.0.0.1/x", "the driver 'pymysql' is not installed"),
        ("shop:wrong-secret@127.0.0.1", "line 5: is not an address that SQLAlchemy knows"),
    ],
)
def test_a_database_that_cannot_be_reached_is_said_without_the_password(
    company: Company, database: Database, address: str, expected: str
) -> None:
    company.sources(ORDERS % "table: orders")
    [problem] = company.fails(ADDRESS=address.format(port=database.port, name=database.name))
    assert "sources.yml line 5: " in problem
    assert expected in problem
    assert "wrong-secret" not in problem


def test_the_password_is_never_shown(company: Company, database: Database) -> None:
    """Also where the database itself repeats the address."""
    company.sources(ORDERS % "table: orders")
    address = database.address.replace(database.name, quote(f"x {PASSWORD}", safe=""))
    [problem] = company.fails(ADDRESS=address)
    assert PASSWORD not in problem
    assert "***" in problem
    assert "s3cr" not in repr(company)


def test_nothing_is_written_at_home_and_nobody_is_called(
    company: Company, database: Database, tmp_path: Path
) -> None:
    """dlt would keep an id in the home folder and report to its makers."""
    home = tmp_path / "home"
    home.mkdir()
    database.execute(
        "create table orders (id int primary key, at timestamp, total numeric, card json, "
        "tags text[], place point)",
        "insert into orders values (1, now(), 1, '{}', '{a}', '(1,2)')",
    )
    company.sources(ORDERS % "table: orders")
    landing = start_landing(company, ADDRESS=database.address, HOME=str(home), CALLS="forbidden")
    _, errors = landing.communicate(timeout=120)
    assert landing.returncode == 0, errors
    assert "WARNING" not in errors  # dlt's own words
    assert list(home.rglob("*")) == []
    assert len(company.query("from landing.orders")) == 1
