"""The pandas reference itself, on rows small enough to check by hand, and on golden figures."""

import os
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.reference.churn import churn, churn_episodes, customer_churn
from tests.reference.cohorts import cohorts
from tests.reference.compare import assert_same
from tests.reference.contracts import contract_spans
from tests.reference.customers import customers
from tests.reference.examples import cdnow, online_retail
from tests.reference.facts import Facts, facts_of
from tests.reference.landing import Landing
from tests.reference.marts import reference_marts
from tests.reference.money import half_away
from tests.reference.parameters import Parameters
from tests.reference.pareto import concentration, concentration_of, pareto, pareto_class
from tests.reference.quadrants import loyalty_units, mid_rank, quadrants, regularity, snapshot_days
from tests.reference.retention import retention
from tests.reference.rfm import customer_rfm, score
from tests.reference.rhythm import customer_states, episodes_of, rhythm_of

Row = dict[str, Any]
NEW_YEAR = date(2024, 1, 1)


def orders(*rows: tuple[str, str], gross: float = 10) -> pd.DataFrame:
    """Orders without lines: (customer_id, day) each."""
    return pd.DataFrame(
        [
            {"order_id": f"{n:05}", "customer_id": who, "ordered_at": day, "gross_amount": gross}
            for n, (who, day) in enumerate(rows)
        ]
    )


def purchases(who: str, *offsets: int) -> list[tuple[str, str]]:
    """Purchases of one customer, days after New Year 2024."""
    return [(who, str(NEW_YEAR + timedelta(days=offset))) for offset in offsets]


def at_day(offset: int, **settings: Any) -> Parameters:
    """Parameters as of a number of days after New Year 2024."""
    as_of = NEW_YEAR + timedelta(days=offset)
    return Parameters(as_of_date=as_of, data_start=NEW_YEAR, **settings)


def by_id(table: pd.DataFrame) -> pd.DataFrame:
    return table.set_index("customer_id")


def the_month(table: pd.DataFrame, month: str, value: str = "all") -> pd.Series:
    """The only row of a month and dimension value."""
    rows = table[(table["period_start"] == month) & (table["dimension_value"] == value)]
    assert len(rows) == 1
    return rows.iloc[0]


def people(prefix: str, number: int, *days: str) -> list[tuple[str, str]]:
    """Purchases of a crowd: each of `number` customers on each of the days."""
    return [(f"{prefix}{n}", day) for n in range(number) for day in days]


