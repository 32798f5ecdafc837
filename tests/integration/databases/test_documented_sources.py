"""The examples of docs/sources.md, as they are printed, with sources that fit them."""

import gzip
import re
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.integration.conftest import REPOSITORY
from tests.integration.databases.conftest import Database
from tests.integration.object_store import new_bucket, running_store
from tests.unit.landing.conftest import Company

TEXT = (REPOSITORY / "docs" / "sources.md").read_text()


def example(kind: str, section: str) -> str:
    """The YAML of a section."""
    found = re.search(rf"## {section}.*?```yaml\n(sources:\n.*?)```", TEXT, re.DOTALL)
    assert found
    assert f"kind: {kind}" in found[1]
    return found[1]


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return Company(tmp_path)


def test_a_database(company: Company, database: Database) -> None:
    company.write("sources.yml", example("database", "A database"))
    database.execute(
        "create schema sales",
        "create table sales.orders (id int primary key, customer text, state text, net numeric, "
        "tax numeric, created_at timestamp, updated_at timestamptz)",
        "create table sales.lines (id int primary key, order_id int, sku text, pieces int, "
        "price numeric(10,2))",
        "insert into sales.orders values (1, 'a', 'done', 10, 1.9, '2026-01-31 10:00', "
        "'2026-01-31 10:00+01'), (2, 'b', 'draft', 5, 1, '2026-01-31', '2026-01-31')",
        "insert into sales.lines values (1, 1, 'X', 2, 5), (2, 1, 'X', 2, 5)",
    )
    company.land(SHOP_DATABASE=database.address)
    assert company.query(
        "select order_id, gross_amount, currency, ordered_at::varchar from landing.orders"
    ) == [("1", Decimal("11.9000"), "EUR", "2026-01-31 09:00:00+00")]
    # The header changes, and with it the times of its lines: the same lines, in a newer version.
    database.execute("update sales.orders set updated_at = '2026-02-01', state = 'paid'")
    database.execute("update sales.lines set pieces = 3 where id = 2")
    company.land(SHOP_DATABASE=database.address)
    assert company.query(
        "select count(*), count(distinct order_line_id), max(quantity)::int from "
        "landing.order_lines"
    ) == [(4, 2, 3)]
    assert company.query("select count(*) from landing.orders") == [(3,)]


def test_a_table(company: Company) -> None:
    path = company.folder / "company.duckdb"
    text = example("table", "A table of a DuckDB file").replace(
        "/srv/dbt/company.duckdb", path.name
    )
    company.write("sources.yml", text)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.order_lines as select 1 as line_id, 1 as order_id, 'X' as sku, "
            "2 as pieces, 5.5 as price, timestamp '2026-01-31 10:00' as sold_at"
        )
    company.land()
    assert company.query("select order_line_id, unit_price::double from landing.order_lines") == [
        ("1", 5.5)
    ]


def test_the_published_snapshot_of_the_run_before(company: Company) -> None:
    [(path, table)] = re.findall(r"`path: (\S+)`, `table: (\S+)`", TEXT)
    published = company.settings.data_dir / path
    published.parent.mkdir(parents=True)
    with duckdb.connect(str(published.with_name("marts-1.duckdb"))) as connection:
        connection.execute("create schema marts")
        connection.execute(f"create table {table} as select 'c1' as customer_id, 7 as orders")
    published.symlink_to("marts-1.duckdb")
    company.settings.data_dir.joinpath("sources.yml").write_text(
        f"sources:\n  before:\n    kind: table\n    path: {path}\n    table: {table}\n"
        "    entities:\n      customers:\n        columns: {customer_id: customer_id}\n"
        '      orders:\n        columns: {order_id: customer_id, ordered_at: "now()"}\n'
    )
    other = Company(company.folder)
    other.settings = type(company.settings)(
        company.settings.data_dir, company.settings.data_dir / "sources.yml"
    )
    other.land()
    assert other.query("select customer_id, extra->>'orders' from landing.customers") == [
        ("c1", "7")
    ]


def test_an_object_store(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(company.folder))  # no keys of whoever runs the tests
    company.write("sources.yml", example("file", "An object store"))
    body = gzip.compress(b"number,customer,created,total,currency\n1,a,2026-01-31,5,EUR\n")
    with running_store() as environment:
        client = new_bucket(environment, "company-deliveries")
        client.put_object(Bucket="company-deliveries", Key="shop/2026/01.csv.gz", Body=body)
        company.land(**environment)
    assert company.query("select order_id, _file from landing.orders") == [("1", "2026/01.csv.gz")]
