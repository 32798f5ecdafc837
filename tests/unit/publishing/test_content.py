from pathlib import Path

import duckdb
import pytest

from orchestration.publishing.content import PERSONAL_COLUMNS, read_content
from orchestration.publishing.errors import PublishError

ROWS = """
    create table marts.customers as
    select
        i as customer_key, i % 7 as orders,
        case when i % 5 = 0 then null else 'c' || i end as label
    from range({rows}) as r(i) order by {order};
    comment on table marts.customers is 'one row per customer';
    comment on column marts.customers.orders is 'number of orders';
"""


def connect(order: str = "i", threads: int = 2, rows: int = 1000) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(f"set threads = {threads}; create schema marts; create schema quality")
    connection.execute(ROWS.format(order=order, rows=rows))
    return connection


def content_id(connection: duckdb.DuckDBPyConnection) -> str:
    return read_content(connection, "memory").id


def test_the_id_does_not_depend_on_the_order_of_rows_or_on_threads() -> None:
    # More rows than one row group holds, so that two threads do share the work.
    ids = {
        content_id(connect(order, threads, rows=300_000))
        for order, threads in (("i", 1), ("i desc", 2), ("hash(i)", 1), ("hash(i, 1)", 2))
    }
    assert len(ids) == 1


def test_the_id_does_not_depend_on_the_file_or_on_what_was_there_before(tmp_path: Path) -> None:
    with duckdb.connect(tmp_path / "other.duckdb") as connection:
        connection.execute("create schema marts; create schema quality; create schema staging")
        connection.execute(ROWS.format(order="i", rows=1000))
        connection.execute("insert into marts.customers values (-1, 1, 'x')")
        connection.execute("checkpoint; delete from marts.customers where customer_key = -1")
        assert read_content(connection, "other").id == content_id(connect())


@pytest.mark.parametrize(
    "change",
    [
        "update marts.customers set orders = 8 where customer_key = 1",
        "update marts.customers set label = '' where customer_key = 0",
        # Two rows swap a value: every column alone holds the same values as before.
        "update marts.customers set orders = 3 - orders where customer_key in (1, 2)",
        "delete from marts.customers where customer_key = 1",
        "insert into marts.customers from marts.customers where customer_key = 1",
        "alter table marts.customers rename column orders to purchases",
        "alter table marts.customers alter column orders type integer",
        "alter table marts.customers add column note integer",
        "alter table marts.customers rename to clients",
        "comment on table marts.customers is 'other'",
        "comment on column marts.customers.orders is 'other'",
        "create table quality.coverage (entity varchar)",
        "create view marts.few as select customer_key from marts.customers limit 0",
    ],
)
def test_other_content_gives_another_id(change: str) -> None:
    connection = connect()
    before = content_id(connection)
    connection.execute(change)
    assert content_id(connection) != before


def test_columns_that_trade_their_values_give_another_id() -> None:
    connection = connect()
    connection.execute("create table marts.pairs as select i as a, i + 1 as b from range(10) r(i)")
    before = content_id(connection)
    connection.execute("update marts.pairs set a = b, b = a")
    assert content_id(connection) != before


def test_pairs_of_equal_rows_count() -> None:
    connection = connect()
    connection.execute("create table marts.pairs as select 1 as a from range(2)")
    before = content_id(connection)
    connection.execute("update marts.pairs set a = 2")
    assert content_id(connection) != before


def test_a_view_and_a_table_of_the_same_content_have_the_same_id() -> None:
    connection = connect()
    connection.execute("create view marts.some as select customer_key from marts.customers")
    as_view = content_id(connection)
    connection.execute("drop view marts.some")
    connection.execute("create table marts.some as select customer_key from marts.customers")
    assert content_id(connection) == as_view


def test_the_personal_columns_are_those_of_the_entity_contracts() -> None:
    assert sorted(PERSONAL_COLUMNS) == [
        *("attributes", "birth_date", "comment", "email", "extra", "first_name", "gender"),
        *("identifier", "last_name", "phone", "postal_code", "street"),
    ]


@pytest.mark.parametrize("column", [*sorted(PERSONAL_COLUMNS), "Email", "BIRTH_DATE"])
def test_a_personal_column_is_refused_by_name(column: str) -> None:
    connection = duckdb.connect()
    for schema in ("marts", "quality"):
        connection.execute(f"create schema {schema}")
        connection.execute(f'create view {schema}.leak as select 1 as fine, 2 as "{column}"')
        with pytest.raises(PublishError, match=f"{schema}.leak has the personal column '{column}'"):
            read_content(connection, "memory")
        connection.execute(f"drop view {schema}.leak")


@pytest.mark.parametrize(
    "value",
    [
        "{'email': 'x'}",
        "[{'fine': {'email': 'x'}}]",
        "map {'k': {'email': 'x'}}",
        "array_value({'email': 'x'})",
        "union_value(email := 'x')",
    ],
)
def test_a_personal_field_inside_a_column_is_refused(value: str) -> None:
    connection = connect()
    connection.execute(f"create table marts.leak as select {value} as packed")
    with pytest.raises(PublishError, match=r"marts.leak has the personal column 'email'"):
        read_content(connection, "memory")


def test_values_named_like_personal_columns_are_allowed() -> None:
    connection = connect()
    connection.execute("create table marts.fine as select 'email'::enum ('email', 'phone') as kind")
    assert "marts.fine" in {
        table.relation.label for table in read_content(connection, "memory").tables
    }


def test_an_error_names_the_view_and_repeats_no_value() -> None:
    connection = connect()
    connection.execute(
        "create view quality.broken as "
        "select label::integer as n from marts.customers where label is not null"
    )
    with pytest.raises(PublishError, match=r"quality.broken .*ConversionException") as caught:
        read_content(connection, "memory")
    assert "'c1'" not in str(caught.value)
    assert caught.value.__suppress_context__