class TestMoney:
    def test_halves_are_rounded_away_from_zero(self) -> None:
        values = pd.Series([125, -125, 124, -126, 0]).to_numpy()
        assert half_away(values, 10).tolist() == [13, -13, 12, -13, 0]

    def test_each_line_is_rounded_once_and_then_summed(self) -> None:
        lines = pd.DataFrame(
            {
                "order_line_id": ["a", "b", "c"],
                "order_id": "o",
                "customer_id": "x",
                "ordered_at": "2024-01-05",
                "quantity": [Decimal("0.500"), 3.0, -1],
                "unit_price": [Decimal("0.01"), 1.115, 99],
            }
        )
        row = customers(facts_of(Landing(order_lines=lines))).iloc[0]
        assert (row["gross_sales"], row["orders"]) == (3.36, 1)  # 0.005 -> 0.01, 3.345 -> 3.35
        assert row["cost_of_goods"] == 2.02  # 0.006 -> 0.01 and 2.01

    def test_cost_is_the_lines_then_the_products_of_the_day_then_the_margins(self) -> None:
        lines = pd.DataFrame(
            {
                "order_line_id": list("abcd"),
                "order_id": ["early", "early", "late", "late"],
                "customer_id": "x",
                "ordered_at": ["2024-01-05"] * 2 + ["2024-03-05"] * 2,
                "product_id": ["p", "p", "p", None],
                "quantity": 2,
                "unit_price": 10,
                "unit_cost": [1, None, None, None],
            }
        )
        products = pd.DataFrame(
            {
                "product_id": "p",
                "unit_cost": [3, 4],
                "valid_from": [date(2024, 2, 1), date(2024, 3, 5)],
            }
        )
        row = customers(facts_of(Landing(order_lines=lines, products=products))).iloc[0]
        assert row["cost_of_goods"] == 2 + 6 + 8 + 12

    def test_an_order_takes_its_lines_and_its_own_discount(self) -> None:
        heads = pd.DataFrame(
            {
                "order_id": ["o", "bare", "gone"],
                "customer_id": "x",
                "ordered_at": "2024-01-05",
                "status": ["completed", "pending", "cancelled"],
                "gross_amount": [999, 50, 70],
                "discount_amount": [2, 10, 0],
                "shipping_cost_amount": [3, None, 5],
            }
        )
        lines = pd.DataFrame(
            {
                "order_line_id": ["a", "b", "c", "d"],
                "order_id": ["o", "gone", "unknown", "elsewhere"],
                "quantity": 1,
                "unit_price": 20,
                "discount_amount": 1,
                "customer_id": [None, None, None, "y"],
                "ordered_at": [None, None, None, "2024-01-06"],
            }
        )
        table = by_id(customers(facts_of(Landing(orders=heads, order_lines=lines))))
        found = table.loc["x", ["orders", "gross_sales", "discounts", "cost_of_goods", "shipping"]]
        assert found.tolist() == [2, 70, 13, 35.4, 3]  # cost 0.6 x 19 and 0.6 x 40
        assert table.loc["y", ["orders", "net_sales"]].tolist() == [1, 19]


class TestRefunds:
    def facts(self, refunds: Iterable[Row], **settings: Any) -> Facts:
        heads = orders(("x", "2024-01-05"), ("x", "2024-02-05"), ("z", "2024-01-01"))
        refunds = pd.DataFrame(refunds).assign(refund_id=lambda rows: rows.index)
        return facts_of(Landing(orders=heads, refunds=refunds), Parameters(**settings))

    def test_two_refunds_of_the_same_day_that_undo_an_order_cancel_it(self) -> None:
        row = {"order_id": "00001", "refunded_at": "2024-02-05", "amount": 5}
        table = by_id(customers(self.facts([row, row])))
        assert table.loc["x", ["orders", "refunds", "net_sales"]].tolist() == [1, 0, 10]

    def test_a_day_later_or_a_cent_less_it_is_a_refund(self) -> None:
        late = {"order_id": "00000", "refunded_at": "2024-01-06", "amount": 10}
        less = {"order_id": "00001", "refunded_at": "2024-02-05", "amount": 9.99}
        table = by_id(customers(self.facts([late, less])))
        assert table.loc["x", ["orders", "refunds"]].tolist() == [2, 19.99]

    def test_it_is_booked_on_its_day_and_attributed_to_the_orders(self) -> None:
        row = {"order_id": "00000", "customer_id": "w", "refunded_at": "2024-02-05", "amount": 2.5}
        facts = self.facts([row])
        days = facts.days[facts.days["customer_id"] == "x"]
        assert days["net_sales"].tolist() == [1000, 750]
        assert days["net_sales_attributed"].tolist() == [750, 1000]
        assert days["contribution_margin"].tolist() == [400, 400 - 250 + 150]

    def test_the_costs_returned_add_up_to_the_orders_cost_and_never_exceed_it(self) -> None:
        # 10 that cost 6.00, paid back in thirds: 1.998 -> 2.00, 3.996 -> 4.00, 6.00; then too much
        parts = [("2024-01-09", 3.34), ("2024-01-07", 3.33), ("2024-01-08", 3.33)]
        parts.append(("2024-01-10", 5))
        facts = self.facts(
            [{"order_id": "00000", "refunded_at": day, "amount": part} for day, part in parts]
        )
        days = facts.days[facts.days["refunds"] > 0]
        assert days["cost_returned"].tolist() == [200, 200, 200, 0]

    def test_an_undone_order_is_gone_with_all_its_refunds(self) -> None:
        undone = {"order_id": "00001", "refunded_at": "2024-02-05", "amount": 10}
        more = {"order_id": "00001", "refunded_at": "2024-02-07", "amount": 1}
        table = by_id(customers(self.facts([undone, more])))
        assert table.loc["x", ["orders", "refunds", "net_sales"]].tolist() == [1, 0, 10]

    def test_one_of_an_order_never_seen_counts_in_period_0(self) -> None:
        row = {"customer_id": "x", "refunded_at": "2023-12-30", "amount": 1}
        alone = {"customer_id": "nobody", "refunded_at": "2024-01-02", "amount": 7}
        facts = self.facts([row, alone])
        cells = cohorts(facts).query("dimension_name == 'all' and period_number == 0")
        assert cells["net_sales"].sum() == 19
        assert by_id(customers(facts)).loc["nobody", "net_sales"] == -7


