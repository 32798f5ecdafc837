"""Moves between classes and quadrants, and the curve of values, checked by hand."""

from datetime import date

import pandas as pd

from tests.reference.customer_value import customer_value
from tests.reference.facts import Facts, facts_of
from tests.reference.hand_made import at_day, by_id, orders, purchases
from tests.reference.landing import Landing
from tests.reference.migration import migration_days, pareto_migration, quadrant_migration
from tests.reference.parameters import Parameters
from tests.reference.pareto import pareto_curve
from tests.reference.quadrants import quadrants
from tests.reference.sensitivity import quadrant_sensitivity


def two_customers() -> Facts:
    """x bought on 5 January, y on 1 February; seen on 15 February.

    On 31 January x alone is at both lines: III. On 15 February (weights 0.3, 0.3, 0.15 of 0.75)
    x has 0.25, 0.5, 0.75, a score of 45, and y 55: the median is 50, so x is IV and y III.
    """
    p = Parameters(as_of_date=date(2024, 2, 15), data_start=date(2024, 1, 1))
    return facts_of(Landing(orders=orders(("x", "2024-01-05"), ("y", "2024-02-01"))), p)


def test_quadrants_moved_from_snapshot_to_snapshot() -> None:
    rows = quadrant_migration(two_customers())
    assert rows["from_date"].dt.date.unique().tolist() == [date(2024, 1, 31)]
    assert rows["to_date"].dt.date.unique().tolist() == [date(2024, 2, 15)]
    assert rows.drop(columns=["from_date", "to_date"]).to_numpy().tolist() == [
        ["III", "IV", 1, 4, 4],
        ["joined", "III", 1, 0, 4],
    ]


def test_one_snapshot_alone_has_no_moves() -> None:
    facts = facts_of(Landing(orders=orders(*purchases("x", 4))), at_day(10))
    assert quadrant_migration(facts).empty


def test_moves_sum_to_both_snapshots() -> None:
    rows = orders(*purchases("x", 0, 40, 80), *purchases("y", 10), *purchases("z", 50, 90))
    facts = facts_of(Landing(orders=rows), at_day(500))
    moves, cells = quadrant_migration(facts), quadrants(facts)
    sizes = cells.groupby(["snapshot_date", "quadrant"]).size()
    inside = moves[moves["from_quadrant"] != "joined"]
    before = inside.groupby(["from_date", "from_quadrant"])["customers"].sum()
    pd.testing.assert_series_equal(before, sizes.loc[before.index[0][0] :], check_names=False)
    inside = moves[moves["to_quadrant"] != "left"]
    after = inside.groupby(["to_date", "to_quadrant"])["customers"].sum()
    pd.testing.assert_series_equal(after, sizes.loc[after.index[0][0] :], check_names=False)
    left = moves[moves["to_quadrant"] == "left"]  # when the year had passed: y, then x and z
    assert left.groupby("to_date")["customers"].sum().tolist() == [1, 2]


def test_sensitivity_of_the_lines() -> None:
    table = quadrant_sensitivity(two_customers())
    table = table[table["snapshot_date"] == "2024-02-15"].drop(columns="snapshot_date")
    # 45 and 55 against 50; 4 and 4 against 4.
    assert table.round(9).to_numpy().tolist() == [
        ["loyalty", -0.1, 50, 45, 2, 1, 0.5],
        ["loyalty", 0.1, 50, 55, 2, 0, 0],
        ["profitability", -0.1, 4, 3.6, 2, 0, 0],
        ["profitability", 0.1, 4, 4.4, 2, 2, 1],
    ]


class TestPareto:
    def test_classes_of_quarter_ends(self) -> None:
        days = [("x", "2023-05-01"), ("y", "2024-03-01"), ("z", "2024-05-01")]
        rows = orders(*days).assign(gross_amount=[100, 10, 20])
        p = Parameters(as_of_date=date(2024, 5, 15), pareto_history_quarters=1)
        table = pareto_migration(facts_of(Landing(orders=rows), p)).query("basis == 'net_sales'")
        assert table["from_date"].dt.date.unique().tolist() == [date(2024, 3, 31)]
        names = ["from_class", "to_class", "customers", "value_before", "value_after"]
        # 31 March: x 100 (A), y 10 (above it 100 of 110: B); 15 May: z 20 (A), y (20 of 30: A).
        assert table[names].to_numpy().tolist() == [
            ["A", "left", 1, 100, 0],
            ["B", "A", 1, 10, 10],
            ["joined", "A", 1, 0, 20],
        ]

    def test_as_of_date_stands_once_where_it_ends_a_quarter(self) -> None:
        rows = Landing(orders=orders(("x", "2023-01-05")))
        facts = facts_of(rows, Parameters(as_of_date=date(2024, 3, 31)))
        days = migration_days(facts).astype("datetime64[D]").astype(str).tolist()
        assert days == ["2023-06-30", "2023-09-30", "2023-12-31", "2024-03-31"]
        facts = facts_of(rows, Parameters(as_of_date=LEAP_DAY, fiscal_year_start_month=3))
        assert migration_days(facts)[-1] == facts.as_of
        assert len(migration_days(facts)) == 4

    def curve(self, *gross: float, refund: float) -> pd.DataFrame:
        rows = orders(*(purchases(str(n), 0)[0] for n in range(len(gross))))
        back = {"refund_id": "r", "customer_id": "0", "refunded_at": "2024-01-05"}
        refunds = pd.DataFrame([back | {"amount": refund}])
        landing = Landing(orders=rows.assign(gross_amount=gross), refunds=refunds)
        table = pareto_curve(facts_of(landing, at_day(30)))
        table = table.query("basis == 'net_sales' and window_name == 'all_time'")
        return table.set_index("percent_of_customers")

    def test_the_curve_rises_and_falls_with_who_cost_more_than_they_brought(self) -> None:
        table = self.curve(10, 50, 30, refund=20)  # values 50, 30, -10: 80 in all that is positive
        assert table["customers"].loc[[1, 33, 34, 66, 67, 100]].tolist() == [1, 1, 2, 2, 3, 3]
        assert table["cumulative_value"].loc[[1, 34, 100]].tolist() == [50, 80, 70]
        assert table["value_share"].loc[[1, 34, 100]].tolist() == [0.625, 1, 0.875]
        assert table["customer_share"].loc[34] == 2 / 3

    def test_of_nothing_positive_there_is_no_share(self) -> None:
        table = self.curve(10, refund=20)
        assert table["value_share"].isna().all() and table.loc[1, "cumulative_value"] == -10


LEAP_DAY = date(2024, 2, 29)


def test_who_never_came_back_has_no_mean_of_repeat_purchases() -> None:
    rows = orders(*purchases("once", 0), *purchases("twice", 0, 14)).assign(gross_amount=[5, 6, 8])
    table = by_id(customer_value(facts_of(Landing(orders=rows), at_day(21))))
    assert pd.isna(table.loc["once", "monetary_m"])
    assert table.loc["twice", ["frequency_x", "recency_t_x", "age_t", "monetary_m"]].tolist() == [
        *(1, 2, 3, 8)
    ]
    assert table["probability_alive"].isna().all() and not table["is_trusted"].any()
