"""Money counted in other units is other money, and nothing else."""

from math import isclose
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.properties.conftest import tried_on
from tests.properties.graph import Graph, Table
from tests.properties.history import History, in_round_money, scaled
from tests.properties.strategies import anew, histories

MONEY_AS_DOUBLE = {
    "average_order_value",
    "cost_per_customer",
    "cost_to_acquire",
    "cost_to_keep",
    "cumulative_net_sales_per_customer",
    "cumulative_margin_per_customer",
    *(f"cumulative_margin_per_customer_{days}d" for days in (30, 90, 180, 365)),
    *(
        column
        for money in ("sales", "margin")
        for column in (
            f"treated_{money}_per_customer",
            f"held_out_{money}_per_customer",
            f"{money}_uplift",
            f"{money}_uplift_lower_95",
            f"{money}_uplift_upper_95",
        )
    ),
    "first_time_sales_per_customer",
    "returning_sales_per_customer",
    "monetary_m",
    "profitability_threshold",
}
"""Per customer, or between two customers: not to the cent. All other money is DECIMAL(18,2)."""


@tried_on(25)
@given(case=anew(st.tuples(histories().map(in_round_money), st.sampled_from([2, 10]))))
def test_money_times_k_scales_money_and_leaves_the_rest_alone(
    graph: Graph, case: tuple[History, int]
) -> None:
    history, factor = case
    marts = graph.build(history.tables(), graph.marts)
    for name, table in graph.build(scaled(history, factor).tables(), graph.marts).items():
        _assert_scaled(marts[name], table, factor, name)


def _assert_scaled(before: Table, after: Table, factor: int, mart: str) -> None:
    money = {
        column
        for column, kind in zip(before.columns, before.types, strict=True)
        if kind == "DECIMAL(18,2)" or column in MONEY_AS_DOUBLE
    }
    expected = [_scaled(row, money, factor) for row in before.dicts]
    keys = [
        column
        for column, kind in zip(before.columns, before.types, strict=True)
        if kind not in ("DOUBLE", "DECIMAL(18,2)")
    ]

    def place(row: dict[str, Any]) -> str:
        return repr([*(row[key] for key in keys), *(row[column] for column in sorted(money))])

    assert len(expected) == len(after.rows), mart
    pairs = zip(sorted(expected, key=place), sorted(after.dicts, key=place), strict=True)
    for one, other in pairs:
        for column, value in one.items():
            assert _same(value, other[column]), (mart, column, one, other)


def _scaled(row: dict[str, Any], money: set[str], factor: int) -> dict[str, Any]:
    # Of the two axes of quadrants one is money.
    if row.get("axis") == "profitability":
        money = money | {"threshold", "moved_threshold"}
    return {
        column: value * factor if column in money and value is not None else value
        for column, value in row.items()
    }


def _same(value: Any, other: Any) -> bool:
    if isinstance(value, float) and isinstance(other, float):
        return isclose(value, other, rel_tol=1e-12, abs_tol=1e-12)
    return value == other
