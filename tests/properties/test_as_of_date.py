"""The world at the end of a day does not know what comes after it."""

from hypothesis import given

from tests.properties.conftest import tried_on
from tests.properties.graph import Graph
from tests.properties.history import History, cut
from tests.properties.strategies import anew, histories


@tried_on(25)
@given(history=anew(histories()))
def test_what_comes_later_changes_nothing(graph: Graph, history: History) -> None:
    tables = history.tables()
    known = cut(tables, history.as_of_date)
    whole = graph.build(tables, [*graph.marts, "int_churn__episodes"])
    assert graph.build(known, [*graph.marts, "int_churn__episodes"]) == whole
