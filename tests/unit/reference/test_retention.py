"""Retention and cohorts of the pandas reference, on rows small enough to check by hand."""

from datetime import date

import pandas as pd
import pytest

from tests.reference.cohorts import cohorts
from tests.reference.facts import Facts, facts_of
from tests.reference.hand_made import NEW_YEAR, at_day, orders, people, purchases, the_month
from tests.reference.landing import Landing
from tests.reference.parameters import Parameters
from tests.reference.retention import retention_of


def by_month(facts: Facts) -> pd.DataFrame:
    return retention_of(facts, "month", ["all"])


class TestRetention:
    START = people("gone", 80, "2024-02-05") + people("kept", 120, "2024-02-05", "2024-03-05")
    NEW = people("new", 10, "2024-03-01")

    def march(self, rows: list[tuple[str, str]], **entities: pd.DataFrame) -> pd.Series:
        p = Parameters(as_of_date=date(2024, 3, 31), data_start=date(2024, 1, 1))
        return the_month(
            by_month(facts_of(Landing(orders=orders(*rows), **entities), p)), "2024-03-01"
        )

    def test_the_textbook_example(self) -> None:
        row = self.march(self.START + self.NEW)
        assert row[["active_start", "lost_customers", "active_end"]].tolist() == [200, 80, 130]
        assert (row["crr"], row["churn_rate"], row["crr_strict"]) == (0.6, 0.4, 0.6)
        assert row["benchmark_band"] == "excellent"

    def test_who_comes_back_lifts_crr_but_not_crr_strict(self) -> None:
        row = self.march(self.START + self.NEW + people("back", 15, "2024-01-05", "2024-03-05"))
        assert (row["reactivated_customers"], row["active_end"]) == (15, 145)
        assert (row["crr"], row["crr_strict"], row["dormant_customers"]) == (0.675, 0.6, 80)

    def test_contracts_that_begin_and_end_within_the_month_are_lost_new_customers(self) -> None:
        spans = [("2024-02-01", "2024-03-15")] * 80 + [("2024-02-01", None)] * 120
        spans += [("2024-03-02", None)] * 6 + [("2024-03-02", "2024-03-30")] * 4
        contracts = pd.DataFrame(spans, columns=["started_on", "ends_on"])
        contracts = contracts.assign(contract_id=contracts.index, customer_id=contracts.index)
        row = self.march([], contracts=contracts)
        assert row[["lost_new_customers", "active_end"]].tolist() == [4, 126]
        assert (row["crr"], row["crr_strict"]) == (0.58, 0.6)

    def test_nobody_at_the_start_gives_no_rate(self) -> None:
        row = self.march(self.NEW)
        assert row["active_start"] == 0
        assert pd.isna(row["crr"]) and pd.isna(row["benchmark_band"])
        assert row["is_complete"] and row["is_small_base"]

    def test_before_data_start_and_in_a_running_month_what_is_unknown_is_null(self) -> None:
        rows = orders(("x", "2024-01-05"), ("x", "2024-02-03"), ("y", "2024-03-02"))
        table = by_month(facts_of(Landing(orders=rows), Parameters(data_start=NEW_YEAR)))
        first, last = the_month(table, "2024-01-01"), the_month(table, "2024-03-01")
        assert the_month(table, "2024-02-01")["is_complete"]
        hidden = ["active_start", "retained_customers", "is_small_base", "lost_customers", "crr"]
        assert first[hidden].isna().all()
        assert (first["new_customers"], first["active_end"]) == (1, 1)
        assert last[["lost_customers", "crr", "repeat_customer_rate"]].isna().all()
        assert (last["active_start"], last["retained_customers"], last["is_small_base"]) == (
            1,
            0,
            True,
        )

    def test_gross_retention_is_floored_at_zero_and_capped_at_what_was(self) -> None:
        rows = [("grew", "2024-02-05"), ("fell", "2024-02-05"), ("grew", "2024-03-05")]
        heads = orders(*rows, *purchases("old", 0)).assign(gross_amount=[10, 30, 25, 1])
        refunds = pd.DataFrame(
            {"refund_id": ["r"], "customer_id": "fell", "refunded_at": "2024-03-09", "amount": 6}
        )
        p = Parameters(as_of_date=date(2024, 3, 31))
        row = the_month(by_month(facts_of(Landing(orders=heads, refunds=refunds), p)), "2024-03-01")
        assert row["net_revenue_retention"] == pytest.approx((25 - 6) / 40)
        assert row["gross_revenue_retention"] == pytest.approx(10 / 40)
        assert row["repeat_sales_share"] == 1


class TestCohorts:
    def test_every_cohort_has_all_its_periods(self) -> None:
        facts = facts_of(
            Landing(orders=orders(*purchases("x", 4, 70), *purchases("y", 10))), at_day(75)
        )
        cells = cohorts(facts).query("cohort_grain == 'month' and dimension_name == 'all'")
        assert cells["period_number"].tolist() == [0, 1, 2]
        assert cells["active_customers"].tolist() == [2, 0, 1]
        assert cells["is_complete"].tolist() == [True, True, False]
        assert cells["retention_rate"].tolist()[:2] == [1, 0]
        assert pd.isna(cells["retention_rate"].iloc[2])
        assert cells["cumulative_net_sales_per_customer"].tolist()[:2] == [10, 10]
