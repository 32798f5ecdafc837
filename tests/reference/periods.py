"""Periods of time: weeks, months, quarters and years, and windows that roll."""

import numpy as np
import pandas as pd

from .days import Days, month_end, month_of, month_start
from .facts import Facts
from .parameters import Parameters

ROLLING = {"rolling_30d": 30, "rolling_90d": 90, "rolling_365d": 365}
MONTHS = {"month": 1, "quarter": 3, "year": 12}
CALENDAR_GRAINS = ["month", "quarter", "year"]
WEEK = 7
# Day 0 was a Thursday: the Monday before it is day -3, the Sunday before it day -4.
FIRST_WEEKDAY = {"monday": 3, "sunday": 4}


def period_of(days: Days | pd.Series, grain: str, p: Parameters) -> Days:
    """The number of the week, month, quarter or year that each day lies in; they have no gaps."""
    if grain == "week":
        return (np.asarray(days) + FIRST_WEEKDAY[p.week_start]) // WEEK
    return (month_of(days) - (p.fiscal_year_start_month - 1)) // MONTHS[grain]


def period_start(numbers: Days | pd.Series, grain: str, p: Parameters) -> Days:
    """The first day of each period."""
    if grain == "week":
        return WEEK * np.asarray(numbers) - FIRST_WEEKDAY[p.week_start]
    return month_start(MONTHS[grain] * np.asarray(numbers) + (p.fiscal_year_start_month - 1))


def period_end(numbers: Days | pd.Series, grain: str, p: Parameters) -> Days:
    """The last day of each period."""
    return period_start(np.asarray(numbers) + 1, grain, p) - 1


def month_ends_until(day: int) -> Days:
    """All month ends from 1970 up to a day, that day included."""
    return month_end(np.arange(month_of(np.array([day + 1]))[0]))


def periods_of(facts: Facts, grain: str) -> pd.DataFrame:
    """The periods of a grain as days: start, end, and start_before, end_before of the one before.

    Calendar periods are those from that of `data_start` to that of `as_of_date`; windows end at
    each month end between the two, and at `as_of_date`.
    """
    p = facts.parameters
    if grain in ROLLING:
        length, ends = ROLLING[grain], month_ends_until(facts.as_of)
        end = np.unique(np.append(ends[ends >= facts.data_start], facts.as_of))
        start, start_before = end - length + 1, end - 2 * length + 1
    else:
        first, last = period_of(np.array([facts.data_start, facts.as_of]), grain, p)
        numbers = np.arange(first, last + 1)
        start, end = period_start(numbers, grain, p), period_end(numbers, grain, p)
        start_before = period_start(numbers - 1, grain, p)
    return pd.DataFrame(
        {"start": start, "end": end, "start_before": start_before, "end_before": start - 1}
    )
