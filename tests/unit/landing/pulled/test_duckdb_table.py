"""A table or view of a DuckDB file as a source."""

import json
import subprocess
import sys
from datetime import UTC, datetime

import duckdb
import pytest

SOURCES = """
sources:
  model:
    kind: table
    path: ${FILE}
    table: %s
    entities:
      order_lines:
        columns: {order_id: number, quantity: pieces, unit_price: price, ordered_at: sold_at}
"""


@pytest.fixture
def models(company):
    """The DuckDB file of another dbt project."""
    path = company.folder / "models.duckdb"
    path.parent.mkdir()
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.lines (id integer primary key, number bigint, pieces hugeint, "
            "price decimal(18,4), sold_at timestamptz, tags varchar[], kind enum('a', 'b'), "
            "stays interval, card struct(a integer), picture blob, ref uuid)"
        )
        connection.execute(
            "insert into marts.lines values (1, 7, 3, 2.5, '2024-01-31 23:00:00+00', ['x'], 'a', "
            "interval 2 hours, {'a': 1}, '\\xAA'::blob, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'), "
            "(2, 7, 3, 2.5, '2024-01-31 23:00:00+00', null, null, null, null, null, null)"
        )
        connection.execute("create view recent as from marts.lines where id = 2")
    company.sources(SOURCES % "marts.lines")
    return company, path


def change(path, *statements):
    with duckdb.connect(str(path)) as connection:
        for statement in statements:
            connection.execute(statement)


def test_a_table_lands_with_its_types(models):
    company, _ = models
    [file] = company.land(FILE="models.duckdb").files
    assert (file.file, file.counts.accepted) == ("marts.lines", 2)
    [row, _] = company.query(
        "select order_id, quantity::int, unit_price::float, ordered_at, extra "
        "from landing.order_lines order by _row"
    )
    assert row[:4] == ("7", 3, 2.5, datetime(2024, 1, 31, 23, tzinfo=UTC))
    assert json.loads(row[4]) == {
        "id": 1,
        "tags": ["x"],
        "kind": "a",
        "stays": "02:00:00",
        "card": {"a": 1},
        "picture": "\\xAA",
        "ref": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
    }


def test_what_the_table_is_now_replaces_what_it_was(models):
    company, path = models
    company.land(FILE="models.duckdb")
    before = company.query("select order_line_id from landing.order_lines order by _row")
    change(path, "delete from marts.lines where id = 2", "update marts.lines set price = 9")
    company.land(FILE="models.duckdb")
    [(key, price)] = company.query("select order_line_id, unit_price::int from landing.order_lines")
    assert (key, price) == (before[0][0], 9)
    assert company.query("select superseded_by from landing._batches order by sequence") == [
        ("replaced",), (None,),
    ]  # fmt: skip


def test_a_view_lands_while_others_read_and_the_file_stays_as_it_is(models):
    company, path = models
    company.sources(SOURCES % "recent")
    before = path.read_bytes()
    reading = (
        "import sys, duckdb; c = duckdb.connect(sys.argv[1], read_only=True); print(); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", reading, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as reader:
        assert reader.stdout and reader.stdout.readline()
        company.land(FILE=str(path))
        reader.communicate(b"\n")
    assert company.query("select order_id, extra->>'id' from landing.order_lines") == [("7", "2")]
    assert path.read_bytes() == before
    assert sorted(p.name for p in path.parent.iterdir()) == ["data", "models.duckdb", "sources.yml"]


def test_more_rows_than_a_page_keep_their_order(models, monkeypatch):
    company, path = models
    monkeypatch.setattr("orchestration.landing.pulled.duckdb_table.PAGE_ROWS", 10_000)
    change(
        path,
        "create table main.many as select range as number, 1 as pieces, range as price, "
        "now() as sold_at from range(50000)",
    )
    company.sources(SOURCES % "many")
    company.land(FILE="models.duckdb")
    assert company.query(
        "select count(*), sum(unit_price)::int, bool_and(order_id = (_row - 1)::text) "
        "from landing.order_lines"
    ) == [(50_000, 49_999 * 25_000, True)]


@pytest.mark.parametrize(
    ("table", "file", "expected"),
    [
        ("marts.line", "models.duckdb", "line 6: models.duckdb has no table or view 'marts.line'. "
         "Did you mean 'marts.lines'? Found: main.broken, main.recent, marts.lines."),
        ("marts.lines", "none.duckdb", "line 5: there is no file"),
        ("marts.lines", "sources.yml", "line 5: sources.yml cannot be opened"),
        ("marts.lines\n    key: nr", "models.duckdb", "line 7: marts.lines has no column 'nr'"),
        ("main.broken", "models.duckdb", "line 5: main.broken of models.duckdb cannot be read"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line(models, table, file, expected):
    company, path = models
    change(
        path,
        "create table gone as select 1 as number",
        "create view broken as select number from gone",
        "drop table gone",
    )
    company.sources(SOURCES % table)
    [problem] = company.fails(FILE=file)
    assert expected in problem


def test_the_warehouse_that_the_run_builds_is_refused(models):
    company, path = models
    company.settings.data_dir.mkdir(exist_ok=True)
    path.rename(company.settings.warehouse)
    [problem] = company.fails(FILE=str(company.settings.warehouse))
    assert "is what this run builds, so it cannot be a source of it" in problem
