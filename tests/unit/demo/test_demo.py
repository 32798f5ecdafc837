"""The demo company as a whole: the same for a seed, counted rightly, and behaving like people."""

import csv
import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.demo import DIRT, DemoError, DemoReport, Fate, make_demo

CUSTOMERS = 1_500


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, DemoReport]:
    folder = tmp_path_factory.mktemp("company") / "demo"
    return folder, make_demo(folder, customers=CUSTOMERS)


@pytest.fixture(scope="session")
def orders(demo: tuple[Path, DemoReport]) -> duckdb.DuckDBPyConnection:
    """`orders` (latest version of each, cancelled left out) and `channels` of customers."""
    folder, _ = demo
    connection = duckdb.connect()
    connection.execute(
        "create table orders as select distinct on (order_id) * from read_parquet(?) "
        "where status != 'cancelled' and ordered_at is not null and customer_id is not null "
        "order by order_id, updated_at desc",
        [str(folder / "orders" / "*.parquet")],
    )
    # Bytes that are no UTF-8 are part of the dirt.
    cards = (folder / "crm" / "customers_latin.csv").read_text("utf-8", errors="replace")
    rows = [row for row in csv.DictReader(cards.splitlines()) if row["Channel"]]
    table = pa.table(
        {"customer_id": [row["ID"] for row in rows], "channel": [row["Channel"] for row in rows]}
    )
    connection.register("channels", table)
    return connection


def _hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(tmp_path: Path) -> None:
    first = make_demo(tmp_path / "first", customers=300, seed=7, years=1)
    threads = pa.cpu_count()
    pa.set_cpu_count(threads + 1)  # their number must not matter
    second = make_demo(tmp_path / "second", customers=300, seed=7, years=1)
    pa.set_cpu_count(threads)
    make_demo(tmp_path / "other", customers=300, seed=8, years=1)
    hashes = _hashes(tmp_path / "first")
    assert first == second
    assert hashes == _hashes(tmp_path / "second")
    other = _hashes(tmp_path / "other")
    same = {path for path, value in hashes.items() if other.get(path) == value}
    assert same == {"campaigns.csv"}  # the plan of campaigns is no matter of chance


def test_blocks_of_customers_do_not_repeat_one_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.demo.make._BLOCK", 100)
    seen: list[tuple[str, int]] = []
    report = make_demo(
        tmp_path / "demo", 250, years=1, progress=lambda entity, rows: seen.append((entity, rows))
    )
    assert [rows for entity, rows in seen if entity == "customers"] == [100, 200, 250]
    assert report.rows["customers"] == 250
    for pattern in ("order_lines/order_lines_????-??.csv", "refunds.csv", "referrals.csv"):
        ids = _first_columns((tmp_path / "demo").glob(pattern))
        assert len(ids) == len(set(ids)) > 0
    for name, key in (("interactions", "interaction_id"), ("feedback", "feedback_id")):
        lines = (tmp_path / "demo" / f"{name}.jsonl").read_text("utf-8").splitlines()
        ids = [json.loads(line)[key] for line in lines if line.endswith("}")]
        assert len(ids) == len(set(ids)) > 0


def _first_columns(files: Iterable[Path]) -> list[str]:
    """The first value of every line that is not torn."""
    lines = [line for file in files for line in file.read_text("utf-8").splitlines()[1:]]
    return [line.split(",")[0] for line in lines if line.count(",") >= 3]


def test_the_report_is_kept_in_the_folder(demo: tuple[Path, DemoReport]) -> None:
    folder, report = demo
    assert DemoReport.load(folder) == report
    assert {file.path for file in report.files} | {"demo.json"} == set(_hashes(folder))
    assert (report.first_day, report.last_day) == (date(2023, 7, 1), date(2026, 6, 30))
    assert report.customers == CUSTOMERS
    assert report.rows["customers"] == CUSTOMERS


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(DemoError, match="no demo company"):
        make_demo(tmp_path, customers=10)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_an_unfinished_folder_does_not_look_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    folder = tmp_path / "demo"
    make_demo(folder, customers=50, years=1)
    before = _hashes(folder)
    monkeypatch.setattr("orchestration.demo.make.write_feedback", killed)
    with pytest.raises(KeyboardInterrupt):
        make_demo(folder, customers=60, years=1)
    assert _hashes(folder) == before
    assert not (tmp_path / "demo.partial" / "demo.json").exists()
    monkeypatch.undo()
    assert make_demo(folder, customers=60, years=1).rows["customers"] == 60
    assert not (tmp_path / "demo.partial").exists()


