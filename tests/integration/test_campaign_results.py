"""What campaigns brought, by assignments drawn for the demo company, against the reference."""

import shutil
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from orchestration.settings import Settings
from orchestration.warehouse.dbt import Dbt
from tests.integration.conftest import Run, run_job
from tests.integration.test_marts_equal_reference import CAMPAIGN_RESULTS
from tests.reference.campaigns import campaign_results
from tests.reference.compare import assert_same
from tests.reference.facts import facts_of
from tests.reference.landing import COLUMNS, Landing

ASSIGNMENTS = """
    create table landing._export_assignments as
    with people as (
        select customer_id, hash(customer_id) as draw from landing.customers
        group by customer_id
    ),
    -- Some campaigns have a holdout of their own; people are assigned before and after they began.
    own as (
        select campaign_id, segment, destination, customer_id,
            if(hash(customer_id, campaign_id) % 10 < 3, 'held_out', 'treated') as arm,
            starts_on - 5 + cast(draw % 20 as integer) as assigned_on
        from landing.campaigns cross join people
        where right(campaign_id, 1) in ('1', '4', '7') and draw % 3 = 0
    ),
    shared as (
        select cast(null as varchar) as campaign_id, segment, destination, customer_id,
            if(draw % 100 < 20, 'held_out', 'treated') as arm,
            date '2024-06-01' + cast(draw % 500 as integer) as assigned_on
        from (select distinct segment, destination from landing.campaigns) cross join people
        where draw % 2 = 0
    )
    select campaign_id, segment, destination, 'rtn_s00' as audience,
        cast(null as bigint) as customer_key, customer_id, arm, assigned_on
    from (select * from own union all select * from shared)
"""


@pytest.fixture(scope="module")
def won_back(demo_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The demo company as of the first day of a campaign to win back, then as of its last day."""
    return run_twice(demo_run.data_dir, tmp_path_factory.mktemp("won_back") / "data")


def run_twice(demo: Path, data_dir: Path) -> Run:
    shutil.copytree(demo, data_dir, symlinks=True)
    # Who was assigned stays so, hence nothing may have been released for the last day before.
    shutil.rmtree(data_dir / "exports")
    shutil.rmtree(data_dir / "state" / "export_assignments")
    shutil.rmtree(data_dir / "state" / "exports")
    (data_dir / "state" / "exports.jsonl").unlink()
    run_job(data_dir, "--as-of", "2026-05-10")
    return run_job(data_dir)


def test_the_demo_shows_what_a_campaign_brought(won_back: Run) -> None:
    ours = won_back.mart("marts.campaign_results")
    ours = ours[ours["dimension_name"] == "all"].set_index("campaign_id")
    (campaign,) = ours.loc[["K-202605"]].to_dict("records")
    assert (campaign["segment"], campaign["destination"]) == ("seg_winback", "meta_customer_list")
    log = won_back.mart("quality.exports_log")
    log = (
        log[~log["audience"].str.endswith("_x")]
        .set_index(["export_date", "segment", "destination", "outcome"])["customers"]
        .sort_index()
    )
    assigned = log[pd.Timestamp("2026-05-10"), "seg_winback", "meta_customer_list"]
    assert campaign["held_out_customers"] == assigned["held_out"] > 5
    # Treated is who was eligible, also who could not be reached.
    unreached = assigned.drop(["kept", "held_out", "no_consent"])
    assert campaign["treated_customers"] == assigned["kept"] + unreached.sum() > 100
    assert campaign["pending_customers"] == 0
    assert campaign["conversion_uplift_lower_95"] < campaign["conversion_uplift_upper_95"]
    assert campaign["return_on_cost"] == pytest.approx(
        float(campaign["margin_uplift"]) * campaign["treated_customers"]
        / float(campaign["cost_amount"]) - 1
    )  # fmt: skip
    assert "to which nothing is exported" not in won_back.output


def test_results_of_drawn_assignments_come_out_as_the_reference_says(own_demo_run: Run) -> None:
    settings = Settings(own_demo_run.data_dir, own_demo_run.data_dir / "sources.yml")
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute("drop view landing._export_assignments")
        connection.execute(ASSIGNMENTS)
        assignments = connection.execute("select * from landing._export_assignments").df()
        landing = Landing(
            **{
                entity: connection.execute(
                    f"select {', '.join(columns)} from landing.{entity} order by _sequence, _row"
                ).df()
                for entity, columns in COLUMNS.items()
            }
        )
    Dbt(settings, settings.warehouse).invoke(
        ["build", "--select", "path:models/intermediate/campaigns", "campaign_results"]
    )

    ours = own_demo_run.warehouse("select * from marts.campaign_results")
    theirs = campaign_results(facts_of(landing), landing, assignments)

    whole = ours[ours["dimension_name"] == "all"]
    assert (whole["treated_converted"] > 0).sum() > 10
    assert (whole["pending_customers"] > 0).any()
    assert (whole["treated_crr"].notna() & whole["return_on_cost"].notna()).sum() > 10
    assert_same(ours, theirs, *CAMPAIGN_RESULTS)


def test_the_draw_alone_brings_nothing(own_demo_run: Run) -> None:
    """Nobody was addressed: of many intervals of 95 % nearly all hold the truth, which is 0."""
    ours = own_demo_run.warehouse(
        "select * from marts.campaign_results "
        "where dimension_name = 'all' and treated_customers > 0 and held_out_customers > 0"
    )
    assert len(ours) > 10
    holds = pd.Series(ours["conversion_uplift_lower_95"] <= 0) & (
        ours["conversion_uplift_upper_95"] >= 0
    )
    assert holds.mean() > 0.75
