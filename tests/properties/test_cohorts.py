"""A cohort is what its own customers did, whoever else comes."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.properties.conftest import tried_on
from tests.properties.graph import Graph
from tests.properties.history import Card, Customer, History, Order
from tests.properties.strategies import anew, histories


@tried_on(25)
@given(case=anew(st.tuples(histories(), st.integers(1, 500), st.integers(0, 400))))
def test_a_customer_of_another_cohort_changes_no_cell_of_a_cohort(
    graph: Graph, case: tuple[History, int, int]
) -> None:
    history, later, again = case
    # Whoever comes first of all decides when the observation began.
    first = Customer(orders=(Order(0),))
    history = replace(
        history, customers=(*history.customers, first), as_of=max(history.as_of, later)
    )
    # In whatever money is reported: most orders decide which.
    newcomer = Customer(
        orders=(
            Order(later, country="AT", currency=None),
            Order(later + again, amount=5000, currency=None),
        ),
        card=Card(channel="radio", country="AT"),
    )
    joined = replace(history, customers=(*history.customers, newcomer))
    before = graph.build(history.tables(), ["cohorts"])["cohorts"].dicts
    after = graph.build(joined.tables(), ["cohorts", "customers"])
    key = len(joined.customers)
    [cohort_date] = [
        row["first_purchase_date"] for row in after["customers"].dicts if row["customer_key"] == key
    ]
    own = {
        (row["cohort_grain"], row["cohort_start"])
        for row in after["cohorts"].dicts
        if row["dimension_value"] == "radio"
    }
    assert {grain for grain, _ in own} == {"week", "month", "quarter"}
    assert all(start <= cohort_date for _, start in own)
    assert _cells(after["cohorts"].dicts, own) == _cells(before, own)


def _cells(rows: list[dict], own: set) -> list[dict]:
    """All cells but those of cohorts that the newcomer is in."""
    return [row for row in rows if (row["cohort_grain"], row["cohort_start"]) not in own]