@pytest.mark.parametrize(("customers", "years"), [(0, 3), (100, 0)])
def test_a_company_without_customers_or_time_is_refused(
    tmp_path: Path, customers: int, years: int
) -> None:
    with pytest.raises(DemoError, match="at least 1 customer"):
        make_demo(tmp_path / "demo", customers=customers, years=years)


def test_orders_lie_in_their_months_and_the_last_day_has_one(
    demo: tuple[Path, DemoReport],
) -> None:
    folder, report = demo
    last = None
    for path in sorted((folder / "orders").glob("orders_????-??.parquet")):
        table = pq.read_table(path)
        moments = table["ordered_at"].drop_null().to_pylist()
        assert {f"{moment:%Y-%m}" for moment in moments} == {path.stem.removeprefix("orders_")}
        last = max(moments)
        assert max(table["updated_at"].to_pylist()) < datetime(2026, 7, 1, tzinfo=UTC)
    assert last is not None
    assert last.date() == report.last_day


def test_about_one_row_in_a_hundred_is_dirty(demo: tuple[Path, DemoReport]) -> None:
    _, report = demo
    rejected = sum(report.rejected.values())
    assert 0.006 < rejected / sum(report.rows.values()) < 0.014
    made = {kind.kind for kind in DIRT if report.dirty.get(kind.kind)}
    # Of the other entities a small company has only a few rows.
    large = ("customers", "consents", "orders", "order_lines", "marketing_spend")
    assert {kind.kind for kind in DIRT if kind.entity in large} <= made
    assert {kind.fate for kind in DIRT} == set(Fate)


def test_one_month_is_delivered_twice_and_a_few_orders_again_corrected(
    demo: tuple[Path, DemoReport],
) -> None:
    folder, report = demo
    hashes = _hashes(folder)
    again = "order_lines/order_lines_2026-03_again.csv"
    assert hashes[again] == hashes["order_lines/order_lines_2026-03.csv"]
    rows = {file.path: file.rows for file in report.files}
    assert report.dirty["order_lines.second_delivery"] == rows[again]

    first = pq.read_table(folder / "orders/orders_2026-03.parquet").to_pylist()
    corrected = pq.read_table(folder / "orders/orders_2026-03_corrected.parquet").to_pylist()
    original = {order["order_id"]: order for order in first}
    assert report.dirty["orders.corrected"] == len(corrected) > 0
    for order in corrected:
        before = original[order["order_id"]]
        assert order["updated_at"] > before["updated_at"]
        assert {key for key in order if order[key] != before[key]} <= {"status", "updated_at"}


def test_a_few_customers_give_most_of_the_sales(orders: duckdb.DuckDBPyConnection) -> None:
    row = orders.sql(
        "with spent as (select sum(subtotal) as v from orders group by customer_id), "
        "ranked as (select sum(v) over (order by v desc) as upto, sum(v) over () as total, "
        "row_number() over (order by v desc) / count(*) over () as share from spent) "
        "select min(share) filter (upto >= 0.8 * total) from ranked"
    ).fetchone()
    assert row is not None
    assert 0.18 < row[0] < 0.40


def test_some_channels_bring_more_loyal_customers(orders: duckdb.DuckDBPyConnection) -> None:
    loyalty = dict(
        orders.sql(
            "select channel, avg(cast(n > 1 as int)) from channels inner join "
            "(select customer_id, count(*) as n from orders group by 1) using (customer_id) "
            "group by 1"
        ).fetchall()
    )
    assert loyalty["referral"] > loyalty["search"] + 0.08 > loyalty["marketplace"] + 0.16


def test_a_third_of_a_months_customers_buys_in_the_next(
    orders: duckdb.DuckDBPyConnection,
) -> None:
    row = orders.sql(
        "with active as (select distinct customer_id, year(ordered_at) * 12 + month(ordered_at) "
        "as m from orders) select count(next.m) / count(*) from active "
        "left join active as next on next.customer_id = active.customer_id "
        "and next.m = active.m + 1 where active.m < 2026 * 12 + 6"
    ).fetchone()
    assert row is not None
    assert 0.15 < row[0] < 0.45


def test_december_is_busier_than_the_months_around(orders: duckdb.DuckDBPyConnection) -> None:
    counts = dict(
        orders.sql(
            "select strftime(ordered_at, '%Y-%m'), count(*) from orders group by 1"
        ).fetchall()
    )
    assert counts["2025-12"] > 1.25 * (counts["2025-09"] + counts["2026-02"]) / 2
