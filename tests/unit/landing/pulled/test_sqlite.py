"""Databases through SQLAlchemy and dlt, on one that needs no server."""

import sqlite3
from contextlib import closing

import pytest

from orchestration.landing import LandingError

SOURCES = """
sources:
  shop:
    kind: database
    address: sqlite:///${FILE}
    %s
    entities:
      orders:
        columns: {order_id: id, ordered_at: at, gross_amount: total}
"""
KEYS = "select order_id from landing.orders order by 1"


@pytest.fixture
def shop(company, monkeypatch):
    """A company whose shop is an SQLite file; returns it, and what runs statements there."""
    monkeypatch.setattr("orchestration.landing.pulled.database.PAGE_ROWS", 3)
    path = company.folder / "shop.db"
    path.parent.mkdir()

    def execute(*statements):
        with closing(sqlite3.connect(path)) as connection, connection:
            for statement in statements:
                connection.execute(statement)

    execute(
        "create table orders (id integer primary key, at timestamp, total numeric(10,2), "
        "changed text, paid boolean)",
        *(
            f"insert into orders values ({n}, '2024-01-{n:02d} 10:00:00', {n}.25, "
            f"'2024-01-{n:02d}', {n % 2})"
            for n in range(1, 9)
        ),
    )

    def land():
        return company.land(FILE=str(path))

    return company, execute, land


@pytest.mark.parametrize("rows", ["table: orders", 'query: "select * from orders where 1 = 1"'])
def test_a_table_and_a_query_land(shop, rows):
    company, _, land = shop
    company.sources(SOURCES % rows)
    land()
    assert company.query(
        "select count(*), sum(gross_amount)::double, min(ordered_at)::varchar from landing.orders"
    ) == [(8, 38.0, "2024-01-01 10:00:00+00")]


@pytest.mark.parametrize("cursor", ["id", "at", "changed"])
def test_a_table_is_read_on_from_its_cursor(shop, cursor):
    company, execute, land = shop
    company.sources(SOURCES % f"table: orders\n    cursor: {cursor}")
    land()
    assert land().files == ()
    execute("insert into orders values (9, '2024-01-09 10:00:00', 9, '2024-01-09', 1)")
    [file] = land().files
    assert file.counts.read == 1
    assert len(company.query(KEYS)) == 9


def test_rows_without_a_cursor_are_read_every_time(shop):
    company, execute, land = shop
    company.sources(SOURCES % "table: orders\n    cursor: changed")
    execute("update orders set changed = null where id = 1")
    land()
    execute("update orders set changed = null where id = 2")
    [file] = land().files
    assert file.counts.read == 1
    assert len(company.query(KEYS)) == 9


def test_a_query_is_read_on_from_its_cursor(shop):
    company, execute, land = shop
    query = "select id, at, total, 'at :noon' as no_parameter, '100%' as share from orders"
    company.sources(SOURCES % f'query: "{query}"\n    cursor: id\n    key: id')
    land()
    execute(
        "insert into orders values (2000, '2024-01-09 10:00:00', 9, '2024-01-09', 1)",
        "delete from orders where id = 1",
    )
    [file] = land().files
    assert file.counts.read == 1
    assert company.query(
        "select order_id, extra->>'no_parameter', extra->>'share' from landing.orders "
        "where order_id = '2000'"
    ) == [("2000", "at :noon", "100%")]


def test_a_table_of_several_key_columns_is_read_whole(shop):
    company, execute, land = shop
    execute(
        "create table lines (o text, n integer, at timestamp, total real, primary key (o, n))",
        *(f"insert into lines values ('O{n % 2}', {n}, '2024-01-01', 1.5)" for n in range(7)),
    )
    company.sources(SOURCES.replace("order_id: id", "order_id: \"o || '-' || n\"") % "table: lines")
    land()
    assert [key for (key,) in company.query(KEYS)] == [
        f"O{n % 2}-{n}" for n in (0, 2, 4, 6, 1, 3, 5)
    ]


def test_the_lag_of_a_text_is_refused(shop):
    company, _, _ = shop
    company.sources(SOURCES % "table: orders\n    cursor: changed\n    lag: 2 days")
    [problem] = company.fails(FILE=str(company.folder / "shop.db"))
    assert "line 8: does not fit the cursor changed. Leave it out." in problem


def test_a_value_that_the_driver_cannot_read_is_said(shop):
    company, execute, _ = shop
    execute("insert into orders values (10, 'soon', 1, '2024-01-10', 1)")
    company.sources(SOURCES % "table: orders")
    [problem] = company.fails(FILE=str(company.folder / "shop.db"))
    assert "line 5: the reading broke off: Invalid isoformat string: ***" in problem
    assert "soon" not in problem


@pytest.mark.parametrize("value", ["total = '12,50'", "at = '0000-00-00'", "at = 'yesterday'"])
def test_a_value_that_the_driver_cannot_read_is_one_message_and_a_query_reads_it(shop, value):
    company, execute, land = shop
    execute(f"update orders set {value} where id = 5")
    company.sources(SOURCES % "table: orders")
    with pytest.raises(LandingError) as stopped:
        land()
    [message] = stopped.value.problems
    assert "the reading broke off" in message
    assert "cast to text in a `query`" in message
    assert "12,50" not in message
    company.sources(
        SOURCES
        % 'query: "select id, cast(at as text) as at, cast(total as text) as total from orders"'
    )
    land()
    assert company.query(KEYS) == [(str(n),) for n in (1, 2, 3, 4, 6, 7, 8)]
    assert company.query("select reason, line from landing._rejected") == [("wrong_type", 5)]
