"""Currencies, time zones and odd dates, from files to reporting days, whatever the host's clock."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from tests.integration.conftest import Run
from tests.integration.copies import copy_project, run_copy
from tests.reference.currencies import order_sales
from tests.reference.landing import COLUMNS, Landing
from tests.reference.marts import reference_marts
from tests.reference.parameters import Parameters

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
  lines:
    kind: file
    path: lines.csv
    timezone: Europe/Berlin
    entities:
      order_lines: {columns: {order_id: order, quantity: pieces, unit_price: price, currency: money,
                              ordered_at: at, customer_id: who}}
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
spelt,2024-05-06 12:00:00,10, usd ,c1
disputed,2024-05-06 12:00:00,10,EUR,c1
silent,2024-05-06 12:00:00,,,c1
half silent,2024-05-06 12:00:00,,USD,c1
""",
    "lines.csv": """\
order,pieces,price,money,at,who
disputed,2,5,USD,,
silent,1,100,usd,,
silent,1,10,,,
half silent,1,20,,,
two moneys,1,10,EUR,2024-05-06 12:00:00,c2
two moneys,1,7,USD,2024-05-06 12:00:00,c2
dollars,1,10,USD,2024-05-06 12:00:00,c2
dollars,1,10,,2024-05-06 12:00:00,c2
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
    "rates.csv": "day,money,rate\n2024-05-03,usd,0.9\n",
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
        "rate_date,currency,rate\n2024-06-01,gbp,1.2\n2024-05-03,USD,0.5\n"
    )
    return (
        _run(project, folder / "kiritimati", "Pacific/Kiritimati"),
        _run(project, folder / "niue", "Pacific/Niue"),
    )


def test_orders_are_of_the_reporting_zones_days_and_in_its_money(runs: tuple[Run, Run]) -> None:
    found = runs[0].warehouse(
        "select order_id, order_date::varchar as day, gross_sales::float as gross, order_fate "
        "from intermediate.int_sales__orders where order_fate != 'mixed_currencies'"
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
        ("spelt", "2024-05-06", 9, "counted"),
        ("silent", "2024-05-06", 99, "counted"),  # 100 + 10 dollars, says a line
        ("half silent", "2024-05-06", 18, "counted"),
        ("dollars", "2024-05-06", 18, "counted"),
        ("before change", "2024-03-10", 10, "counted"),  # 04:59 UTC
        ("after change", "2024-03-11", 10, "counted"),  # 23:30 UTC, for New York is ahead now
    }


def test_currencies_that_disagree_are_never_added_up(runs: tuple[Run, Run]) -> None:
    """disputed: 10 euros by its header, 10 dollars by its line; two moneys: 10 euros, 7 dollars."""
    left_out = runs[0].warehouse(
        "select order_id from intermediate.int_sales__orders "
        "where order_fate = 'mixed_currencies' order by order_id"
    )
    assert left_out["order_id"].tolist() == ["disputed", "two moneys"]
    rows = runs[0].query(
        "select currency, left_value::int, right_value::int, remainder_parts, difference::int "
        "from quality.reconciliation where check_name = 'order_lines_are_orders' order by currency"
    )
    assert rows.to_numpy().tolist() == [
        ["EUR", 10, 0, "mixed_currencies 10.00", 0],
        ["USD", 167, 150, "mixed_currencies 17.00", 0],
    ]
    for said in ("order lines 10.00 EUR", "order lines 17.00 USD"):
        assert f"left out     {said}: mixed_currencies" in runs[0].output


def _landed(run: Run, entity: str) -> pd.DataFrame:
    """What landed, amounts as exact decimals."""
    with duckdb.connect(str(run.data_dir / "warehouse.duckdb"), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        asked = connection.execute(f"select {', '.join(COLUMNS[entity])} from landing.{entity}")
        return pd.DataFrame(asked.fetchall(), columns=COLUMNS[entity])


def test_the_reference_converts_to_the_same_orders_and_customers(runs: tuple[Run, Run]) -> None:
    parameters = Parameters(as_of_date=date(2024, 10, 27), reporting_timezone="Europe/Berlin")
    rates = {
        ("USD", date(2024, 5, 3)): Decimal("0.9"),
        ("GBP", date(2024, 6, 1)): Decimal("1.2"),
    }
    sales = order_sales(
        _landed(runs[0], "orders"), _landed(runs[0], "order_lines"), rates, "EUR", parameters
    )
    ours = runs[0].warehouse(
        "select order_id, order_fate, case order_fate when 'counted' then gross_sales end::varchar "
        "from intermediate.int_sales__orders"
    )
    columns = ["order_id", "fate", "gross_sales"]
    assert {tuple(map(str, row)) for row in ours.fillna("None").to_numpy()} == {
        tuple(map(str, row)) for row in sales[columns].to_numpy()
    }
    counted = sales[sales["fate"] == "counted"].assign(gross_amount=sales["gross_sales"])
    landing = Landing(orders=counted, refunds=_landed(runs[0], "refunds"))
    columns = ["customer_id", "gross_sales", "net_sales"]
    reference = reference_marts(landing, parameters)["customers"].set_index("customer_id")
    mart = runs[0].mart("marts.customers")[columns].set_index("customer_id").astype(float)
    assert mart.to_dict() == reference[columns[1:]].astype(float).to_dict()


def test_odd_rows_have_named_fates(runs: tuple[Run, Run]) -> None:
    fates = runs[0].query(
        "select entity, fate, reason, counted_rows::int from quality.landing_summary "
        "where entity in ('orders', 'order_lines', 'refunds') order by all"
    )
    assert [tuple(row) for row in fates.to_numpy().tolist()] == [
        ("order_lines", "accepted", "accepted", 8),
        ("order_lines", "noted", "mixed_currencies", 2),
        ("orders", "accepted", "accepted", 2),
        ("orders", "accepted", "accepted", 13),
        ("orders", "noted", "after_as_of_date", 1),
        ("orders", "noted", "mixed_currencies", 1),
        ("orders", "noted", "no_exchange_rate", 1),
        ("orders", "rejected", "implausible_date", 1),
        ("refunds", "accepted", "accepted", 4),
        ("refunds", "noted", "after_as_of_date", 1),
        ("refunds", "noted", "refund_before_order", 1),
        ("refunds", "noted", "refund_without_order", 2),
        ("refunds", "rejected", "implausible_date", 1),
    ]
    waiting = runs[0].query(
        "select file_name, line_number::int, column_name, state, message from quality.quarantine "
        "where reason in ('no_exchange_rate', 'mixed_currencies') order by all"
    )
    rate = (
        "no rate of USD for 2024-05-11 or the 7 days before; deliver exchange_rates, add it to "
        "seeds/exchange_rates.csv, or correct the currency, and run again"
    )
    mixed = (
        "an order is in one currency, this one names EUR, USD; deliver it or its lines again with "
        "the right one, and run again"
    )
    assert waiting.to_numpy().tolist() == [
        ["lines.csv", 6, "currency", "open", mixed],
        ["lines.csv", 7, "currency", "open", mixed],
        ["orders.csv", 8, "currency", "open", rate],
        ["orders.csv", 13, "currency", "open", mixed],
    ]
    days = runs[0].query("select distinct as_of_date::varchar as day from marts.customers")
    assert days["day"].tolist() == ["2024-10-27"], "the slip does not decide what today is"


def test_the_hosts_time_zone_changes_nothing(runs: tuple[Run, Run]) -> None:
    links = [run.data_dir / "published" / "current.duckdb" for run in runs]
    assert links[0].readlink() == links[1].readlink(), "the name is the hash of the content"
