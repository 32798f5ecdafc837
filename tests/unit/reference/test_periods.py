"""Periods of the pandas reference, and retention in them, checked by hand."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from tests.reference.churn import churn
from tests.reference.cohorts import cohorts
from tests.reference.days import day_date, day_number
from tests.reference.dimensions import EVERY
from tests.reference.facts import Facts, facts_of
from tests.reference.hand_made import orders, the_period
from tests.reference.landing import Landing
from tests.reference.parameters import Parameters
from tests.reference.periods import period_end, period_of, period_start, periods_of
from tests.reference.retention import COUNTS, GRAINS, retention, retention_of

LEAP_DAY = date(2024, 2, 29)  # a Thursday


def around(day: date, grain: str, p: Parameters) -> list[str]:
    """First and last day of the period that a day lies in."""
    number = period_of(np.array([day_number(day)]), grain, p)
    ends = (period_start(number, grain, p)[0], period_end(number, grain, p)[0])
    return [str(day_date(end)) for end in ends]


def contracts(*spans: tuple[str, str, str | None]) -> pd.DataFrame:
    """Contracts: (customer_id, first day, last day) each."""
    rows = pd.DataFrame(spans, columns=["customer_id", "started_on", "ends_on"])
    return rows.assign(contract_id=rows.index.astype("str"))


class TestPeriods:
    @pytest.mark.parametrize(
        ("grain", "settings", "expected"),
        [
            ("week", {}, ["2024-02-26", "2024-03-03"]),
            ("week", {"week_start": "sunday"}, ["2024-02-25", "2024-03-02"]),
            ("month", {"fiscal_year_start_month": 4}, ["2024-02-01", "2024-02-29"]),
            ("quarter", {}, ["2024-01-01", "2024-03-31"]),
            ("quarter", {"fiscal_year_start_month": 2}, ["2024-02-01", "2024-04-30"]),
            ("quarter", {"fiscal_year_start_month": 12}, ["2023-12-01", "2024-02-29"]),
            ("year", {"fiscal_year_start_month": 3}, ["2023-03-01", "2024-02-29"]),
        ],
    )
    def test_the_leap_day_lies_in(
        self, grain: str, settings: dict[str, int], expected: list[str]
    ) -> None:
        assert around(LEAP_DAY, grain, Parameters(**settings)) == expected

    def windows(self, as_of: date) -> list[list[str]]:
        p = Parameters(as_of_date=as_of, data_start=date(2024, 1, 1))
        facts = facts_of(Landing(orders=orders(("x", "2024-01-01"))), p)
        rows = periods_of(facts, "rolling_30d").to_numpy()
        return [[str(day_date(day)) for day in row] for row in rows]

    def test_windows_end_at_month_ends_and_once_at_as_of_date(self) -> None:
        january = ["2024-01-02", "2024-01-31", "2023-12-03", "2024-01-01"]
        february = ["2024-01-31", "2024-02-29", "2024-01-01", "2024-01-30"]
        half = ["2024-01-17", "2024-02-15", "2023-12-18", "2024-01-16"]
        assert self.windows(LEAP_DAY) == [january, february]
        assert self.windows(date(2024, 2, 15)) == [january, half]


class TestRetention:
    def facts(self, as_of: date = LEAP_DAY, **entities: pd.DataFrame) -> Facts:
        return facts_of(
            Landing(**entities), Parameters(as_of_date=as_of, data_start=date(2024, 1, 1))
        )

    def test_by_week_new_lost_and_come_back(self) -> None:
        # Mondays: 1, 8, 15 and 22 January. x in weeks 1 and 3, y on the Sunday of week 1 and in 2.
        rows = orders(("x", "2024-01-01"), ("y", "2024-01-07"), ("y", "2024-01-08"))
        rows = pd.concat([rows, orders(("x", "2024-01-15")).assign(order_id="z")])
        table = retention_of(self.facts(date(2024, 1, 28), orders=rows), "week", ["all"])
        found = table[["active_end", "lost_customers", "reactivated_customers"]]
        assert found["active_end"].tolist() == [2, 1, 1, 0]
        assert found["lost_customers"].astype(object).tolist()[1:] == [1, 1, 1]
        assert found["reactivated_customers"].tolist() == [0, 0, 1, 0]
        last = table.iloc[-1]  # all of week 3 were lost
        assert (last["crr"], last["crr_strict"], last["churn_rate"]) == (0, 0, 1)
        assert table["benchmark_band"].isna().all()

    def test_a_contract_of_one_quarter_is_new_and_lost_in_it(self) -> None:
        terms = contracts(("x", "2024-01-10", "2024-02-10"))
        row = the_period(
            retention(self.facts(date(2024, 3, 31), contracts=terms)), "quarter", "2024-01-01"
        )
        assert row[["new_customers", "lost_new_customers", "active_end"]].tolist() == [1, 1, 0]

    def test_windows_know_contracts_by_the_last_day_of_the_window_before(self) -> None:
        # Windows of 30 days to 29 February: that before ends on 30 January.
        terms = contracts(("in", "2024-01-01", "2024-01-30"), ("out", "2024-01-01", "2024-01-29"))
        bought = orders(("buyer", "2024-01-01"), ("buyer", "2024-02-29"))
        table = retention(self.facts(contracts=terms, orders=bought))
        row = the_period(table, "rolling_30d", "2024-01-31")
        assert row[["active_start", "lost_customers", "active_end"]].tolist() == [2, 1, 1]
        assert row["is_complete"] and row["crr_strict"] == 0.5

    def test_the_year_that_runs_is_judged_by_as_of_date(self) -> None:
        terms = contracts(("x", "2024-01-01", "2024-06-30"))
        row = the_period(retention(self.facts(contracts=terms)), "year", "2024-01-01")
        assert (row["active_end"], row["is_complete"]) == (1, False)

    def test_a_quadrant_is_that_of_the_last_month_end_before(self) -> None:
        # On 31 January: x three purchase days and margin 12, y one and 4; medians lie between.
        days = [("x", "2024-01-02"), ("x", "2024-01-12"), ("x", "2024-01-22"), ("y", "2024-01-03")]
        facts = self.facts(orders=orders(*days, ("y", "2024-02-03")))
        table = retention_of(facts, "month", ["quadrant"])
        cells = table.set_index(["period_start", "dimension_value"])
        january, february = (cells.loc[pd.Timestamp(2024, month, 1)] for month in (1, 2))
        assert january["new_customers"].to_dict() == {"I": 0, "II": 0, "III": 0, "IV": 0, "none": 2}
        assert february.loc["III", ["active_start", "lost_customers"]].tolist() == [1, 1]
        assert february.loc["I", ["active_start", "active_end"]].tolist() == [1, 1]
        assert (february.loc[["II", "IV", "none"], "active_start"] == 0).all()

    def test_values_of_every_dimension_sum_to_all(self) -> None:
        terms = contracts(("c", "2024-01-10", "2024-02-10"), ("d", "2024-01-05", None))
        days = [("x", "2024-01-02"), ("x", "2024-02-12"), ("y", "2024-01-03"), ("z", "2024-02-03")]
        facts = self.facts(contracts=terms, orders=orders(*days))
        table = retention(facts)
        assert set(table["period_grain"]) == set(GRAINS)
        sums = table.groupby(["period_grain", "period_start", "dimension_name"])[COUNTS].sum()
        for dimension in EVERY:
            other = sums.xs(dimension, level="dimension_name")
            pd.testing.assert_frame_equal(other, sums.xs("all", level="dimension_name"))


def test_cohorts_of_weeks_and_fiscal_quarters() -> None:
    # Quarters of a year from February: November to January, February to April.
    p = Parameters(as_of_date=LEAP_DAY, data_start=date(2023, 11, 1), fiscal_year_start_month=2)
    rows = orders(("x", "2024-01-31"), ("y", "2023-11-01"), ("x", "2024-02-29"))
    cells = cohorts(facts_of(Landing(orders=rows), p)).query("dimension_name == 'all'")
    quarter = cells[cells["cohort_grain"] == "quarter"]
    assert quarter["cohort_start"].dt.date.tolist() == [date(2023, 11, 1)] * 2
    assert quarter["active_customers"].tolist() == [2, 1]
    assert quarter["is_complete"].tolist() == [True, False]
    # Weeks of Wednesday 31 January (from the 29th) and of 29 February (from the 26th): number 4.
    week = cells[(cells["cohort_grain"] == "week") & (cells["cohort_start"] == "2024-01-29")]
    assert week["active_customers"].tolist() == [1, 0, 0, 0, 1]


def test_churn_of_a_quarter_counts_each_customer_once() -> None:
    # Silent for 10 days is churn: x falls silent on 11 and 31 January and 12 February.
    p = Parameters(as_of_date=date(2024, 3, 31), data_start=date(2023, 1, 1))
    p = Parameters(**(vars(p) | {"min_churn_days": 10, "max_churn_days": 10}))
    days = [("x", "2023-12-31"), ("x", "2024-01-01"), ("x", "2024-01-21"), ("x", "2024-02-02")]
    table = churn(facts_of(Landing(orders=orders(*days)), p))
    row = the_period(table, "quarter", "2024-01-01")
    assert row[["churned_customers", "base_customers", "churned_again"]].tolist() == [1, 1, 0]
    # Once, at the first episode: the sales up to 1 January.
    assert (row["lost_net_sales"], row["rhythm_churn_rate"]) == (20, 1)
    year = the_period(table, "year", "2023-01-01")
    assert year[["churned_customers", "churned_new"]].tolist() == [0, 0]
