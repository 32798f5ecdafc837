"""The examples of docs/sources.md, as they are printed, with sources that fit them."""

import gzip
import json
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import xlsxwriter

from orchestration.landing.kinds import KINDS
from tests.integration.conftest import REPOSITORY
from tests.integration.databases.conftest import Database
from tests.integration.interfaces import woocommerce
from tests.integration.interfaces.server import Server
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


def test_every_kind_has_an_example() -> None:
    """… which is run below."""
    named = re.findall(r"\(#([a-z-]+)\)", TEXT)
    sections = re.findall(r"^## (.*)$", TEXT, re.MULTILINE)
    assert sorted(named) == sorted(section.lower().replace(" ", "-") for section in sections)
    assert len(re.findall(r"```yaml\nsources:\n", TEXT)) == len(sections)
    assert set(re.findall(r"kind: (\w+)\n", TEXT)) == KINDS.keys()


def test_files(company: Company) -> None:
    company.write("sources.yml", example("file", "Files"))
    till = "Касса 1\nНомер;Чек;Карта;Штук;Цена;Дата\n1;7;'a;b';2;1234,50;31.01.2026\n"
    company.write("inbox/till/2026-01.txt", till.encode("cp1251"))
    with xlsxwriter.Workbook(company.folder / "inbox" / "customers.xlsx") as book:
        book.add_worksheet("Notes")
        sheet = book.add_worksheet("Export")
        for row, cells in (
            (0, ["CRM"]),
            (2, ["No.", "E-mail", "Country"]),
            (3, ["a;b", "x@y.de", "DE"]),
        ):
            sheet.write_row(row, 0, cells)
    order = {"id": 1, "buyer": {"id": "a;b"}, "created": "2026-01-31T00:30:00", "total": 5}
    orders = [{**order, "paid": True}, {**order, "id": 2, "paid": False}]
    company.write("inbox/shop/web/2026.jsonl", "".join(json.dumps(one) + "\n" for one in orders))
    duckdb.execute(
        "copy (select 3 as id, {'id': 'd'} as buyer, timestamp '2026-02-01' as created, "
        f"7.5 as total, true as paid) to '{company.folder}/inbox/shop/2026.parquet'"
    )
    company.land()
    assert company.query(
        "select order_line_id, order_id, customer_id, quantity::int, unit_price::double, "
        "ordered_at::varchar, _file from landing.order_lines"
    ) == [("1", "7", "a;b", 2, 1234.5, "2026-01-30 21:00:00+00", "2026-01.txt")]
    assert company.query("select customer_id, email, country from landing.customers") == [
        ("a;b", "x@y.de", "DE")
    ]
    assert company.query(
        "select order_id, customer_id, gross_amount::double, ordered_at::varchar "
        "from landing.orders order by 1"
    ) == [
        ("1", "a;b", 5.0, "2026-01-30 23:30:00+00"),
        ("3", "d", 7.5, "2026-01-31 23:00:00+00"),
    ]


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
        "/srv/company/company.duckdb", path.name
    )
    company.write("sources.yml", text)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema sales")
        connection.execute(
            "create table sales.order_lines as select 1 as line_id, 1 as order_id, 'X' as sku, "
            "2 as pieces, 5.5 as price, timestamp '2026-01-31 10:00' as sold_at"
        )
    company.land()
    assert company.query("select order_line_id, unit_price::double from landing.order_lines") == [
        ("1", 5.5)
    ]


DBT_PROJECT = {
    "dbt_project.yml": """
name: company
profile: company
flags: {send_anonymous_usage_stats: false}
models: {company: {+materialized: table}}
""",
    "profiles.yml": """
company:
  target: main
  outputs: {main: {type: duckdb, path: company.duckdb}}
""",
    "seeds/sold.csv": "line,number,sku,pieces,price,day\n1,7,X,2,5.50,2026-01-31 10:00:00\n"
    "2,7,Y,-1,1.00,2026-01-31 10:00:00\n",
    "models/lines.sql": "select * from {{ ref('sold') }} where pieces > 0",
    "models/order_lines.sql": "{{ config(schema='sales', materialized='view') }} "
    "select line as line_id, number as order_id, sku, pieces, price, day as sold_at "
    "from {{ ref('lines') }}",
}


def build(folder: Path) -> None:
    """Builds the company's own dbt project, by dbt itself."""
    subprocess.run(
        [Path(sys.executable).with_name("dbt"), "build", "--profiles-dir", "."],
        cwd=folder, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip


def test_a_dbt_model(company: Company) -> None:
    """A view over a table of a project of its own; the newest build replaces the one before."""
    for name, text in DBT_PROJECT.items():
        company.write(f"company_dbt/{name}", text)
    folder = company.folder / "company_dbt"
    build(folder)
    text = example("table", "A dbt model").replace("/srv/company_dbt", str(folder))
    company.write("sources.yml", text)
    company.land()
    lines = (
        "select order_line_id, order_id, product_id, quantity::int, unit_price::double, "
        "ordered_at::varchar from landing.order_lines order by 3"
    )
    first = company.query(lines)
    assert [row[1:] for row in first] == [("7", "X", 2, 5.5, "2026-01-31 10:00:00+00")]
    company.write(
        "company_dbt/seeds/sold.csv",
        "line,number,sku,pieces,price,day\n1,7,X,3,5.50,2026-01-31 10:00:00\n"
        "3,8,Z,1,2.00,2026-02-01 10:00:00\n",
    )
    build(folder)
    company.land()
    second = company.query(lines)
    assert [row[1:] for row in second] == [
        ("7", "X", 3, 5.5, "2026-01-31 10:00:00+00"),
        ("8", "Z", 1, 2.0, "2026-02-01 10:00:00+00"),
    ]
    assert second[0][0] == first[0][0]  # the same line by its key
    report = company.land()
    assert report.landed == ()


def test_the_published_snapshot_of_the_run_before(company: Company) -> None:
    [(path, table)] = re.findall(r"`path: (\S+)`, `table: (\S+)`", " ".join(TEXT.split()))
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


def test_a_crm_or_shop_system(company: Company) -> None:
    shop = woocommerce.WooCommerce()
    shop.put(woocommerce.order(1), woocommerce.order(2))
    with Server(shop).running() as server:
        text = example("api", "A CRM or shop system")
        company.write("sources.yml", f"{text}    base_url: {server.url}\n")
        company.land(WOOCOMMERCE_KEY=woocommerce.KEY, WOOCOMMERCE_SECRET=woocommerce.SECRET)
    assert company.query("select order_id from landing.orders order by 1") == [
        ("shop:1",), ("shop:2",)
    ]  # fmt: skip
