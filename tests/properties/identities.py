"""What must hold in the marts of any history. Each function takes what `Graph.build` returned."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from math import ceil, isclose
from statistics import median
from typing import Any

from tests.properties import moves
from tests.properties.graph import Table

Marts = Mapping[str, Table]
Dicts = list[dict[str, Any]]

RETENTION_RATES = (
    "crr", "crr_strict", "churn_rate", "net_revenue_retention", "gross_revenue_retention",
    "repeat_sales_share", "repeat_customer_rate",
)  # fmt: skip
STATES = {"prospect", "churned", "at_risk", "returned", "new", "active"}


def retention_adds_up(marts: Marts) -> None:
    for row in marts["retention"].dicts:
        if row["active_start"] is not None:
            assert row["active_end"] == (
                row["retained_customers"] + row["new_customers"] + row["reactivated_customers"]
                - row["lost_new_customers"]
            ), row  # fmt: skip
        if row["is_complete"]:
            assert row["retained_customers"] == row["active_start"] - row["lost_customers"], row
        else:
            assert row["lost_customers"] is None, row
            assert all(row[rate] is None for rate in RETENTION_RATES), row
        assert row["dormant_customers"] >= 0, row
        assert (row["active_start"] is None) == (row["is_small_base"] is None), row
        _rates_agree(row)


def _rates_agree(row: dict[str, Any]) -> None:
    if not row["is_complete"] or row["active_start"] == 0:
        assert row["crr"] is row["crr_strict"] is row["churn_rate"] is None, row
        return
    assert isclose(row["crr_strict"] + row["churn_rate"], 1), row
    started = row["active_start"]
    assert isclose(row["crr"], (row["active_end"] - row["new_customers"]) / started), row
    assert isclose(row["churn_rate"], row["lost_customers"] / started), row
    if row["reactivated_customers"] == row["lost_new_customers"] == 0:
        assert row["crr"] == row["crr_strict"], row


def dimensions_sum_to_all(marts: Marts) -> None:
    for mart, keys, columns in (
        ("retention", ("period_grain", "period_start"), (
            "active_start", "new_customers", "reactivated_customers", "lost_customers",
            "active_end", "lost_new_customers", "retained_customers", "dormant_customers",
            "net_sales",
        )),
        ("cohorts", ("cohort_grain", "cohort_start", "period_number"), (
            "cohort_size", "active_customers", "orders", "net_sales", "contribution_margin",
        )),
        ("churn", ("period_grain", "period_start"), (
            "base_customers", "churned_customers", "churned_new", "churned_again",
            "lost_net_sales",
        )),
    ):  # fmt: skip
        sums: dict[Any, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
        for row in marts[mart].dicts:
            place = tuple(row[key] for key in keys)
            sums[place][row["dimension_name"]].append([row[column] for column in columns])
        for place, by_dimension in sums.items():
            expected = _summed(by_dimension["all"])
            for dimension, rows in by_dimension.items():
                assert _summed(rows) == expected, (mart, place, dimension)


def _summed(rows: list[list[Any]]) -> list[Any]:
    # Not observed for one value is not observed for any.
    return [
        None if None in column else sum(column) for column in map(list, zip(*rows, strict=True))
    ]


def every_period_is_listed_once_for_every_value(marts: Marts) -> None:
    for mart in ("retention", "churn"):
        rows = marts[mart].dicts
        values = Counter((row["dimension_name"], row["dimension_value"]) for row in rows)
        periods = Counter((row["period_grain"], row["period_start"]) for row in rows)
        assert len(rows) == len(values) * len(periods), mart
        assert set(values.values()) <= {len(periods)}, mart


def money_is_the_same_everywhere(marts: Marts) -> None:
    days, customers = marts["int_sales__customer_days"].dicts, marts["customers"].dicts
    for day_column, customer_column, basis in (
        ("gross_sales", "gross_sales", "gross_sales"),
        ("net_sales_booked", "net_sales", "net_sales"),
        ("margin_booked", "contribution_margin", "contribution_margin"),
    ):
        total = _sum(days, day_column)
        assert total == _sum(customers, customer_column), customer_column
        ranked = _sum(
            marts["pareto"].dicts, "value",
            lambda row, basis=basis: (row["basis"], row["window_name"]) == (basis, "all_time"),
        )  # fmt: skip
        never_bought = _sum(
            customers, customer_column, lambda row: row["first_purchase_date"] is None
        )
        assert total == ranked + never_bought, basis
    for column in ("net_sales", "contribution_margin"):
        no_cohort = _sum(
            customers, column,
            lambda row: row["first_purchase_date"] is row["first_contract_date"] is None,
        )  # fmt: skip
        for grain in ("week", "month", "quarter"):
            in_cohorts = _sum(
                marts["cohorts"].dicts, column,
                lambda row, grain=grain: (row["cohort_grain"], row["dimension_name"])
                == (grain, "all"),
            )  # fmt: skip
            assert _sum(customers, column) == in_cohorts + no_cohort, (column, grain)
    _flows_hold_all_sales(marts)


def _flows_hold_all_sales(marts: Marts) -> None:
    flows = [row for row in marts["retention"].dicts if row["dimension_name"] == "all"]
    for grain in ("week", "month", "quarter", "year"):
        listed = [row for row in flows if row["period_grain"] == grain]
        if listed:
            first = min(row["period_start"] for row in listed)
            since_then = _sum(
                marts["int_sales__customer_days"].dicts, "net_sales_booked",
                lambda row, first=first: row["sales_date"] >= first,
            )  # fmt: skip
            assert _sum(listed, "net_sales") == since_then, grain


def _sum(
    rows: Dicts, column: str, where: Callable[[dict[str, Any]], bool] = lambda row: True
) -> Decimal:
    return sum((row[column] for row in rows if where(row)), Decimal(0))


def nothing_is_left_over(marts: Marts) -> None:
    for row in marts["reconciliation"].dicts:
        assert row["difference"] == 0, row


def cohorts_hold_everybody_once(marts: Marts) -> None:
    begun = sum(
        row["first_purchase_date"] is not None or row["first_contract_date"] is not None
        for row in marts["customers"].dicts
    )
    cells = [row for row in marts["cohorts"].dicts if row["dimension_name"] == "all"]
    for grain in ("week", "month", "quarter"):
        of_grain = [row for row in cells if row["cohort_grain"] == grain]
        sizes = [row["cohort_size"] for row in of_grain if row["period_number"] == 0]
        assert sum(sizes) == begun, grain
    for row in marts["cohorts"].dicts:
        assert 0 <= row["active_customers"] <= row["cohort_size"], row
        if row["is_complete"]:
            assert isclose(row["retention_rate"], row["active_customers"] / row["cohort_size"])
        else:
            assert row["retention_rate"] is row["cumulative_net_sales_per_customer"] is None, row
    numbers = defaultdict(list)
    for row in marts["cohorts"].dicts:
        place = (row["cohort_grain"], row["cohort_start"], row["dimension_name"],
                 row["dimension_value"])  # fmt: skip
        numbers[place].append(row["period_number"])
    for place, listed in numbers.items():
        assert sorted(listed) == list(range(len(listed))), place


def windows_and_calendar_agree(marts: Marts) -> None:
    """Over the same days; the days before them differ, and what is judged by those may, too."""
    same_days = (
        "new_customers", "active_end", "lost_new_customers", "dormant_customers", "net_sales",
    )  # fmt: skip
    whole = ("repeat_sales_share", "repeat_customer_rate")
    places: dict[Any, Dicts] = defaultdict(list)
    for row in marts["retention"].dicts:
        place = ("period_start", "period_end", "dimension_name", "dimension_value")
        places[tuple(row[key] for key in place)].append(row)
    for place, rows in places.items():
        for column in same_days:
            assert len({row[column] for row in rows}) == 1, (place, column)
        for column in whole:
            seen = {row[column] for row in rows if row["is_complete"]}
            assert len(seen) <= 1, (place, column)


def churn_adds_up(marts: Marts) -> None:
    for row in marts["churn"].dicts:
        assert 0 <= row["churned_customers"] <= row["base_customers"], row
        if row["is_complete"] and row["base_customers"]:
            share = row["churned_customers"] / row["base_customers"]
            assert isclose(row["rhythm_churn_rate"], share), row
        else:
            assert row["rhythm_churn_rate"] is None, row


def classes_are_as_defined(marts: Marts) -> None:
    for rows in _by(marts["pareto"].dicts, "basis", "window_name").values():
        values = [row["value"] for row in rows]
        positive = sum((value for value in values if value > 0), Decimal(0))
        for row in rows:
            value = row["value"]
            above = sum((other for other in values if other > value), Decimal(0))
            expected = "C"
            if value < 0:
                expected = "negative"
            elif value > 0 and above < Decimal("0.80") * positive:
                expected = "A"
            elif value > 0 and above < Decimal("0.95") * positive:
                expected = "B"
            assert row["pareto_class"] == expected, row
            assert row["value_rank"] == 1 + sum(other > value for other in values), row
            assert row["cumulative_value"] == above + value * values.count(value), row
            assert not (row["is_rising"] and expected == "A"), row


def concentration_is_as_defined(marts: Marts) -> None:
    groups = _by(marts["pareto"].dicts, "basis", "window_name")
    curves = _by(marts["pareto_curve"].dicts, "basis", "window_name")
    assert len(groups) == len(marts["concentration"].rows)
    for row in marts["concentration"].dicts:
        place = (row["basis"], row["window_name"])
        values = sorted((one["value"] for one in groups[place]), reverse=True)
        positive = sum((value for value in values if value > 0), Decimal(0))
        assert row["customers"] == len(values), row
        last = max(curves[place], key=lambda one: one["percent_of_customers"])
        assert (last["customers"], last["cumulative_value"]) == (len(values), sum(values)), row
        shares = [value for name, value in row.items() if name.endswith("_share")]
        measures = [*shares, row["gini"], row["hhi"], row["customer_share_for_80"]]
        if not positive:
            continue
        assert all(0 <= one <= 1 + 1e-12 for one in measures), row
        needed = next(
            count for count in range(1, len(values) + 1)
            if sum(values[:count]) >= Decimal("0.80") * positive
        )  # fmt: skip
        assert row["customers_for_80"] == needed, row
        for percent in (1, 5, 10, 20, 50):
            top = sum(value for value in values[: ceil(len(values) * percent / 100)] if value > 0)
            assert isclose(row[f"top_{percent}_share"], top / positive), (percent, row)
        assert isclose(row["largest_customer_share"], values[0] / positive), row
        assert isclose(row["hhi"], sum((max(one, Decimal(0)) / positive) ** 2 for one in values))
        ascending = [value for value in reversed(values) if value >= 0]
        weighted = sum(place * value for place, value in enumerate(ascending, start=1))
        count = len(ascending)
        gini = 2 * weighted / (count * positive) - Decimal(count + 1) / count
        assert isclose(row["gini"], gini, abs_tol=1e-12), row


def quadrants_are_four_corners(marts: Marts) -> None:
    for snapshot, rows in _by(marts["quadrants"].dicts, "snapshot_date").items():
        assert len({row["customer_key"] for row in rows}) == len(rows), snapshot
        loyal_from = median(float(row["loyalty_score"]) for row in rows)
        profitable_from = median(float(row["profitability"]) for row in rows)
        for row in rows:
            assert isclose(row["loyalty_threshold"], loyal_from), row
            assert isclose(row["profitability_threshold"], profitable_from), row
            is_loyal = float(row["loyalty_score"]) >= row["loyalty_threshold"]
            is_profitable = float(row["profitability"]) >= row["profitability_threshold"]
            corner = {(False, False): "I", (True, False): "II", (True, True): "III"}
            assert row["quadrant"] == corner.get((is_loyal, is_profitable), "IV"), row
            assert 0 <= row["loyalty_score"] <= 100, row
            assert row["customer_state"] in STATES - {"prospect"}, row
    today = {
        row["customer_key"]: row["quadrant"]
        for row in marts["quadrants"].dicts
        if row["snapshot_date"] == row["as_of_date"]
    }
    for row in marts["customers"].dicts:
        assert row["quadrant"] == today.get(row["customer_key"]), row


def states_are_one_of_six(marts: Marts) -> None:
    churned = {row["customer_key"]: row["churned_at"] for row in marts["customer_churn"].dicts}
    opened = {
        row["customer_key"]: row["churned_at"]
        for row in marts["int_churn__episodes"].dicts
        if row["ended_at"] is None
    }
    for row in marts["customers"].dicts:
        assert row["customer_state"] in STATES, row
        is_known = row["first_purchase_date"] or row["first_contract_date"]
        assert (row["customer_state"] == "prospect") == (not is_known), row
        assert (row["customer_state"] == "churned") == (churned[row["customer_key"]] is not None)
        assert churned[row["customer_key"]] == opened.get(row["customer_key"]), row


def _by(rows: Iterable[dict[str, Any]], *keys: str) -> dict[tuple[Any, ...], Dicts]:
    groups: dict[tuple[Any, ...], Dicts] = defaultdict(list)
    for row in rows:
        groups[tuple(row[key] for key in keys)].append(row)
    return groups


ALL = (
    retention_adds_up, dimensions_sum_to_all, every_period_is_listed_once_for_every_value,
    money_is_the_same_everywhere, nothing_is_left_over, cohorts_hold_everybody_once,
    windows_and_calendar_agree, churn_adds_up, classes_are_as_defined,
    concentration_is_as_defined, quadrants_are_four_corners, states_are_one_of_six,
    moves.reasons_sum_to_churn, moves.moves_between_quadrants_sum_to_snapshots,
    moves.moves_between_classes_sum_to_classes,
)  # fmt: skip
