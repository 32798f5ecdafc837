"""Channels, economics and onboarding of the pandas reference, checked by hand."""

from datetime import date

import pandas as pd
import pytest

from tests.reference.channels import acquisition_channels
from tests.reference.economics import economics_of
from tests.reference.facts import Facts, facts_of
from tests.reference.hand_made import Row, orders, the_period
from tests.reference.landing import Landing
from tests.reference.onboarding import onboarding
from tests.reference.parameters import Parameters

CARDS = pd.DataFrame({"customer_id": ["x", "y"], "acquisition_channel": "search"})


def spent(*rows: tuple[str, str, str | None, float]) -> pd.DataFrame:
    """Marketing spend: (day, channel, purpose, amount) each."""
    return pd.DataFrame(rows, columns=["spend_date", "channel", "purpose", "amount"])


def company(as_of: date, *days: tuple[str, str], **entities: pd.DataFrame) -> Facts:
    p = Parameters(as_of_date=as_of, data_start=date(2024, 1, 1))
    return facts_of(Landing(orders=orders(*days), customers=CARDS, **entities), p)


class TestChannels:
    # x and y are of January; each order brings 10, and at 40 % a margin of 4. old has longer been.
    DAYS = (
        ("old", "2023-12-05"),
        ("x", "2024-01-01"),
        ("y", "2024-01-31"),
        ("x", "2024-01-31"),
        ("x", "2024-03-05"),
    )

    def january(self, as_of: date, *spend: tuple[str, str, str | None, float]) -> pd.Series:
        entities = {"marketing_spend": spent(*spend)} if spend else {}
        table = acquisition_channels(company(as_of, *self.DAYS, **entities))
        rows = table[table["acquisition_channel"] == "search"]
        return rows[rows["cohort_month"] == "2024-01-01"].iloc[0]

    def test_a_cohort_and_what_it_cost(self) -> None:
        spend = [("2024-01-02", "search", "acquire", 5), ("2024-01-03", "search", None, 3)]
        row = self.january(date(2024, 3, 31), *spend, ("2024-01-04", "search", "keep", 100))
        assert row[["new_customers", "spend", "cost_per_customer"]].tolist() == [2, 8, 4]
        # Within 30 days of 1 January is 31 January: x came back; margins 4 + 4 + 4.
        assert row["repeat_share_30d"] == 0.5
        assert row["cumulative_margin_per_customer_30d"] == 6
        assert row["margin_to_cost_30d"] == 1.5
        assert pd.isna(row["repeat_share_90d"]) and pd.isna(row["margin_to_cost_90d"])
        # Of 20 in all, x brings 12 (A) and y 4 (above it 60 %: A).
        assert row["class_a_share"] == 1
        assert row["months_to_pay_back"] == 0

    @pytest.mark.parametrize(
        ("as_of", "spend", "months"),
        [
            (date(2024, 3, 31), 12, 0),
            (date(2024, 3, 31), 12.01, 2),
            (date(2024, 3, 31), 16.01, None),
            (date(2024, 3, 30), 16, None),
        ],
    )
    def test_the_first_complete_month_that_paid_it_back(
        self, as_of: date, spend: float, months: int | None
    ) -> None:
        row = self.january(as_of, ("2024-01-02", "search", "acquire", spend))
        assert (
            pd.isna(row["months_to_pay_back"])
            if months is None
            else (row["months_to_pay_back"] == months)
        )

    def test_the_age_is_reached_when_the_last_of_the_month_reached_it(self) -> None:
        # 30 days after 31 January is 1 March.
        assert pd.isna(self.january(date(2024, 2, 29))["repeat_share_30d"])
        assert self.january(date(2024, 3, 1))["repeat_share_30d"] == 0.5

    def test_without_any_spend_known_costs_are_unknown(self) -> None:
        row = self.january(date(2024, 3, 31))
        unknown = ["spend", "cost_per_customer", "margin_to_cost_30d", "months_to_pay_back"]
        assert row[unknown].isna().all() and row["repeat_share_30d"] == 0.5

    def test_money_spent_in_vain_has_a_row_from_data_start_on(self) -> None:
        spend = [("2024-02-02", "radio", None, 7), ("2023-12-31", "radio", None, 9)]
        rows = spent(*spend)
        table = acquisition_channels(company(date(2024, 3, 31), *self.DAYS, marketing_spend=rows))
        radio = table[table["acquisition_channel"] == "radio"]
        assert radio["cohort_month"].dt.date.tolist() == [date(2024, 2, 1)]
        assert radio[["new_customers", "spend"]].to_numpy().tolist() == [[0, 7]]
        assert (
            radio[["cost_per_customer", "months_to_pay_back", "class_a_share"]].isna().all().all()
        )
        search = table[table["acquisition_channel"] == "search"].iloc[0]
        assert (search["spend"], search["cost_per_customer"]) == (0, 0)


