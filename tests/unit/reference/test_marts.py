"""All marts of the pandas reference at once, of companies that have hardly begun."""

from datetime import date

import pandas as pd
import pytest

from tests.reference.hand_made import NEW_YEAR, at_day, orders, purchases
from tests.reference.landing import Landing
from tests.reference.marts import reference_marts

CONTRACT = {"contract_id": "k", "customer_id": "x", "started_on": NEW_YEAR}
REFUND = {"refund_id": "r", "customer_id": "y", "refunded_at": "2024-01-02", "amount": 30}


@pytest.mark.parametrize(
    "landing",
    [
        Landing(orders=orders(*purchases("x", 0))),
        Landing(contracts=pd.DataFrame([CONTRACT | {"ends_on": date(2024, 1, 5)}])),
        Landing(orders=orders(*purchases("x", 0)), refunds=pd.DataFrame([REFUND])),
    ],
    ids=["one order", "one contract without sales", "a refund of nothing seen"],
)
def test_every_mart_comes_out(landing: Landing) -> None:
    marts = reference_marts(landing, at_day(40))
    assert len(marts["customers"]) in {1, 2}
    months = marts["retention"].query("period_grain == 'month' and dimension_name == 'all'")
    assert months["period_start"].dt.month.tolist() == [1, 2]
    sold = marts["pareto"].query("basis == 'net_sales' and window_name == 'all_time'")["value"]
    assert sold.tolist() in ([10], [])
    assert marts["churn_reasons"]["churned_customers"].sum() == (
        marts["churn"]["churned_customers"].sum()
    )
