"""What must hold where heads and money are laid out by reason, or by where they came from."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from tests.properties.graph import Table

Marts = Mapping[str, Table]
Dicts = list[dict[str, Any]]
Sums = dict[tuple[Any, ...], list[Any]]


def reasons_sum_to_churn(marts: Marts) -> None:
    cell = ("period_grain", "period_start", "dimension_name", "dimension_value")
    columns = ("churned_customers", "lost_net_sales")
    # Sales are lost only where somebody is.
    churned = [
        row for row in marts["churn"].dicts if row["churned_customers"] or row["lost_net_sales"]
    ]
    assert _sums(marts["churn_reasons"].dicts, cell, columns) == _sums(churned, cell, columns)


def moves_between_quadrants_sum_to_snapshots(marts: Marts) -> None:
    placed, moves = marts["quadrants"].dicts, marts["quadrant_migration"].dicts
    first = min((row["snapshot_date"] for row in placed), default=None)
    keys, columns = ("snapshot_date", "quadrant"), ("customers", "profitability")
    held = _sums(_heads(placed), keys, columns)
    today = {row["as_of_date"] for row in placed}
    left = {place: sums for place, sums in held.items() if place[0] not in today}
    entered = {place: sums for place, sums in held.items() if place[0] != first}
    assert _moved(moves, ("from_date", "from_quadrant"), "margin_before") == left
    assert _moved(moves, ("to_date", "to_quadrant"), "margin_after") == entered
    for row in moves:
        assert row["margin_before"] == 0 or row["from_quadrant"] != "joined", row
        assert row["margin_after"] == 0 or row["to_quadrant"] != "left", row


def moves_between_classes_sum_to_classes(marts: Marts) -> None:
    classified = [row for row in marts["pareto"].dicts if row["window_name"] == "trailing_365d"]
    moves = marts["pareto_migration"].dicts
    keys, columns = ("as_of_date", "basis", "pareto_class"), ("customers", "value")
    held = _sums(_heads(classified), keys, columns)
    moved = _moved(moves, ("to_date", "basis", "to_class"), "value_after")
    today = {row["as_of_date"] for row in moves}
    assert {place: sums for place, sums in moved.items() if place[0] in today} == held
    # What was reached by one date is what is left after it.
    first = min((row["from_date"] for row in moves), default=None)
    came_from = _moved(moves, ("from_date", "basis", "from_class"), "value_before")
    assert {place: sums for place, sums in moved.items() if place[0] not in today} == {
        place: sums for place, sums in came_from.items() if place[0] != first
    }


def _moved(moves: Dicts, keys: tuple[str, ...], money: str) -> Sums:
    """Heads and money by `keys`, of those who were somewhere."""
    sums = _sums(moves, keys, ("customers", money))
    return {place: one for place, one in sums.items() if place[-1] not in {"joined", "left"}}


def _sums(rows: Iterable[dict[str, Any]], keys: tuple[str, ...], columns: tuple[str, ...]) -> Sums:
    sums: Sums = {}
    for row in rows:
        place = tuple(row[key] for key in keys)
        so_far = sums.get(place, [Decimal(0)] * len(columns))
        sums[place] = [one + row[column] for one, column in zip(so_far, columns, strict=True)]
    return sums


def _heads(rows: Iterable[dict[str, Any]]) -> Dicts:
    return [{**row, "customers": 1} for row in rows]
