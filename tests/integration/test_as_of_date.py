"""What came after `as_of_date` has no say in the marts."""

import shutil

import duckdb
import pytest

from tests.integration.conftest import Run, run_job
from tests.integration.test_marts_equal_reference import COMPARED
from tests.integration.two_deliveries import AS_OF, make_deliveries, write_sources
from tests.reference.compare import assert_same
from tests.reference.landing import COLUMNS, Landing
from tests.reference.marts import reference_marts
from tests.reference.parameters import Parameters

EMPTY = {"customer_links", "customer_key_history", "campaign_results"}
"""Marts of what this company does not have: people known twice, campaigns."""


@pytest.fixture(scope="module")
def known_then_and_now(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Run]:
    """The same day described twice: from what had been delivered by then, and from all there is.

    The second run is in a copy of the first one's folder, so that customers keep their keys.
    """
    first, second = make_deliveries(tmp_path_factory.mktemp("company"))
    then = tmp_path_factory.mktemp("then") / "data"
    shutil.copytree(first, then / "inbox" / "first")
    write_sources(then)
    known_then = run_job(then, "--as-of", str(AS_OF))
    now = tmp_path_factory.mktemp("now") / "data"
    shutil.copytree(then, now, symlinks=True)
    shutil.copytree(second, now / "inbox" / "second")
    return known_then, run_job(now, "--as-of", str(AS_OF))


def test_later_deliveries_change_nothing_in_any_mart(known_then_and_now: tuple[Run, Run]) -> None:
    then, now = (run.data_dir / "published" / "current.duckdb" for run in known_then_and_now)
    differing = {}
    with duckdb.connect() as connection:
        connection.execute(f"attach '{then}' as then_known (read_only)")
        connection.execute(f"attach '{now}' as now_known (read_only)")
        marts = connection.execute(
            "select table_name, estimated_size from duckdb_tables() "
            "where database_name = 'then_known' and schema_name = 'marts'"
        ).fetchall()
        for mart, rows in marts:
            assert rows or mart in EMPTY, f"{mart} is empty"
            counts = connection.execute(
                f"select (select count(*) from (from then_known.marts.{mart} "
                f"except all from now_known.marts.{mart})), (select count(*) from "
                f"(from now_known.marts.{mart} except all from then_known.marts.{mart}))"
            ).fetchone()
            if counts != (0, 0):
                differing[mart] = counts
    assert len(marts) >= 10
    assert not differing, "rows only in the one and only in the other: " + str(differing)


def test_the_later_delivery_had_much_to_say(known_then_and_now: tuple[Run, Run]) -> None:
    """Else the other test would pass for want of anything to leak."""
    landed = (
        known_then_and_now[1]
        .warehouse(
            f"""
        select
            (select count(*) from landing.orders where updated_at > date '{AS_OF}' + 1) as orders,
            (select count(*) from landing.customers where updated_at > date '{AS_OF}' + 1) as cards,
            (select count(*) from landing.contracts where updated_at > date '{AS_OF}' + 1) as terms,
            (select count(*) from landing.orders where currency = 'USD') as dollars,
            (select count(*) from landing.orders where currency != 'USD') as euros
        """
        )
        .iloc[0]
    )
    assert landed["orders"] > 100 and landed["cards"] > 30 and landed["terms"] > 5
    assert landed["dollars"] > landed["euros"]


def test_the_marts_of_that_day_are_those_of_the_definitions(
    known_then_and_now: tuple[Run, Run],
) -> None:
    """Against the computation in pandas, which sees both deliveries. Dollars came after that day,
    so it need not know that they are none of its money."""
    run = known_then_and_now[1]
    frames = {
        entity: run.warehouse(
            f"select {', '.join(columns)} from landing.{entity} order by _sequence, _row"
        ).drop(columns="currency", errors="ignore")
        for entity, columns in COLUMNS.items()
    }
    reference = reference_marts(Landing(**frames), Parameters(as_of_date=AS_OF))
    for mart, (keys, counts, money, rates) in COMPARED.items():
        assert_same(run.mart(f"marts.{mart}"), reference[mart], keys, counts, money, rates)
