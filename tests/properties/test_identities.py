"""The identities of the metrics page hold in the marts of any history."""

from hypothesis import given

from tests.properties import identities
from tests.properties.conftest import tried_on
from tests.properties.graph import Graph
from tests.properties.history import History
from tests.properties.strategies import anew, histories

LOOKED_AT = ("reconciliation", "int_sales__customer_days", "int_churn__episodes")


@tried_on(70)
@given(history=anew(histories()))
def test_the_identities_hold(graph: Graph, history: History) -> None:
    marts = graph.build(history.tables(), [*graph.marts, *LOOKED_AT])
    for identity in identities.ALL:
        identity(marts)