class TestEconomics:
    DAYS = (("x", "2024-01-05"), ("x", "2024-02-05"), ("y", "2024-02-06"), ("y", "2024-02-07"))

    def february(self, as_of: date, **entities: pd.DataFrame) -> pd.Series:
        return the_period_of(company(as_of, *self.DAYS, **entities), "2024-02-01")

    def test_costs_of_winning_and_of_keeping_one(self) -> None:
        spend = spent(("2024-02-10", "search", "acquire", 30), ("2024-02-11", "sms", "keep", 3))
        call: Row = {"interaction_id": "i", "customer_id": "x", "occurred_at": "2024-02-12"}
        calls = pd.DataFrame([call | {"channel": "call", "direction": "out"}])
        row = self.february(date(2024, 2, 29), marketing_spend=spend, interactions=calls)
        assert row[["new_customers", "retained_customers", "cost_to_serve"]].tolist() == [1, 1, 4]
        # 30 for one new; 3 and a call of 4 for one kept.
        assert (row["cost_to_acquire"], row["cost_to_keep"]) == (30, 7)
        assert row["acquire_to_keep_ratio"] == pytest.approx(30 / 7)
        # x, who returned, bought for 10 and y, who is new, for 20.
        assert (row["returning_customers"], row["first_time_customers"]) == (1, 1)
        assert row["returning_sales_share"] == pytest.approx(1 / 3)
        assert row["returning_sales_uplift"] == -0.5

    def test_of_a_running_month_only_the_sums_are_told(self) -> None:
        spend = spent(("2024-02-10", "search", "acquire", 30))
        row = self.february(date(2024, 2, 28), marketing_spend=spend)
        assert (row["acquisition_spend"], row["keep_spend"], row["new_customers"]) == (30, 0, 1)
        rates = ["cost_to_acquire", "returning_sales_per_customer", "returning_sales_uplift"]
        assert row[rates].isna().all()

    def test_without_any_spend_known_keeping_has_no_price(self) -> None:
        row = self.february(date(2024, 2, 29))
        assert row[["keep_spend", "acquisition_spend", "cost_to_keep"]].isna().all()
        assert row["returning_sales_per_customer"] == 10


def the_period_of(facts: Facts, start: str) -> pd.Series:
    table = economics_of(facts, "month").assign(dimension_value="all")
    return the_period(table, "month", start)


class TestOnboarding:
    # x came back after 30 days, y not; x was written to on day 14, y on day 15.
    DAYS = (("x", "2024-01-01"), ("x", "2024-01-31"), ("y", "2024-01-01"))

    def letters(self) -> pd.DataFrame:
        rows = pd.DataFrame(
            {"customer_id": ["x", "y"], "occurred_at": ["2024-01-15", "2024-01-16"]}
        )
        return rows.assign(interaction_id=rows.index, direction="out", channel="letter")

    def row(self, as_of: date, **entities: pd.DataFrame) -> pd.Series:
        return onboarding(company(as_of, *self.DAYS, **entities)).iloc[0]

    def test_second_purchases_of_who_was_contacted_and_who_was_not(self) -> None:
        row = self.row(date(2024, 4, 30), interactions=self.letters())
        assert (row["new_customers"], row["median_days_to_second_purchase"]) == (2, 30)
        assert row[[f"second_purchase_share_{age}d" for age in (30, 60, 90)]].tolist() == [0.5] * 3
        assert row["contacted_share"] == 0.5
        assert row["second_purchase_share_contacted"] == 1
        assert row["second_purchase_share_not_contacted"] == 0

    def test_shares_wait_for_the_last_customer_of_the_month(self) -> None:
        # 14 days after 31 January is 14 February, 90 days after it 30 April.
        row = self.row(date(2024, 2, 14), interactions=self.letters())
        assert row["contacted_share"] == 0.5 and pd.isna(row["second_purchase_share_30d"])
        row = self.row(date(2024, 4, 29), interactions=self.letters())
        assert row["second_purchase_share_60d"] == 0.5
        assert row[["second_purchase_share_90d", "second_purchase_share_contacted"]].isna().all()
        assert pd.isna(self.row(date(2024, 2, 13))["contacted_share"])

    def test_contacts_are_unknown_where_nobody_notes_them(self) -> None:
        row = self.row(date(2024, 4, 30))
        assert pd.isna(row["contacted_share"]) and row["second_purchase_share_90d"] == 0.5
