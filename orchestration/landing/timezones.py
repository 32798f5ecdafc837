"""Wall-clock times of a zone as instants, without asking the zone for every row.

Between two clock changes a zone is a constant shift, which costs a subtraction per row; DuckDB's
`timezone()` looks the zone up row by row, which took a third of a whole CSV read.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from orchestration.sql import literal

_MOST_CHANGES = 40
_MOST_DAYS = 366 * 150


@dataclass(frozen=True)
class ClockChange:
    """From wall-clock time `starts` (the new clock's) on, `offset` (east positive) holds.

    A time that stands twice is the later one, a time that was skipped keeps the clock before it:
    what DuckDB's own `timezone()` does.
    """

    starts: datetime
    offset: timedelta


def clock_changes(zone: str, first: datetime, last: datetime) -> tuple[ClockChange, ...] | None:
    """The zone's shifts for naive times between `first` and `last`; the first has no lower bound.

    None where there are too many of them to be worth it (a span of generations).
    """
    if last - first > timedelta(days=_MOST_DAYS) or first.year < 2 or last.year > 9998:
        return None
    info = ZoneInfo(zone)
    start = (first - timedelta(days=2)).replace(tzinfo=UTC)
    end = (last + timedelta(days=2)).replace(tzinfo=UTC)
    offset = _offset(info, start)
    changes = [ClockChange(datetime.min, offset)]  # noqa: DTZ901
    while start < end:
        after = start + timedelta(days=1)
        if _offset(info, after) != offset:
            instant = _moment_of_change(info, start, after)
            offset = _offset(info, instant)
            changes.append(ClockChange((instant + offset).replace(tzinfo=None), offset))
            after = instant
        start = after
    return tuple(changes) if len(changes) <= _MOST_CHANGES else None


def instant_sql(column: str, zone: str, span: tuple[datetime, datetime] | None) -> str:
    """SQL: the naive TIMESTAMP `column`, a wall-clock time in `zone`, as TIMESTAMPTZ.

    `span` (least, greatest value of the column, where known) makes it cheap.
    """
    changes = clock_changes(zone, *span) if span else None
    if changes is None:
        return f"timezone({literal(zone)}, {column})"
    if len(changes) == 1:
        return _shifted(column, changes[0])
    cases = " ".join(
        f"when {column} < timestamp {literal(str(following.starts))} "
        f"then {_shifted(column, change)}"
        for change, following in pairwise(changes)
    )
    return f"case {cases} else {_shifted(column, changes[-1])} end"


def _shifted(column: str, change: ClockChange) -> str:
    microseconds = change.offset // timedelta(microseconds=1)
    return f"make_timestamptz(epoch_us({column}) - {microseconds})"


def _offset(zone: ZoneInfo, instant: datetime) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta(0)


def _moment_of_change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The second at which the offset changes, between two instants a day apart."""
    old = _offset(zone, before)
    low, high = int(before.timestamp()), int(after.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, datetime.fromtimestamp(middle, UTC)) == old:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)
