"""Days as whole numbers since 1970-01-01, months as whole numbers since January 1970.

Whole numbers make arithmetic and comparison plain. NEVER stands for a day that does not come
(an open end, a purchase not made), and is NULL in every output.
"""

from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

Days = npt.NDArray[np.int64]
NEVER = 10**8
EPOCH = date(1970, 1, 1)


def day_number(day: date) -> int:
    """The whole number of one day."""
    return (day - EPOCH).days


def day_date(day: int) -> date:
    """The calendar day of one whole number."""
    return date.fromordinal(EPOCH.toordinal() + int(day))


def _as_days(times: pd.Series) -> Days:
    missing = times.isna().to_numpy()
    numbers = times.to_numpy().astype("datetime64[D]").astype(np.int64)
    return np.where(missing, NEVER, numbers)


def event_times(times: pd.Series) -> pd.Series:
    """Timestamps in UTC; one without a zone is taken for UTC."""
    return pd.to_datetime(times, utc=True)


def event_days(times: pd.Series, timezone: str) -> Days:
    """Days of timestamps in the reporting time zone; NULL becomes NEVER."""
    return _as_days(event_times(times).dt.tz_convert(timezone).dt.tz_localize(None))


def calendar_days(dates: pd.Series) -> Days:
    """Days of dates, which have no zone; NULL becomes NEVER."""
    return _as_days(pd.to_datetime(dates))


def month_of(days: Days | pd.Series) -> Days:
    """The month that each day lies in."""
    return np.asarray(days).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def month_start(months: Days | pd.Series) -> Days:
    """The first day of each month."""
    return np.asarray(months).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


def month_end(months: Days | pd.Series) -> Days:
    """The last day of each month."""
    return month_start(np.asarray(months) + 1) - 1


def add_months(day: int, months: int) -> int:
    """The same day of the month some months later, or that month's last day if it is shorter."""
    month = int(month_of(np.array([day]))[0])
    offset = day - int(month_start(np.array([month]))[0])
    target = np.array([month + months])
    return min(int(month_start(target)[0]) + offset, int(month_end(target)[0]))


def to_dates(days: pd.Series | Days) -> pd.Series:
    """Whole numbers as datetime64 days; NEVER and NULL become NaT."""
    numbers = pd.Series(days)
    missing = (numbers.isna() | (numbers >= NEVER)).to_numpy()
    filled = numbers.where(~missing, 0).to_numpy().astype(np.int64)
    dates = pd.Series(filled.astype("datetime64[D]").astype("datetime64[s]"), index=numbers.index)
    return dates.mask(missing)
