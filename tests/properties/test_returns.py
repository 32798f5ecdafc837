"""Who comes back ends a silence, and changes none that came before."""

import re
from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from tests.properties.conftest import tried_on
from tests.properties.graph import Graph
from tests.properties.history import History, Order, day_of
from tests.properties.strategies import anew, histories

RHYTHM = "int_churn__rhythm"
LOOKED_AT = ("int_churn__episodes", "churn")


def pinned(graph: Graph, days: int) -> dict[str, str]:
    """The rhythm as `rhythm_prior_days` makes it: a second parse of the project takes longer."""
    unset = re.compile(r"cast\(null as varchar\)(?=\s*as double\),\s*\(select median)")
    sql, times = unset.subn(f"'{days}'", graph.models[RHYTHM].sql)
    assert times == 1
    return {RHYTHM: sql}


@tried_on(25)
@given(
    case=anew(
        st.tuples(
            histories(), st.integers(0, 11), st.integers(1, 500), st.sampled_from([5, 20, 60])
        )
    )
)
def test_a_return_changes_no_earlier_episode(
    graph: Graph, case: tuple[History, int, int, int]
) -> None:
    history, who, silence, rhythm = case
    buyers = [
        (place, max(days))
        for place, one in enumerate(history.customers)
        if (days := [order.day for order in one.orders if order.cancelled is None])
    ]
    assume(buyers)
    place, last_day = buyers[who % len(buyers)]
    day = last_day + silence
    history = replace(history, as_of=max(history.as_of, day))
    customers = list(history.customers)
    customers[place] = replace(
        customers[place], orders=(*customers[place].orders, Order(day, currency=None))
    )
    returned = replace(history, customers=tuple(customers))
    instead = pinned(graph, rhythm)
    before = graph.build(history.tables(), LOOKED_AT, instead=instead)
    after = graph.build(returned.tables(), LOOKED_AT, instead=instead)
    assert _episodes(after, day) == _episodes(before, day)
    assert _churn(after, day) == _churn(before, day)


def _episodes(tables: dict, day: int) -> list[tuple]:
    """Who fell silent up to the day of the return; ends are known since then."""
    return [
        (row["customer_key"], row["churned_at"], row["last_seen_date"])
        for row in tables["int_churn__episodes"].dicts
        if row["churned_at"] <= day_of(day)
    ]


def _churn(tables: dict, day: int) -> list[dict]:
    """What all periods say that ended before the return."""
    return [
        row
        for row in tables["churn"].dicts
        if row["dimension_name"] == "all" and row["period_end"] < day_of(day)
    ]
