"""The demo company's time: its days, its months, and how much is bought on each of them."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

DAY = 86_400
_EPOCH = date(1970, 1, 1)

# Share of a usual month's purchases, January to December: quiet summer, full November and December.
_MONTH_WEIGHTS = (0.94, 0.90, 0.98, 0.97, 0.96, 0.88, 0.80, 0.82, 0.98, 1.05, 1.35, 1.40)
# The same for weekdays, Monday to Sunday.
_WEEKDAY_WEIGHTS = (1.05, 0.98, 0.97, 0.98, 1.04, 1.08, 0.90)


def month_of(day: date) -> str:
    """The month that `day` lies in, such as 2024-01."""
    return f"{day:%Y-%m}"


@dataclass(frozen=True)
class Timeline:
    """From `first_day` to `last_day`, both included. Times are days since `first_day`."""

    first_day: date
    last_day: date

    @classmethod
    def ending(cls, last_day: date, years: int) -> "Timeline":
        """The `years` full years that end with `last_day`."""
        after = last_day + timedelta(days=1)
        # 29 February has no counterpart in most years.
        day = min(after.day, calendar.monthrange(after.year - years, after.month)[1])
        return cls(date(after.year - years, after.month, day), last_day)

    @property
    def days(self) -> int:
        return (self.last_day - self.first_day).days + 1

    @cached_property
    def first_epoch_day(self) -> int:
        """`first_day` as days since 1970-01-01."""
        return (self.first_day - _EPOCH).days

    @cached_property
    def months(self) -> tuple[str, ...]:
        """All months touched, in order."""
        return tuple(dict.fromkeys(month_of(day) for day in self.all_days))

    @cached_property
    def all_days(self) -> tuple[date, ...]:
        return tuple(self.first_day + timedelta(days=n) for n in range(self.days))

    @cached_property
    def month_ends(self) -> Ints:
        """Per month the second (since 1970) at which it is over."""
        ends = [n + 1 for n, day in enumerate(self.all_days) if (day + timedelta(1)).day == 1]
        if not ends or ends[-1] != self.days:
            ends.append(self.days)
        return (np.array(ends, dtype=np.int64) + self.first_epoch_day) * DAY

    @cached_property
    def season(self) -> Floats:
        """Purchases per day relative to a usual day, one value per day."""
        return np.array(
            [_MONTH_WEIGHTS[d.month - 1] * _WEEKDAY_WEIGHTS[d.weekday()] for d in self.all_days]
        )

    @cached_property
    def _elapsed(self) -> Floats:
        return np.concatenate(([0.0], np.cumsum(self.season)))

    def to_season(self, days: Floats) -> Floats:
        """Seasonal time: in it, purchases come evenly."""
        return np.interp(days, np.arange(self.days + 1), self._elapsed)

    def from_season(self, elapsed: Floats) -> Floats:
        """The inverse of `to_season`."""
        return np.interp(elapsed, self._elapsed, np.arange(self.days + 1))

    def seconds(self, days: Floats) -> Ints:
        """Days since `first_day` as seconds since 1970."""
        return (self.first_epoch_day * DAY) + np.floor(days * DAY).astype(np.int64)

    @property
    def end(self) -> int:
        """The last second (since 1970) of the last day."""
        return (self.first_epoch_day + self.days) * DAY - 1

    def waking_hours(self, rng: np.random.Generator, days: Floats) -> Ints:
        """Seconds since 1970: the day of each value, at an hour at which people are up."""
        hours = 6.0 + 17.5 * rng.beta(2.2, 1.6, len(days))
        return (self.first_epoch_day + np.floor(days).astype(np.int64)) * DAY + np.floor(
            hours * 3600
        ).astype(np.int64)
