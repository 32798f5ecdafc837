"""What the pandas reference takes for facts: whose, of which day, by which version."""

import pandas as pd

from tests.reference.customers import customers
from tests.reference.facts import facts_of
from tests.reference.hand_made import at_day, by_id, orders, purchases
from tests.reference.landing import Landing
from tests.reference.parameters import Parameters


class TestFacts:
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

    def test_a_card_that_was_made_later_says_nothing_yet(self) -> None:
        crm = pd.DataFrame(
            {
                "customer_id": ["x", "y", "z"],
                "country": ["FR", "FR", "FR"],
                "is_test": [True, True, None],
                "created_at": ["2024-03-01", None, "2024-01-01"],
                "updated_at": [None, "2024-03-01", "2024-03-01"],
            }
        )
        heads = orders(*purchases("x", 0), *purchases("y", 0), *purchases("z", 0))
        landing = Landing(orders=heads.assign(country="GB"), customers=crm)
        table = by_id(customers(facts_of(landing, at_day(20))))
        assert table["country"].to_dict() == {"x": "GB", "y": "GB", "z": "FR"}
        assert customers(facts_of(landing, at_day(80)))["customer_id"].tolist() == ["z"]

    def test_a_line_that_was_added_later_is_not_known_yet(self) -> None:
        lines = pd.DataFrame(
            {
                "order_line_id": ["a", "b"],
                "order_id": "o",
                "customer_id": "x",
                "ordered_at": ["2024-01-05T12:00:00Z", "2024-01-06T00:00:00Z"],
                "quantity": 1,
                "unit_price": 10,
            }
        )
        landing = Landing(order_lines=lines)
        assert customers(facts_of(landing, at_day(4)))["gross_sales"].item() == 10
        assert customers(facts_of(landing, at_day(5)))["gross_sales"].item() == 20
