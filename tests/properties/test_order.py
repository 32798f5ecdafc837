"""No mart depends on the order of rows, on threads, plans, or the numbers of customers."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from tests.properties.conftest import tried_on
from tests.properties.graph import Graph
from tests.properties.history import History, Rows
from tests.properties.strategies import anew, histories

KEYS = ("customer_key", "linked_customer_key", "previous_customer_key")


@tried_on(25)
@given(case=anew(st.tuples(histories(), st.randoms(use_true_random=False))))
def test_order_of_rows_threads_and_plans_change_nothing(
    graph: Graph, case: tuple[History, Random]
) -> None:
    history, rng = case
    tables, names = history.tables(), [*graph.marts, "reconciliation"]
    marts = graph.build(tables, names)
    shuffled = {table: rng.sample(rows, len(rows)) for table, rows in tables.items()}
    assert graph.build(shuffled, names, threads=4, is_optimized=True) == marts


@tried_on(10)
@given(history=anew(histories()))
def test_the_numbers_of_customers_decide_nothing(graph: Graph, history: History) -> None:
    tables = history.tables()
    renumbered = {table: [_renumbered(row) for row in rows] for table, rows in tables.items()}
    marts = graph.build(tables, graph.marts)
    for name, table in graph.build(renumbered, graph.marts).items():
        assert table.without(*KEYS) == marts[name].without(*KEYS), name


def _renumbered(row: Rows) -> Rows:
    """The row, with the last customer as the first."""
    return {
        column: 1000 - value if column == "customer_key" else value for column, value in row.items()
    }
