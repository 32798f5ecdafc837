"""Currencies, time zones and odd dates, from files to reporting days, whatever the host's clock."""

from pathlib import Path

import pytest

from tests.integration.conftest import Run
from tests.integration.copies import copy_project, run_copy

SOURCES = """
sources:
  shop:
    kind: file
    path: orders.csv
    timezone: Europe/Berlin
    entities:
      orders: {columns: {order_id: id, ordered_at: at, gross_amount: sum, currency: money,
                         customer_id: who}}
  branch:
    kind: file
    path: branch.csv
    timezone: America/New_York
    entities:
      orders: {columns: {order_id: id, ordered_at: at, gross_amount: sum, currency: money,
                         customer_id: who}}
  returns:
    kind: file
    path: refunds.csv
    timezone: Europe/Berlin
    entities:
      refunds: {columns: {refund_id: id, order_id: order, refunded_at: at, amount: sum,
                          customer_id: who}}
  bank:
    kind: file
    path: rates.csv
    entities:
      exchange_rates: {columns: {rate_date: day, currency: money, rate: rate}}
"""
FILES = {
    "orders.csv": """\
id,at,sum,money,who
winter,2024-03-30 23:59:00,10,EUR,c1
short day,2024-03-31 00:30:00,10,EUR,c1
summer,2024-03-31 23:59:00,10,EUR,c1
twice,2024-10-27 02:30:00,10,EUR,c1
long day,2024-10-27 23:59:59,10,EUR,c1
last rate,2024-05-10 12:00:00,100,USD,c1
no rate,2024-05-11 12:00:00,100,USD,c1
seed,2024-06-01 12:00:00,10,GBP,c1
unknown,1970-01-01 00:00:00,10,EUR,c1
slip,2099-01-01 00:00:00,10,EUR,c1
""",
    "branch.csv": """\
id,at,sum,money,who
before change,2024-03-09 23:59:00,10,EUR,c2
after change,2024-03-10 19:30:00,10,EUR,c2
""",
    "refunds.csv": """\
id,order,at,sum,who
early,summer,2024-03-30 12:00:00,1,c1
orphan,nowhere,2024-04-01 12:00:00,1,c1
nobody's,nowhere,2024-04-01 12:00:00,1,
unknown,summer,1970-01-01,1,c1
later,summer,2098-01-01,1,c1
""",
    "rates.csv": "day,money,rate\n2024-05-03,USD,0.9\n",
}


def _run(project: Path, data_dir: Path, host_zone: str) -> Run:
    data_dir.mkdir()
    (data_dir / "sources.yml").write_text(SOURCES)
    for name, content in FILES.items():
        (data_dir / name).write_text(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", host_zone)
        run = run_copy(project, data_dir, "run")
    assert run.exit_code == 0, run.output + run.errors
    return run


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Run]:
    """The same company on hosts a day apart."""
    folder = tmp_path_factory.mktemp("money_and_time")
    project = copy_project(folder / "project")
    settings = project / "dbt_project" / "dbt_project.yml"
    zone = "reporting_timezone: Europe/Berlin "
    settings.write_text(settings.read_text().replace("reporting_timezone: UTC ", zone))
    (project / "seeds" / "exchange_rates.csv").write_text(
        "rate_date,currency,rate\n2024-06-01,GBP,1.2\n2024-05-03,USD,0.5\n"
    )
    return (
        _run(project, folder / "kiritimati", "Pacific/Kiritimati"),
        _run(project, folder / "niue", "Pacific/Niue"),
    )


def test_orders_are_of_the_reporting_zones_days_and_in_its_money(runs: tuple[Run, Run]) -> None:
    found = runs[0].warehouse(
        "select order_id, order_date::varchar as day, gross_sales::float as gross, order_fate "
        "from intermediate.int_sales__orders order by order_id"
    )
    assert {tuple(row) for row in found.to_numpy().tolist()} == {
        ("winter", "2024-03-30", 10, "counted"),
        ("short day", "2024-03-31", 10, "counted"),
        ("summer", "2024-03-31", 10, "counted"),
        ("twice", "2024-10-27", 10, "counted"),
        ("long day", "2024-10-27", 10, "counted"),
        ("last rate", "2024-05-10", 90, "counted"),  # that of seven days before
        ("no rate", "2024-05-11", 100, "no_exchange_rate"),  # eight days: too old
        ("seed", "2024-06-01", 12, "counted"),
        ("before change", "2024-03-10", 10, "counted"),  # 04:59 UTC
        ("after change", "2024-03-11", 10, "counted"),  # 23:30 UTC, for New York is ahead now
    }


def test_odd_rows_have_named_fates(runs: tuple[Run, Run]) -> None:
    fates = runs[0].query(
        "select entity, fate, reason, counted_rows::int from quality.landing_summary "
        "where entity in ('orders', 'refunds') order by all"
    )
    assert [tuple(row) for row in fates.to_numpy().tolist()] == [
        ("orders", "accepted", "accepted", 2),
        ("orders", "accepted", "accepted", 9),
        ("orders", "noted", "after_as_of_date", 1),
        ("orders", "noted", "no_exchange_rate", 1),
        ("orders", "rejected", "implausible_date", 1),
        ("refunds", "accepted", "accepted", 4),
        ("refunds", "noted", "after_as_of_date", 1),
        ("refunds", "noted", "refund_before_order", 1),
        ("refunds", "noted", "refund_without_order", 2),
        ("refunds", "rejected", "implausible_date", 1),
    ]
    waiting = runs[0].query(
        "select file_name, line_number::int, column_name, state from quality.quarantine "
        "where reason = 'no_exchange_rate'"
    )
    assert waiting.to_numpy().tolist() == [["orders.csv", 8, "currency", "open"]]
    days = runs[0].query("select distinct as_of_date::varchar as day from marts.customers")
    assert days["day"].tolist() == ["2024-10-27"], "the slip does not decide what today is"


def test_the_hosts_time_zone_changes_nothing(runs: tuple[Run, Run]) -> None:
    links = [run.data_dir / "published" / "current.duckdb" for run in runs]
    assert links[0].readlink() == links[1].readlink(), "the name is the hash of the content"
