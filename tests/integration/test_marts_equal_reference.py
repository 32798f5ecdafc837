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

BY_PERIOD = ["period_grain", "period_start", "dimension_name", "dimension_value"]
CAMPAIGN_RESULTS: tuple[list[str], list[str], list[str], list[str]] = (
    ["campaign_id", "dimension_name", "dimension_value"],
    [
        *("segment", "destination", "starts_on", "response_window_days", "treated_customers"),
        *("held_out_customers", "pending_customers", "treated_converted", "held_out_converted"),
        *("treated_active_before", "held_out_active_before", "is_small_base"),
    ],
    ["incremental_sales", "incremental_margin", "cost_amount"],
    [
        *("treated_conversion_rate", "held_out_conversion_rate", "treated_crr", "held_out_crr"),
        *("treated_sales_per_customer", "held_out_sales_per_customer"),
        *("treated_margin_per_customer", "held_out_margin_per_customer", "return_on_cost"),
        *(
            f"{name}_uplift{bound}"
            for name in ("conversion", "sales", "margin", "crr")
            for bound in ("", "_lower_95", "_upper_95")
        ),
    ],
)
COMPARED: dict[str, tuple[list[str], list[str], list[str], list[str]]] = {
    # mart: keys, counts (exactly), money (to the cent), rates (to 1e-9)
    "customers": (
        ["customer_id"],
        [
            *("first_purchase_date", "last_purchase_date", "orders", "country", "basis"),
            *("acquisition_channel", "customer_type", "first_product_category"),
            *("relationship_level", "service_tier", "manager_id", "purchase_days"),
            *("city", "region", "language", "acquisition_campaign", "parent_customer_id"),
            *("first_order_channel", "last_order_channel", "coupon_orders"),
            *("first_refund_date", "last_refund_date"),
            *("last_inbound_date", "last_inbound_channel", "last_outbound_date"),
            *("last_outbound_channel", "contacts_365d", "complaints_365d"),
            *("preferred_contact_direction", "next_contact_date"),
            *("nps_score", "nps_date", "referrals_made"),
            *("first_contract_date", "contracts_in_force", "next_contract_end_date"),
            *("last_contract_end_date", "is_auto_renewing", "is_contract_cancelled"),
            *("contract_cancelled_date", "is_renewal_due"),
        ],
        [
            *("gross_sales", "discounts", "refunds", "net_sales", "cost_of_goods"),
            *("contribution_margin", "cost_to_serve"),
            *("first_order_value", "last_order_value", "monthly_recurring_revenue"),
        ],
        [
            *("average_order_value", "discount_share", "refund_share"),
            *("median_gap_days", "expected_gap_days"),
        ],
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
        ["cohort_grain", "cohort_start", "period_number", "dimension_name", "dimension_value"],
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
            *("last_contact_date", "contact_every_days", "is_contact_overdue"),
            "probability_alive",
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
    "churn_reasons": (
        [*BY_PERIOD, "churn_reason"],
        ["period_end", "churned_customers"],
        ["lost_net_sales"],
        ["churned_share"],
    ),
    "survival": (
        ["dimension_name", "dimension_value", "days"],
        ["at_risk", "churned", "censored"],
        [],
        ["survival", "lower_95", "upper_95"],
    ),
    "pareto": (
        ["basis", "window_name", "customer_id"],
        ["value_rank", "pareto_class", "is_rising"],
        ["value"],
        [],
    ),
    "pareto_curve": (
        ["basis", "window_name", "percent_of_customers"],
        ["customers"],
        ["cumulative_value"],
        ["customer_share", "value_share"],
    ),
    "pareto_migration": (
        ["basis", "from_date", "from_class", "to_class"],
        ["to_date", "customers"],
        ["value_before", "value_after"],
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
    "quadrant_migration": (
        ["from_date", "from_quadrant", "to_quadrant"],
        ["to_date", "customers"],
        ["margin_before", "margin_after"],
        [],
    ),
    "quadrant_sensitivity": (
        ["snapshot_date", "axis", "threshold_change"],
        ["customers", "changed_customers"],
        ["threshold", "moved_threshold"],  # of loyalty: scores that may differ by rounding
        ["changed_share"],
    ),
    "customer_rfm": (
        ["customer_id"],
        ["recency_score", "frequency_score", "monetary_score"],
        [],
        [],
    ),
    "customer_value": (
        ["customer_id"],
        [
            *("frequency_x", "probability_alive", "expected_purchases_30d"),
            *("expected_purchases_90d", "expected_purchases_365d", "predicted_margin_365d"),
            "is_trusted",
        ],
        ["monetary_m"],
        ["recency_t_x", "age_t"],
    ),
    "nps": (
        BY_PERIOD,
        [
            *("period_end", "respondents", "promoters", "passives", "detractors"),
            *("referrals_made", "referrals_converted", "is_complete"),
        ],
        ["referred_net_sales"],
        ["promoter_share", "detractor_share", "nps", "nps_lower_95", "nps_upper_95"],
    ),
    "acquisition_channels": (
        ["acquisition_channel", "cohort_month"],
        ["new_customers", "months_to_pay_back"],
        [
            *("spend", "cost_per_customer", "mean_loyalty_score"),
            *("cumulative_margin_per_customer_30d", "cumulative_margin_per_customer_90d"),
            *("cumulative_margin_per_customer_180d", "cumulative_margin_per_customer_365d"),
        ],
        [
            *("repeat_share_30d", "repeat_share_90d", "repeat_share_180d", "repeat_share_365d"),
            *("margin_to_cost_30d", "margin_to_cost_90d", "margin_to_cost_180d"),
            *("margin_to_cost_365d", "class_a_share"),
        ],
    ),
    "retention_economics": (
        ["period_grain", "period_start"],
        [
            *("period_end", "new_customers", "retained_customers", "returning_customers"),
            *("first_time_customers", "is_complete"),
        ],
        [
            *("acquisition_spend", "keep_spend", "cost_to_serve", "cost_to_acquire"),
            *("cost_to_keep", "returning_sales_per_customer", "first_time_sales_per_customer"),
        ],
        [
            *("acquire_to_keep_ratio", "returning_sales_share", "returning_sales_uplift"),
            *("acquire_to_keep_low", "acquire_to_keep_high"),
            *("returning_sales_share_literature", "returning_sales_uplift_literature"),
        ],
    ),
    "onboarding": (
        ["cohort_month", "dimension_name", "dimension_value"],
        ["new_customers"],
        [],
        [
            *("second_purchase_share_30d", "second_purchase_share_60d"),
            *("second_purchase_share_90d", "median_days_to_second_purchase", "contacted_share"),
            *("second_purchase_share_contacted", "second_purchase_share_not_contacted"),
        ],
    ),
    "key_accounts": (
        ["customer_id"],
        [
            *("manager_id", "manager_accounts", "max_accounts_per_manager"),
            *("is_manager_overloaded", "relationship_level", "service_tier", "pareto_class"),
            *("customer_state", "last_contact_date", "next_contact_date", "plan_state"),
            *("contract_ends_on", "is_renewal_due", "risks", "risk_count"),
        ],
        ["contribution_margin_365d"],
        ["value_share"],
    ),
    "campaign_results": CAMPAIGN_RESULTS,
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


def test_spells_in_segments_come_out_the_same(demo_run: Run) -> None:
    """Of the segments that the snapshots of quadrants alone decide."""
    theirs = _reference(demo_run, None)["segment_membership"]
    ours = demo_run.mart("marts.segment_membership")
    ours = ours[ours["segment"].isin(theirs["segment"])]
    counts = ["left_date", "is_current", "entry_reason", "exit_reason"]
    assert_same(ours, theirs, ["segment", "customer_id", "entered_date"], counts, [], [])


def test_loyalty_scores_differ_by_rounding_at_most(demo_run: Run) -> None:
    ours = demo_run.mart("marts.quadrants")
    theirs = _reference(demo_run, None)["quadrants"]
    both = ours.assign(day=pd.to_datetime(ours["snapshot_date"])).merge(
        theirs.assign(day=pd.to_datetime(theirs["snapshot_date"])), on=["day", "customer_id"]
    )
    assert len(both) == len(ours) > 0
    apart = (both["loyalty_score_x"].astype(float) - both["loyalty_score_y"].astype(float)).abs()
    assert apart.max() < 2e-4
