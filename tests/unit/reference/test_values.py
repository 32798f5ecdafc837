"""Pareto, quadrants and RFM of the pandas reference, on rows small enough to check by hand."""

import pandas as pd
import pytest

from tests.reference.customer_value import customer_value
from tests.reference.facts import facts_of
from tests.reference.hand_made import at_day, by_id, orders, purchases
from tests.reference.landing import Landing
from tests.reference.pareto import concentration_of, pareto, pareto_class
from tests.reference.quadrants import loyalty_units, mid_rank, quadrants, regularity, snapshot_days
from tests.reference.rfm import score
from tests.reference.rhythm import customer_states, rhythm_of


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
        table = by_id(customer_value(facts_of(Landing(orders=heads), at_day(35))))
        columns = ["frequency_x", "recency_t_x", "age_t", "monetary_m"]
        assert table.loc["x", columns].tolist() == [2, 4, 5, 15]
        assert pd.isna(table.loc["y", "monetary_m"])
