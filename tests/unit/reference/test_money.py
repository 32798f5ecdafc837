"""Money and refunds of the pandas reference, on rows small enough to check by hand."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from tests.reference.cohorts import cohorts
from tests.reference.customers import customers
from tests.reference.facts import Facts, facts_of
from tests.reference.hand_made import Row, by_id, orders
from tests.reference.landing import Landing
from tests.reference.money import half_away
from tests.reference.parameters import Parameters


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
        cells = cohorts(facts).query(
            "cohort_grain == 'month' and dimension_name == 'all' and period_number == 0"
        )
        assert cells["net_sales"].sum() == 19
        assert by_id(customers(facts)).loc["nobody", "net_sales"] == -7
