"""The schema that dbt reads: typed, complete, and free of wall-clock times."""

from datetime import UTC, date, datetime
from decimal import Decimal

import duckdb
import pyarrow.parquet as pq

from orchestration.entities import ENTITIES
from orchestration.landing import LandingError, create_landing_views

HEADER = "id,order,quantity,price,at\n"


def test_before_anything_landed_all_is_empty_and_typed(company):
    assert company.query("select count(*), count(*) filter (is_mapped) from landing._entities") == [
        (15, 0)
    ]
    for name in ("_batches", "_quarantine", "_sources", "orders"):
        assert company.query(f"select * from landing.{name}") == []


def test_what_the_tables_say(shop):
    company = shop("it's inbox", settings="covers_until: 2024-03-31")
    company.write("it's inbox/a 'b'.csv", HEADER + "L1,O1,2,3.50,2024-01-31 10:00:00\nL2,O1,x,1,\n")
    company.land()
    assert company.query("select * from landing._sources") == [("shop", date(2024, 3, 31))]
    assert company.query("select * from landing._entities where rows > 0") == [
        ("order_lines", True, False, 1)
    ]
    [batch] = company.query(
        "select sequence, entity, source, file, rows_read, rows_accepted, rows_rejected, "
        "rows_filtered, repeated_keys, min_event, superseded_by from landing._batches"
    )
    event = datetime(2024, 1, 31, 10, tzinfo=UTC)
    assert batch == (1, "order_lines", "shop", "a 'b'.csv", 2, 1, 1, 0, 0, event, None)
    columns = [row[0] for row in company.query("describe landing._batches")]
    assert not [name for name in columns if "landed" in name]
    [landed] = company.query(
        "select _source, _batch, _file, _row, _sequence from landing.order_lines"
    )
    [rejected] = company.query("select source, _batch, file, line from landing._quarantine")
    assert landed[1] == rejected[1]
    assert landed[2:] == ("a 'b'.csv", 2, 1)


def test_views_are_made_again_over_older_ones_and_over_tables(shop):
    company = shop()
    company.write("lines.csv", HEADER + "L1,O1,2,3.50,2024-01-31 10:00:00\n")
    with duckdb.connect() as connection:
        connection.execute("create schema landing; create table landing.orders (x int)")
        create_landing_views(connection, company.settings)
        company.land()
        create_landing_views(connection, company.settings)
        assert connection.execute("select count(*) from landing.order_lines").fetchone() == (1,)
        assert connection.execute("select count(*) from landing.orders").fetchone() == (0,)


def test_a_batch_that_is_not_there_is_named(shop):
    company = shop()
    company.write("lines.csv", HEADER + "L1,O1,2,3.50,2024-01-31 10:00:00\n")
    company.land()
    for part in company.settings.landing.rglob("*.parquet"):
        part.unlink()
    with duckdb.connect() as connection:
        try:
            create_landing_views(connection, company.settings)
        except LandingError as error:
            assert "is missing or empty, though the ledger knows the batch" in str(error)
        else:
            raise AssertionError("the loss went unnoticed")


TWO_MAPPINGS = """
sources:
  {name}:
    kind: file
    path: {name}.csv
    entities:
      order_lines:
        columns: {{order_line_id: id, order_id: id, quantity: quantity, unit_price: price{more}}}
"""


def test_a_batch_holds_what_is_mapped_and_the_rest_is_null_in_its_type(company):
    plain = TWO_MAPPINGS.format(name="plain", more="")
    rich = TWO_MAPPINGS.format(name="rich", more=", currency: currency, unit_cost: cost")
    company.sources(plain + rich.replace("sources:\n", ""))
    company.write("plain.csv", "id,quantity,price\nA,1,5\n")
    company.write("rich.csv", "id,quantity,price,currency,cost,colour\nB,2,7,EUR,3,red\n")
    company.land()
    held = {
        pq.read_table(part, partitioning=None).column("_source")[0].as_py(): pq.read_schema(part)
        for part in company.settings.landing.rglob("part-*.parquet")
    }
    lineage = ["_source", "_batch", "_file", "_row"]
    given = ["order_line_id", "order_id", "quantity", "unit_price"]
    assert held["plain"].names == [*given, *lineage]
    assert set(held["rich"].names) == {*given, "currency", "unit_cost", "extra", *lineage}
    assert company.query(
        "select order_line_id, quantity, currency, unit_cost, extra, category, ordered_at, "
        "_sequence from landing.order_lines order by order_line_id"
    ) == [
        ("A", Decimal(1), None, None, None, None, None, 1),
        ("B", Decimal(2), "EUR", Decimal(3), '{"colour":"red"}', None, None, 2),
    ]
    types = {row[0]: row[1] for row in company.query("describe landing.order_lines")}
    wanted = {column.name: str(column.type) for column in ENTITIES["order_lines"].columns}
    assert {name: types[name] for name in wanted} == wanted


def test_a_batch_without_rows_stands_beside_others(company):
    company.sources(TWO_MAPPINGS.format(name="some*", more=""))
    company.write("some1.csv", "id,quantity,price\n")
    company.write("some2.csv", "id,quantity,price\nA,1,5\n")
    company.land()
    assert company.query("select order_line_id, currency from landing.order_lines") == [("A", None)]


def test_batches_older_than_a_column_of_the_contract_have_it_empty(shop):
    company = shop(path="lines*.csv", more=", currency: \"'EUR'\"")
    company.write("lines1.csv", HEADER + "L1,O1,2,3.50,2024-01-31 10:00:00\n")
    company.write("lines2.csv", HEADER + "L2,O2,1,9.00,2024-02-01 10:00:00\n")
    company.land()
    question = "select order_line_id, currency from landing.order_lines order by order_line_id"
    assert company.query(question) == [("L1", "EUR"), ("L2", "EUR")]
    first, second = sorted(
        company.settings.landing.rglob("part-*.parquet"),
        key=lambda part: pq.read_table(part, partitioning=None).column("_file")[0].as_py(),
    )
    _drop_columns(first, "currency")
    assert company.query(question) == [("L1", None), ("L2", "EUR")]
    _drop_columns(second, "currency")
    assert company.query(question) == [("L1", None), ("L2", None)]
    assert company.query("select count(*) from landing.orders") == [(0,)]


def _drop_columns(part, *names):
    pq.write_table(pq.read_table(part, partitioning=None).drop_columns(list(names)), part)
