"""Figures of public data sets, as published or computed by hand from the definitions."""

from decimal import Decimal

import pandas as pd
import pytest

from tests.integration.conftest import Run, example_data

pytestmark = pytest.mark.examples


def _row(run: Run, sql: str) -> tuple[object, ...]:
    """The single row of an answer."""
    frame = run.query(sql)
    assert len(frame) == 1
    return tuple(frame.iloc[0])


class TestOnlineRetail:
    def test_customers_orders_and_money(self, online_retail_run: Run) -> None:
        assert _row(
            online_retail_run,
            """
            select
                count(*) filter (first_purchase_date is not null)::integer,
                sum(orders)::integer, sum(gross_sales)::varchar, sum(refunds)::varchar
            from marts.customers
            """,
        ) == (4338, 18532, "8911407.90", "611342.09")

    def test_lines_and_refunds_landed(self, online_retail_run: Run) -> None:
        landed = online_retail_run.query(
            "select entity, rows_read, rows_accepted, rows_rejected, rows_filtered "
            "from quality.landing_batches order by entity"
        )
        assert landed.to_numpy().tolist() == [
            ["order_lines", 541_909, 397_884, 0, 541_909 - 397_884],
            ["refunds", 541_909, 8_905, 0, 541_909 - 8_905],
        ]

    def test_the_money_of_all_lines_is_accounted_for(self, online_retail_run: Run) -> None:
        """Quantity × UnitPrice of all 541,909 lines, each rounded to the cent; the other way round
        they are refunds, of which the `where` leaves most out."""
        read = online_retail_run.query(
            "select split_part(scope, ' ', 1), currency, left_value::varchar, right_value::varchar "
            "from quality.reconciliation where check_name = 'amounts_read' order by scope"
        )
        assert read.to_numpy().tolist() == [
            ["order_lines", "GBP", "9747747.93", "9747747.93"],
            ["refunds", "GBP", "-9747747.93", "-9747747.93"],
        ]

    def test_the_first_cohort(self, online_retail_run: Run) -> None:
        cohort = online_retail_run.query(
            "select active_customers from marts.cohorts "
            "where cohort_grain = 'month' and dimension_name = 'all' "
            "and cohort_start = date '2010-12-01' "
            "and period_number <= 2 order by period_number"
        )
        assert cohort["active_customers"].tolist() == [885, 324, 286]

    def test_retention_of_january(self, online_retail_run: Run) -> None:
        assert _row(
            online_retail_run,
            "select active_start::integer, new_customers::integer, active_end::integer, "
            "round(crr, 6) from marts.retention "
            "where period_grain = 'month' and dimension_name = 'all' "
            "and period_start = date '2011-01-01'",
        ) == (885, 417, 741, 0.366102)

    def test_retention_of_september_where_many_came_back(self, online_retail_run: Run) -> None:
        assert _row(
            online_retail_run,
            "select active_start::integer, new_customers::integer, active_end::integer, "
            "retained_customers::integer, round(crr, 3), round(crr_strict, 3) "
            "from marts.retention "
            "where period_grain = 'month' and dimension_name = 'all' "
            "and period_start = date '2011-09-01'",
        ) == (935, 299, 1266, 425, 1.034, 0.455)

    def test_the_cut_december_has_no_rates(self, online_retail_run: Run) -> None:
        december = online_retail_run.query(
            "select is_complete, crr, crr_strict, churn_rate, lost_customers "
            "from marts.retention "
            "where period_grain = 'month' and dimension_name = 'all' "
            "and period_start = date '2011-12-01'"
        ).iloc[0]
        assert not december["is_complete"]
        assert december.drop("is_complete").isna().all()

    def test_concentration(self, online_retail_run: Run) -> None:
        assert _row(
            online_retail_run,
            "select customers_for_80::integer, round(customer_share_for_80, 4), "
            "round(top_20_share, 6) from marts.concentration "
            "where basis = 'gross_sales' and window_name = 'all_time'",
        ) == (1133, 0.2612, 0.746171)

    def test_refunds_of_people_whose_order_was_never_seen(self, online_retail_run: Run) -> None:
        assert _row(
            online_retail_run,
            "select remainder_name, remainder::varchar from quality.reconciliation "
            "where check_name = 'customers_are_cohorts_net'",
        ) == ("customers_without_orders", "-10411.24")
        assert _row(
            online_retail_run,
            "select count(*)::integer, sum(net_sales)::varchar from marts.customers "
            "where first_purchase_date is null",
        ) == (33, "-10411.24")


class TestCdnow:
    def test_customers_orders_and_money(self, cdnow_runs: tuple[Run, Run]) -> None:
        assert _row(
            cdnow_runs[0],
            "select count(*)::integer, sum(orders)::integer, sum(gross_sales)::varchar, "
            "any_value(currency) from marts.customers",
        ) == (2357, 6919, "244091.94", "USD")

    def test_the_first_cohort(self, cdnow_runs: tuple[Run, Run]) -> None:
        cohort = cdnow_runs[0].query(
            "select active_customers from marts.cohorts "
            "where cohort_grain = 'month' and dimension_name = 'all' "
            "and cohort_start = date '1997-01-01' "
            "and period_number <= 2 order by period_number"
        )
        assert cohort["active_customers"].tolist() == [781, 124, 95]

    def test_concentration(self, cdnow_runs: tuple[Run, Run]) -> None:
        assert _row(
            cdnow_runs[0],
            "select customers_for_80::integer, round(customer_share_for_80, 4) "
            "from marts.concentration where basis = 'gross_sales' and window_name = 'all_time'",
        ) == (777, 0.3297)

    def test_what_value_models_need_equals_the_published_summaries(
        self, cdnow_runs: tuple[Run, Run]
    ) -> None:
        """Fader and Hardie's calibration to 1997-09-30, as the BTYD and lifetimes packages
        publish it: x, t_x and T in weeks to two decimals, zbar to two."""
        values = cdnow_runs[1].query(
            "select customer_id::integer as id, frequency_x, recency_t_x, age_t, monetary_m "
            "from marts.customer_value"
        )
        published = pd.read_csv(
            example_data() / "cdnow_sample" / "cdnow_customers_summary_with_transactions.csv"
        )
        both = values.merge(published, left_on="id", right_on="ID")
        assert len(both) == len(values) == 2357
        assert (both["frequency_x"] == both["x"]).all()
        for ours, theirs in [("recency_t_x", "t_x"), ("age_t", "T"), ("monetary_m", "zbar")]:
            printed = both[theirs].map(lambda value: Decimal(str(value)))
            places = max(-exponent.as_tuple().exponent for exponent in printed)
            apart = (both[ours].fillna(0) - both[theirs]).abs()
            assert apart.max() <= 0.5 * 10**-places + 1e-9, theirs
