"""Every mart equals a computation in pandas that was written from the definitions, not the SQL."""

from datetime import date
from functools import cache

import duckdb
import pandas as pd
import pytest

from tests.integration.conftest import Run
from tests.reference.compare import assert_same
from tests.reference.landing import COLUMNS, Landing
from tests.reference.marts import reference_marts
from tests.reference.parameters import Parameters

BY_PERIOD = ["period_start", "dimension_name", "dimension_value"]
COMPARED: dict[str, tuple[list[str], list[str], list[str], list[str]]] = {
    # mart: keys, counts (exactly), money (to the cent), rates (to 1e-9)
    "customers": (
        ["customer_id"],
        [
            *("first_purchase_date", "last_purchase_date", "orders", "country", "basis"),
            *("acquisition_channel", "customer_type", "first_product_category"),
        ],
        [
            *("gross_sales", "discounts", "refunds", "net_sales", "cost_of_goods"),
            "contribution_margin",
        ],
        [],
    ),
    "retention": (
        BY_PERIOD,
        [
            *("period_end", "active_start", "new_customers", "reactivated_customers"),
            *("lost_customers", "active_end", "lost_new_customers", "retained_customers"),
            *("dormant_customers", "is_complete", "is_small_base", "benchmark_band"),
        ],
        [],
        [
            *("crr", "crr_strict", "churn_rate", "net_revenue_retention"),
            *("gross_revenue_retention", "repeat_sales_share", "repeat_customer_rate"),
        ],
    ),
    "cohorts": (
        ["cohort_start", "period_number", "dimension_name", "dimension_value"],
        ["cohort_size", "active_customers", "orders", "is_complete"],
        [
            *("net_sales", "contribution_margin", "cumulative_net_sales_per_customer"),
            "cumulative_margin_per_customer",
        ],
        ["retention_rate"],
    ),
    "customer_churn": (
        ["customer_id"],
        [
            *("customer_state", "churned_at", "is_churned_fixed_window"),
            *("days_since_last_contact_in", "days_since_last_contact_out"),
        ],
        [],
        ["expected_gap_days", "churn_after_days", "at_risk_after_days"],
    ),
    "churn": (
        BY_PERIOD,
        ["churned_customers", "base_customers", "churned_new", "churned_again"],
        ["lost_net_sales"],
        ["rhythm_churn_rate"],
    ),
    "pareto": (
        ["basis", "window_name", "customer_id"],
        ["value_rank", "pareto_class", "is_rising"],
        ["value"],
        [],
    ),
    "concentration": (
        ["basis", "window_name"],
        ["customers", "customers_for_80"],
        [],
        [
            *("customer_share_for_80", "top_1_share", "top_5_share", "top_10_share"),
            *("top_20_share", "top_50_share", "gini", "hhi", "largest_customer_share"),
        ],
    ),
    "quadrants": (
        ["snapshot_date", "customer_id"],
        ["quadrant", "customer_state"],
        ["profitability"],
        ["profitability_threshold"],
    ),
    "customer_rfm": (
        ["customer_id"],
        ["recency_score", "frequency_score", "monetary_score"],
        [],
        [],
    ),
}


@cache
def _reference(run: Run, as_of_date: date | None) -> dict[str, pd.DataFrame]:
    with duckdb.connect(str(run.data_dir / "warehouse.duckdb"), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        landing = Landing(
            **{
                entity: connection.execute(
                    f"select {', '.join(columns)} from landing.{entity} order by _sequence, _row"
                ).df()
                for entity, columns in COLUMNS.items()
            }
        )
    return reference_marts(landing, Parameters(as_of_date=as_of_date))


def _compare(run: Run, mart: str, as_of_date: date | None = None) -> None:
    keys, counts, money, rates = COMPARED[mart]
    reference = _reference(run, as_of_date)[mart]
    assert_same(run.mart(f"marts.{mart}"), reference, keys, counts, money, rates)


@pytest.mark.parametrize("mart", COMPARED)
def test_the_demo_company_comes_out_the_same(demo_run: Run, mart: str) -> None:
    _compare(demo_run, mart)


@pytest.mark.examples
@pytest.mark.parametrize("mart", COMPARED)
def test_online_retail_comes_out_the_same(online_retail_run: Run, mart: str) -> None:
    _compare(online_retail_run, mart)


@pytest.mark.examples
@pytest.mark.parametrize("mart", COMPARED)
def test_cdnow_comes_out_the_same(cdnow_runs: tuple[Run, Run], mart: str) -> None:
    _compare(cdnow_runs[0], mart)


def test_loyalty_scores_differ_by_rounding_at_most(demo_run: Run) -> None:
    ours = demo_run.mart("marts.quadrants")
    theirs = _reference(demo_run, None)["quadrants"]
    both = ours.assign(day=pd.to_datetime(ours["snapshot_date"])).merge(
        theirs.assign(day=pd.to_datetime(theirs["snapshot_date"])), on=["day", "customer_id"]
    )
    assert len(both) == len(ours) > 0
    apart = (both["loyalty_score_x"].astype(float) - both["loyalty_score_y"].astype(float)).abs()
    assert apart.max() < 2e-4
