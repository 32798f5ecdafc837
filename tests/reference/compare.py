"""Holds a mart against the reference, cell by cell."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from numbers import Integral, Real
from typing import Any

import pandas as pd

SHOWN = 5
MONEY_STEP = 0.01
RATE_TOLERANCE = 1e-9


def _plain(value: Any) -> Any:
    """One cell as int, float, bool, ISO date or text, whatever library it came from."""
    if pd.isna(value):
        return None
    if isinstance(value, datetime):
        is_day = value.time() == datetime.min.time()
        return value.date().isoformat() if is_day else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real | Decimal):
        return int(value) if value == int(value) else float(value)
    return value.item() if hasattr(value, "item") else str(value)


def _same_exactly(left: Any, right: Any) -> bool:
    return bool(left == right)


def _same_to_the_cent(left: Any, right: Any) -> bool:
    """Less than a cent apart: amounts of two decimals are equal, unrounded means may differ."""
    return abs(float(left) - float(right)) < MONEY_STEP - RATE_TOLERANCE


def _same_rate(left: Any, right: Any) -> bool:
    return abs(float(left) - float(right)) <= RATE_TOLERANCE


def _indexed(frame: pd.DataFrame, name: str, keys: list[str], columns: list[str]) -> pd.DataFrame:
    """The columns as plain cells under the keys, which must exist and be unique."""
    missing = [column for column in [*keys, *columns] if column not in frame.columns]
    assert not missing, f"{name} lacks the columns {missing}; it has {list(frame.columns)}"
    cells = {column: [_plain(value) for value in frame[column]] for column in [*keys, *columns]}
    plain = pd.DataFrame(cells, dtype=object).set_index(keys)
    doubled = plain.index[plain.index.duplicated()].unique()
    assert not len(doubled), f"{name} has {len(doubled)} keys twice, first {list(doubled[:SHOWN])}"
    return plain


def _assert_same_keys(mart: pd.DataFrame, reference: pd.DataFrame) -> None:
    """Both sides have the same rows."""
    extra = mart.index.difference(reference.index, sort=False)
    lacking = reference.index.difference(mart.index, sort=False)
    assert not len(extra) and not len(lacking), (
        f"rows differ on {list(mart.index.names)}: {len(extra)} only in the mart, first "
        f"{list(extra[:SHOWN])}; {len(lacking)} only in the reference, first "
        f"{list(lacking[:SHOWN])}"
    )


def _differences(
    mart: pd.Series, reference: pd.Series, same: Callable[[Any, Any], bool]
) -> pd.DataFrame:
    """The rows in which two columns of one index differ; NULL equals only NULL."""
    equal = [
        same(left, right) if left is not None and right is not None else left is right
        for left, right in zip(mart, reference, strict=True)
    ]
    both = pd.DataFrame({"mart": mart, "reference": reference}, dtype=object)
    return both[[not is_equal for is_equal in equal]]


def assert_same(  # noqa: PLR0917 - each list is a rule of its own
    mart: pd.DataFrame,
    reference: pd.DataFrame,
    keys: list[str],
    counts: list[str],
    money: list[str],
    rates: list[str],
) -> None:
    """Fail with the first differing rows unless the mart equals the reference.

    counts (also flags, dates and text) exactly, money to the cent, rates to 1e-9, NULL to NULL.
    Rows are matched by keys; dates match whatever their type; other columns are not looked at.
    """
    columns = [*counts, *money, *rates]
    left = _indexed(mart, "the mart", keys, columns)
    right = _indexed(reference, "the reference", keys, columns)
    _assert_same_keys(left, right)
    right = right.reindex(left.index)
    rules = dict.fromkeys(counts, _same_exactly)
    rules |= dict.fromkeys(money, _same_to_the_cent) | dict.fromkeys(rates, _same_rate)
    messages = []
    for column, same in rules.items():
        wrong = _differences(left[column], right[column], same)
        if len(wrong):
            head = wrong.head(SHOWN).to_string()
            messages.append(f"{column}: {len(wrong)} of {len(left)} rows differ, first\n{head}")
    assert not messages, "\n\n".join(messages)