class TestRetention:
    START = people("gone", 80, "2024-02-05") + people("kept", 120, "2024-02-05", "2024-03-05")
    NEW = people("new", 10, "2024-03-01")

    def march(self, rows: list[tuple[str, str]], **entities: pd.DataFrame) -> pd.Series:
        p = Parameters(as_of_date=date(2024, 3, 31), data_start=date(2024, 1, 1))
        return the_month(
            retention(facts_of(Landing(orders=orders(*rows), **entities), p)), "2024-03-01"
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
        table = retention(facts_of(Landing(orders=rows), Parameters(data_start=NEW_YEAR)))
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
        row = the_month(
            retention(facts_of(Landing(orders=heads, refunds=refunds), p)), "2024-03-01"
        )
        assert row["net_revenue_retention"] == pytest.approx((25 - 6) / 40)
        assert row["gross_revenue_retention"] == pytest.approx(10 / 40)
        assert row["repeat_sales_share"] == 1


class TestCohorts:
    def test_every_cohort_has_all_its_periods(self) -> None:
        facts = facts_of(
            Landing(orders=orders(*purchases("x", 4, 70), *purchases("y", 10))), at_day(75)
        )
        cells = cohorts(facts).query("dimension_name == 'all'")
        assert cells["period_number"].tolist() == [0, 1, 2]
        assert cells["active_customers"].tolist() == [2, 0, 1]
        assert cells["is_complete"].tolist() == [True, True, False]
        assert cells["retention_rate"].tolist()[:2] == [1, 0]
        assert pd.isna(cells["retention_rate"].iloc[2])
        assert cells["cumulative_net_sales_per_customer"].tolist()[:2] == [10, 10]


class TestChurn:
    def test_a_lapse_is_judged_by_the_gaps_known_up_to_it(self) -> None:
        rows = [*purchases("x", 0, 10, 30, 200), *purchases("y", 0)]
        facts = facts_of(Landing(orders=orders(*rows)), at_day(300, rhythm_prior_days=20))
        # after day 30: n 2, g 15, e (30 + 60) / 5 = 18, churn after 72; day 200 ended it
        # after day 200: n 3, g 20, e 20, churn after 80; y: e 20, churn after 80
        table = churn_episodes(facts).sort_values("churned_at")
        begun = (table["churned_at"] - pd.Timestamp(NEW_YEAR)).dt.days.tolist()
        assert begun == [80, 102, 280]
        assert table["is_open"].tolist() == [True, False, True]
        assert by_id(customer_churn(facts)).loc["x", "expected_gap_days"] == 20

    @pytest.mark.parametrize(("silent", "state"), [(79, "at_risk"), (80, "churned")])
    def test_churn_begins_when_the_last_day_of_waiting_has_passed(
        self, silent: int, state: str
    ) -> None:
        facts = facts_of(
            Landing(orders=orders(*purchases("x", 0))), at_day(silent, rhythm_prior_days=20)
        )
        assert by_id(customer_churn(facts)).loc["x", "customer_state"] == state

    def test_a_purchase_on_the_last_day_of_waiting_comes_in_time(self) -> None:
        rows = orders(*purchases("in_time", 0, 80), *purchases("late", 0, 81))
        facts = facts_of(Landing(orders=rows), at_day(81, rhythm_prior_days=20))
        assert churn_episodes(facts)["customer_id"].tolist() == ["late"]
        states = by_id(customer_churn(facts))["customer_state"]
        assert states.to_dict() == {"in_time": "active", "late": "returned"}

    def test_lost_sales_are_those_of_365_days_up_to_the_last_purchase(self) -> None:
        rows = orders(*purchases("inside", 1, 365), *purchases("outside", 0, 365))
        p = at_day(500, max_churn_days=30)
        facts = facts_of(Landing(orders=rows), p)
        episodes = episodes_of(facts, rhythm_of(facts))
        last = episodes.drop_duplicates("customer_id", keep="last").set_index("customer_id")
        assert last["sales_before"].to_dict() == {"inside": 2000, "outside": 1000}

    def test_states_are_taken_in_their_order(self) -> None:
        rows = [*purchases("new", 195), *purchases("returned", 0, 190), *purchases("at_risk", 150)]
        rows += [*purchases("churned", 0), *purchases("active", 160, 180)]
        crm = pd.DataFrame({"customer_id": ["prospect"]})
        landing = Landing(orders=orders(*rows), customers=crm)
        facts = facts_of(landing, at_day(200, rhythm_prior_days=20))
        states = by_id(customer_churn(facts))["customer_state"]
        assert {name: state for name, state in states.items() if name != state} == {}

    def test_m_is_the_median_of_the_customers_own_medians(self) -> None:
        rows = orders(
            *purchases("x", 0, 10, 20, 30, 40), *purchases("y", 0, 50), *purchases("z", 0)
        )
        rhythm = rhythm_of(facts_of(Landing(orders=rows)))
        assert rhythm.prior_days == 30
        assert rhythm.window_days == pytest.approx(34)  # gaps 10, 10, 10, 10, 50

    def test_the_months_flows(self) -> None:
        rows = [*purchases("base", 10, 20), *purchases("again", 0, 91), *purchases("quick", 91, 92)]
        p = at_day(181, rhythm_prior_days=20, max_churn_days=29, min_churn_days=29)
        table = churn(facts_of(Landing(orders=orders(*rows)), p))
        columns = ["churned_customers", "base_customers", "churned_new", "churned_again"]
        found = {m: the_month(table, f"2024-0{m}-01")[columns].tolist() for m in (1, 2, 4)}
        # base: 49; again: 29 (Jan 30) and 120 (Apr 30), open on Apr 1, its episode's last day
        assert found == {1: [0, 0, 1, 0], 2: [1, 1, 0, 0], 4: [0, 0, 0, 1]}
        assert the_month(table, "2024-02-01")["lost_net_sales"] == 20
        assert pd.isna(the_month(table, "2024-01-01")["rhythm_churn_rate"])
        assert the_month(table, "2024-02-01")["rhythm_churn_rate"] == 1


class TestContracts:
    def facts(
        self, offset: int, *spans: tuple[int, int | None, int | None], renews: bool = False
    ) -> Facts:
        rows = [
            {
                "contract_id": n,
                "customer_id": "x",
                "started_on": NEW_YEAR + timedelta(days=start),
                "ends_on": None if end is None else NEW_YEAR + timedelta(days=end),
                "cancelled_on": None if gone is None else NEW_YEAR + timedelta(days=gone),
                "auto_renews": renews,
                "recurring_amount": 30,
                "billing_period": "month",
            }
            for n, (start, end, gone) in enumerate(spans)
        ]
        return facts_of(Landing(contracts=pd.DataFrame(rows)), at_day(offset))

    @pytest.mark.parametrize(
        ("offset", "span", "state"),
        [
            (100, (0, None, None), "active"),
            (100, (0, 161, None), "active"),
            (100, (0, 160, None), "at_risk"),
            (100, (0, 300, 90), "at_risk"),
            (100, (0, 300, 110), "active"),
            (100, (0, None, 71), "at_risk"),
            (100, (0, None, 70), "churned"),
        ],
    )
    def test_the_state_follows_the_contract(
        self, offset: int, span: tuple[int, int | None, int | None], state: str
    ) -> None:
        assert customer_churn(self.facts(offset, span))["customer_state"].item() == state

    def test_one_that_renews_itself_is_open_until_it_is_cancelled(self) -> None:
        facts = self.facts(100, (0, 50, None), renews=True)
        assert customer_churn(facts)["customer_state"].item() == "active"

    def test_a_new_one_within_the_gap_continues_the_old(self) -> None:
        facts = self.facts(300, (0, 50, None), (80, 120, None), (151, 200, None))
        spans = contract_spans(facts.terms, facts.parameters)
        first = (NEW_YEAR - date(1970, 1, 1)).days
        assert (spans[["start", "end"]] - first).to_numpy().tolist() == [[0, 120], [151, 200]]
        episodes = churn_episodes(facts)
        assert episodes["is_open"].tolist() == [False, True]
        assert episodes["churned_at"].iloc[0] == pd.Timestamp("2024-05-30")

    def test_without_orders_each_billing_day_sells_the_recurring_amount(self) -> None:
        facts = self.facts(120, (30, 91, None))  # January 31 to April 1
        days = facts.days["day"].to_numpy().astype("datetime64[D]").astype(str).tolist()
        assert days == ["2024-01-31", "2024-02-29", "2024-03-31"]
        row = customers(facts).iloc[0]
        assert row[["orders", "gross_sales", "contribution_margin"]].tolist() == [3, 90, 36]


class TestPareto:
    def test_equal_values_share_class_and_zero_is_c(self) -> None:
        values = pd.Series([50, 20, 20, 20, 5, 0, -3])
        assert pareto_class(values).tolist() == ["A", "A", "A", "A", "C", "C", "negative"]

    def test_the_customer_who_crosses_80_percent_is_still_a(self) -> None:
        assert pareto_class(pd.Series([80, 15, 5])).tolist() == ["A", "B", "C"]
        assert pareto_class(pd.Series([79, 15, 6])).tolist() == ["A", "A", "B"]

    def test_concentration_counts_customers_one_by_one(self) -> None:
        found = concentration_of(pd.Series([40, 20, 20, 20, 0]))
        assert (found["customers"], found["customers_for_80"]) == (5, 3)
        assert (found["top_20_share"], found["top_50_share"]) == (0.4, 0.8)
        assert found["gini"] == pytest.approx(2 * (40 + 60 + 80 + 200) / 500 - 6 / 5)
        assert found["hhi"] == pytest.approx(0.16 + 3 * 0.04)
        assert concentration_of(pd.Series([-1, 0]))["customers_for_80"] is None

    def test_a_younger_customer_rises_from_half_to_half(self) -> None:
        rows = [*purchases("x", 0, 50, 51, 60), *purchases("whale", 1)]
        heads = orders(*rows).assign(gross_amount=[10, 5, 20, 3, 999])
        p = at_day(100, rhythm_prior_days=90)
        # 101 days: the earlier half ends on day 50; 23 against 15 is + 53 %
        table = pareto(facts_of(Landing(orders=heads), p))
        assert table.loc[table["customer_id"] == "x", "is_rising"].all()
        heads["gross_amount"] = [10, 5, 19, 3, 999]
        table = pareto(facts_of(Landing(orders=heads), p))
        assert not table["is_rising"].any()


class TestQuadrants:
    def test_mid_rank_counts_half_of_the_equal(self) -> None:
        assert mid_rank(pd.Series([1, 2, 2, 3, None])).tolist()[:4] == [0.125, 0.5, 0.5, 0.875]

    def test_missing_parts_drop_out_and_the_rest_are_rescaled(self) -> None:
        parts = pd.DataFrame({"a": [0.5, 0.5], "b": [1.0, None]})
        assert loyalty_units(parts, (0.3, 0.1)).tolist() == [625000, 500000]

    def test_regularity_needs_two_gaps(self) -> None:
        rhythm = rhythm_of(
            facts_of(Landing(orders=orders(*purchases("x", 0, 10, 40), *purchases("y", 0, 9))))
        )
        assert regularity(rhythm.purchases).to_dict() == {"x": -0.5}

    def test_snapshots_are_as_of_and_the_last_month_ends(self) -> None:
        facts = facts_of(Landing(orders=orders(("x", "2024-01-05"))), at_day(44))
        days = snapshot_days(facts).astype("datetime64[D]").astype(str).tolist()
        assert len(days) == 14
        assert days[-3:] == ["2023-12-31", "2024-01-31", "2024-02-14"]

    def test_equal_to_the_threshold_is_high(self) -> None:
        heads = orders(*purchases("a", 40), *purchases("b", 30), *purchases("c", 20))
        table = quadrants(
            facts_of(Landing(orders=heads.assign(gross_amount=[5, 10, 20])), at_day(44))
        )
        last = by_id(table[table["snapshot_date"] == "2024-02-14"])
        # recency 5/6, 3/6, 1/6; frequency 1/2; first 1/6, 3/6, 5/6: weights 30, 30, 15 of 75
        assert last["loyalty_score"].tolist() == [56.6667, 50.0, 43.3333]
        assert last["profitability"].tolist() == [2, 4, 8]
        assert last["quadrant"].tolist() == ["II", "III", "IV"]

    def test_nothing_after_the_snapshot_is_known_to_it(self) -> None:
        facts = facts_of(Landing(orders=orders(*purchases("x", 0, 40))), at_day(44))
        rhythm = rhythm_of(facts)
        january = facts.as_of - 14
        assert customer_states(facts, rhythm, january)["x"] == "new"


class TestRfm:
    def test_equal_values_share_a_score_and_the_lowest_is_1(self) -> None:
        assert score(pd.Series([1, 1, 1, 2, 3])).tolist() == [1, 1, 1, 4, 5]

    def test_repeat_days_are_counted_in_weeks_and_merged_by_day(self) -> None:
        heads = orders(*purchases("x", 0, 7, 7, 28), *purchases("y", 7))
        table = by_id(customer_rfm(facts_of(Landing(orders=heads), at_day(35))))
        columns = ["frequency_x", "recency_t_x", "age_t", "monetary_m"]
        assert table.loc["x", columns].tolist() == [2, 4, 5, 15]
        assert pd.isna(table.loc["y", "monetary_m"])


class TestWorld:
    def test_test_customers_and_what_comes_later_are_left_out(self) -> None:
        crm = pd.DataFrame({"customer_id": ["t"], "is_test": True})
        rows = orders(*purchases("x", 0, 40), *purchases("t", 1))
        table = customers(facts_of(Landing(orders=rows, customers=crm), at_day(39)))
        assert table[["customer_id", "orders"]].to_numpy().tolist() == [["x", 1]]

    def test_days_are_those_of_the_reporting_time_zone(self) -> None:
        rows = orders(("x", "2024-01-31T23:30:00Z"))
        p = Parameters(reporting_timezone="Europe/Berlin")
        assert customers(facts_of(Landing(orders=rows), p))[
            "first_purchase_date"
        ].item() == pd.Timestamp("2024-02-01")

    def test_dimensions_are_the_crms_then_the_first_orders(self) -> None:
        crm = pd.DataFrame({"customer_id": ["x", "y"], "country": [None, "FR"]})
        heads = orders(*purchases("x", 0, 0, 9), *purchases("y", 0)).assign(
            country=["GB", "DE", "US", "GB"]
        )
        lines = pd.DataFrame(
            {
                "order_line_id": list("abc"),
                "order_id": "00000",
                "quantity": 1,
                "unit_price": [5, 9, 9],
                "category": ["tea", "mugs", "cups"],
            }
        )
        table = by_id(customers(facts_of(Landing(orders=heads, order_lines=lines, customers=crm))))
        columns = ["country", "first_product_category", "acquisition_channel"]
        assert table.loc["x", columns].tolist() == ["GB", "cups", "unknown"]
        assert table.loc["y", "country"] == "FR"

    def test_the_latest_version_wins(self) -> None:
        heads = pd.DataFrame(
            {
                "order_id": "o",
                "customer_id": "x",
                "ordered_at": "2024-01-02",
                "gross_amount": [5, 7, 9],
                "updated_at": ["2024-01-03", "2024-01-02", "2024-06-01"],
            }
        )
        assert customers(facts_of(Landing(orders=heads), at_day(200)))["gross_sales"].item() == 9
        assert customers(facts_of(Landing(orders=heads), at_day(10)))["gross_sales"].item() == 5


class TestCompare:
    MART = pd.DataFrame(
        {
            "k": ["a", "b"],
            "day": [date(2024, 1, 1)] * 2,
            "n": [1, None],
            "m": [1.0, 2.0],
            "r": [0.5, None],
        }
    )

    def check(self, **changes: Any) -> None:
        reference = self.MART.assign(
            day=pd.to_datetime(self.MART["day"]), n=self.MART["n"].astype("Int64")
        )
        assert_same(self.MART, reference.assign(**changes)[::-1], ["k", "day"], ["n"], ["m"], ["r"])

    def test_equal_frames_pass_whatever_their_types_and_order(self) -> None:
        self.check(m=[Decimal("1.00"), Decimal("2.00")], r=[0.5 + 1e-10, None])

    @pytest.mark.parametrize(
        ("column", "values"),
        [
            ("n", [2, None]),
            ("n", [1, 0]),
            ("m", [1.01, 2.0]),
            ("r", [0.5, 0.0]),
            ("r", [0.500001, None]),
        ],
    )
    def test_a_difference_is_named(self, column: str, values: list[float]) -> None:
        with pytest.raises(AssertionError, match=f"{column}: 1 of 2 rows differ"):
            self.check(**{column: values})

    def test_rows_of_one_side_only_are_named(self) -> None:
        with pytest.raises(AssertionError, match="1 only in the mart"):
            self.check(k=["a", "c"])


@pytest.fixture(scope="module")
def examples() -> Path:
    folder = os.environ.get("RETENTION_EXAMPLE_DATA")
    if not folder:
        pytest.skip("RETENTION_EXAMPLE_DATA is not set: no public data sets to compute on")
    return Path(folder)


@pytest.fixture(scope="module")
def retail(examples: Path) -> Facts:
    return facts_of(online_retail(examples))


@pytest.fixture(scope="module")
def cd_buyers(examples: Path) -> Landing:
    return cdnow(examples)


def first_cohort(facts: Facts) -> pd.DataFrame:
    """The cells of the earliest cohort of all customers."""
    cells = cohorts(facts).query("dimension_name == 'all'")
    return cells[cells["cohort_start"] == cells["cohort_start"].min()]


@pytest.mark.examples
class TestOnlineRetail:
    """Golden figures: the metrics page, and its first computation on UCI Online Retail."""

    def test_sums(self, retail: Facts) -> None:
        table = customers(retail)
        bought = table[table["orders"] > 0]
        assert (len(bought), table["orders"].sum()) == (4338, 18532)
        assert table["gross_sales"].sum() == pytest.approx(8911407.90, abs=0.001)
        assert table["refunds"].sum() == pytest.approx(611342.09, abs=0.001)
        unseen = table[table["orders"] == 0]["net_sales"]
        assert (len(unseen), round(unseen.sum(), 2)) == (33, -10411.24)

    def test_rows(self, examples: Path) -> None:
        landing = online_retail(examples)
        assert (len(landing.order_lines), len(landing.refunds)) == (397884, 8905)

    def test_retention(self, retail: Facts) -> None:
        table = retention(retail)
        january, september = the_month(table, "2011-01-01"), the_month(table, "2011-09-01")
        columns = ["active_start", "new_customers", "active_end"]
        assert january[columns].tolist() == [885, 417, 741]
        assert round(january["crr"], 6) == 0.366102
        assert september[[*columns, "retained_customers"]].tolist() == [935, 299, 1266, 425]
        assert (round(september["crr"], 3), round(september["crr_strict"], 3)) == (1.034, 0.455)
        december = the_month(table, "2011-12-01")
        assert not december["is_complete"]
        assert december[["lost_customers", "crr", "crr_strict", "churn_rate"]].isna().all()

    def test_cohorts(self, retail: Facts) -> None:
        cells = first_cohort(retail)
        assert cells["active_customers"].tolist()[:3] == [885, 324, 286]
        assert cells["cohort_size"].iloc[0] == 885

    def test_concentration(self, retail: Facts) -> None:
        table = concentration(retail).set_index(["basis", "window_name"])
        row = table.loc[("gross_sales", "all_time")]
        assert row["customers_for_80"] == 1133
        assert round(row["customer_share_for_80"], 4) == 0.2612
        assert round(row["top_20_share"], 6) == 0.746171


@pytest.mark.examples
class TestCdnow:
    """Golden figures: Fader and Hardie's 1/10 sample and its published summaries."""

    def test_sums_cohort_and_concentration(self, cd_buyers: Landing) -> None:
        facts = facts_of(cd_buyers)
        table = customers(facts)
        assert (len(table), table["orders"].sum()) == (2357, 6919)
        assert table["gross_sales"].sum() == pytest.approx(244091.94, abs=0.001)
        cells = first_cohort(facts)
        assert cells["active_customers"].tolist()[:3] == [781, 124, 95]
        row = (
            concentration(facts)
            .set_index(["basis", "window_name"])
            .loc[("gross_sales", "all_time")]
        )
        assert (row["customers_for_80"], round(row["customer_share_for_80"], 4)) == (777, 0.3297)

    def test_the_published_summaries(self, cd_buyers: Landing, examples: Path) -> None:
        table = customer_rfm(facts_of(cd_buyers, Parameters(as_of_date=date(1997, 9, 30))))
        table = table.assign(ID=table["customer_id"].astype(int))
        name = "cdnow_customers_summary_with_transactions.csv"
        published = pd.read_csv(examples / "cdnow_sample" / name)
        both = table.merge(published, on="ID")
        assert len(both) == len(published) == 2357
        assert (both["frequency_x"] == both["x"]).all()
        printed = 0.005 + 1e-9
        assert (both["recency_t_x"] - both["t_x"]).abs().max() <= printed
        assert (both["age_t"] - both["T"]).abs().max() <= printed
        repeat = both[both["x"] > 0]
        assert (repeat["monetary_m"] - repeat["zbar"]).abs().max() <= printed
        assert both.loc[both["x"] == 0, "monetary_m"].isna().all()
        short = pd.read_csv(examples / "cdnow_sample" / "cdnow_customers_summary.csv")
        assert (table.sort_values("ID")["frequency_x"].to_numpy() == short["frequency"]).all()

    def test_all_marts_are_the_same_whatever_the_order_of_rows(self, cd_buyers: Landing) -> None:
        shuffled = replace(cd_buyers, orders=cd_buyers.orders.sample(frac=1, random_state=1))
        first, second = reference_marts(cd_buyers), reference_marts(shuffled)
        for name, table in first.items():
            pd.testing.assert_frame_equal(table, second[name], check_dtype=False)
