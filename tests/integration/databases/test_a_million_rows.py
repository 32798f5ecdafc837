"""A million rows of PostgreSQL: killed half-way, gone on with, read on; nothing lost or doubled."""

import os
import signal
import time

import pytest

from orchestration.landing.pulled.database import PAGE_ROWS
from tests.integration.databases.conftest import Database, start_landing
from tests.unit.landing.conftest import Company

ROWS = 1_000_000
SOURCES = """
sources:
  shop:
    kind: database
    address: ${ADDRESS}
    table: orders
    cursor: updated_at
    lag: 2 days
    entities:
      orders:
        columns: {order_id: id, customer_id: customer, ordered_at: at, gross_amount: total,
                  updated_at: updated_at}
"""
TABLE = (
    "create table orders (id bigint primary key, customer text, at timestamptz, "
    "total numeric(12,2), updated_at timestamptz)",
    # A thousand rows have one time of change: pages end in the middle of them.
    f"insert into orders select n, 'c' || n % 1000, t, n % 997 + 0.25, t from "
    f"(select n, timestamptz '2024-01-01 00:00+00' + n / 1000 * interval '1 hour' as t "
    f"from generate_series(1, {ROWS}) as n) as made",
)
LATEST = """
select {answer} from (
    select * from landing.orders qualify row_number() over (
        partition by order_id order by updated_at desc nulls last, _sequence desc, _row desc
    ) = 1
)
"""


@pytest.fixture
def company(tmp_path, database: Database) -> Company:
    database.execute(*TABLE)
    company = Company(tmp_path)
    company.sources(SOURCES)
    return company


def equal_to(company: Company, database: Database) -> None:
    """The latest versions of what landed are the table as it is: rows, money, times of change."""
    answer = "count(*), count(distinct {id}), sum({total}), sum(epoch({at})::bigint)"
    landed = company.query(
        LATEST.format(answer=answer.format(id="order_id", total="gross_amount", at="updated_at"))
    )
    there = answer.format(id="id", total="total", at="updated_at").replace(
        "epoch(updated_at)", "extract(epoch from updated_at)"
    )
    assert landed == database.ask(f"select {there} from orders")


def kill_after_pages(company: Company, database: Database, pages: int) -> int:
    """Kills a landing (not to be caught) once so many pages are there; returns how many were."""
    landing = start_landing(company, ADDRESS=database.address)
    deadline = time.monotonic() + 120
    while landing.poll() is None and time.monotonic() < deadline:
        if len(list(company.settings.pulled.rglob("page-*.parquet"))) >= pages:
            os.kill(landing.pid, signal.SIGKILL)
            break
        time.sleep(0.01)
    assert landing.wait(10) == -signal.SIGKILL
    return len(list(company.settings.pulled.rglob("page-*.parquet")))


def test_killed_half_way_and_run_again_nothing_is_lost_or_doubled(
    company: Company, database: Database
) -> None:
    pages = kill_after_pages(company, database, pages=8)
    assert 8 <= pages < ROWS / PAGE_ROWS
    assert not any(company.settings.landing.glob("*/batch=*"))
    database.execute(
        # Among the rows that were read, of those that were not, and late within the lag.
        "update orders set total = total + 1, updated_at = timestamptz '2026-06-01 00:00+00' "
        "where id % 1000 = 7",
        "insert into orders select 2000000, 'late', at, 5, updated_at - interval '30 hours' "
        f"from orders where id = {pages * PAGE_ROWS}",
    )

    report = company.land(ADDRESS=database.address)

    [file] = report.files
    first = int(company.events[0].message.split()[0])
    assert first > pages * PAGE_ROWS  # it went on; and did not begin anew
    # Every row once, and those once more that were read, then changed, and read again.
    read_before = pages * PAGE_ROWS
    assert file.counts.read - file.counts.accepted == 0
    assert ROWS < file.counts.read <= ROWS + 1 + read_before // 1000 + 1
    equal_to(company, database)

    again = company.land(ADDRESS=database.address)
    assert again.files == ()
    assert "orders: nothing new" in again.messages[0]

    database.execute(
        "insert into orders select n, 'new', '2026-06-02', 1, '2026-06-02 12:00+00' from "
        "generate_series(3000001, 3000010) as n",
        "update orders set total = 0, updated_at = '2026-06-02 13:00+00' where id <= 5",
        "insert into orders values (4000001, 'late', '2026-05-31', 1, '2026-05-31 23:00+00')",
    )
    [file] = company.land(ADDRESS=database.address).files
    assert (file.counts.read, file.counts.accepted) == (10 + 5 + 1, 16)
    equal_to(company, database)

    # Later than the lag allows: that is what the lag is for.
    database.execute(
        "insert into orders values (5, 'too late', '2026-05-01', 1, '2026-05-01')"
        " on conflict (id) do update set updated_at = excluded.updated_at"
    )
    assert company.land(ADDRESS=database.address).files == ()


def test_a_table_that_is_read_whole_is_gone_on_with_and_replaces_what_was(
    company: Company, database: Database
) -> None:
    company.sources(SOURCES.replace("    cursor: updated_at\n    lag: 2 days\n", ""))
    pages = kill_after_pages(company, database, pages=8)

    company.land(ADDRESS=database.address)

    assert int(company.events[0].message.split()[0]) == (pages + 1) * PAGE_ROWS
    equal_to(company, database)
    assert company.query("select count(*) from landing.orders") == [(ROWS,)]

    database.execute("delete from orders where id > 10", "update orders set total = 1 where id = 1")
    company.land(ADDRESS=database.address)
    equal_to(company, database)
    assert company.query("select count(*) from landing.orders") == [(10,)]
    assert company.query(
        "select file, rows_read, superseded_by from landing._batches order by sequence"
    ) == [("orders", ROWS, "replaced"), ("orders", 10, None)]
