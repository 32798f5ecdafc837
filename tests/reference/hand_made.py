"""Rows small enough to check by hand, and how tests look at what comes of them."""

from datetime import date, timedelta
from typing import Any

import pandas as pd

from tests.reference.parameters import Parameters

Row = dict[str, Any]
NEW_YEAR = date(2024, 1, 1)


def orders(*rows: tuple[str, str], gross: float = 10) -> pd.DataFrame:
    """Orders without lines: (customer_id, day) each."""
    return pd.DataFrame(
        [
            {"order_id": f"{n:05}", "customer_id": who, "ordered_at": day, "gross_amount": gross}
            for n, (who, day) in enumerate(rows)
        ]
    )


def purchases(who: str, *offsets: int) -> list[tuple[str, str]]:
    """Purchases of one customer, days after New Year 2024."""
    return [(who, str(NEW_YEAR + timedelta(days=offset))) for offset in offsets]


def at_day(offset: int, **settings: Any) -> Parameters:
    """Parameters as of a number of days after New Year 2024."""
    as_of = NEW_YEAR + timedelta(days=offset)
    return Parameters(as_of_date=as_of, data_start=NEW_YEAR, **settings)


def by_id(table: pd.DataFrame) -> pd.DataFrame:
    return table.set_index("customer_id")


def the_month(table: pd.DataFrame, month: str, value: str = "all") -> pd.Series:
    """The only row of a month and dimension value."""
    return the_period(table, "month", month, value)


def the_period(table: pd.DataFrame, grain: str, start: str, value: str = "all") -> pd.Series:
    """The only row of a period and dimension value."""
    rows = table[(table["period_grain"] == grain) & (table["period_start"] == start)]
    rows = rows[rows["dimension_value"] == value]
    assert len(rows) == 1
    return rows.iloc[0]


def people(prefix: str, number: int, *days: str) -> list[tuple[str, str]]:
    """Purchases of a crowd: each of `number` customers on each of the days."""
    return [(f"{prefix}{n}", day) for n in range(number) for day in days]
