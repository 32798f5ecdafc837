"""What a source that is no file gives: rows in pages, read on from a cursor."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

import pyarrow as pa

Cursor = datetime | date | int | Decimal | float | str
"""A value of the column by which a source is read on: the later a row changed, the greater."""

RECORD = "record"
"""The one column of pages whose format is `jsonl`: a JSON object as text."""


@dataclass(frozen=True)
class Page:
    """Rows of a stream, none of them twice in one reading.

    `rows`: the source's columns (format `parquet`), or one column `record` of JSON objects (format
    `jsonl`). `cursors`: one value per row, NULL where a row has none; None where the stream is read
    whole. `resume`: where it is given, an interrupted reading goes on right after this page with
    it; else it goes on from the greatest cursor so far, and a whole reading begins anew.
    """

    rows: pa.Table
    cursors: pa.Array | pa.ChunkedArray | None = None
    resume: str | None = None


class Stream(Protocol):
    """One table, query or endpoint of a source, connected to and known to exist."""

    @property
    def name(self) -> str:
        """What stands where a file's name stands for files, such as `public.orders`."""

    @property
    def format(self) -> Literal["parquet", "jsonl"]:
        """What its pages hold; see `Page`."""

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that tell its rows apart; empty where none are known."""

    @property
    def is_incremental(self) -> bool:
        """False: every pull reads it whole and replaces what was pulled before. True: every page
        has cursors, its rows come in the order of them, and a pull begins at the place where the
        last one ended, less the lag."""

    @property
    def lag(self) -> timedelta | int | None:
        """How far behind the greatest cursor rows may still appear: `timedelta` for dates and
        times, a whole number for numbers; None: as far as is usual."""

    def read(self, start: Cursor | None, resume: str | None) -> Iterator[Page]:
        """The rows with a cursor of at least `start` and those without any (None: all rows).

        `resume` is that of the last page of an interrupted reading. Raises `LandingError` with one
        message that holds no secrets.
        """


_USUAL_TIME = timedelta(hours=1)
_USUAL_NUMBER = 1000
"""Transactions end later than they take their time or their number."""


def earlier(cursor: Cursor, lag: timedelta | int | None) -> Cursor:
    """`cursor` less `lag`, which has to fit its type (`TypeError`); texts have no lag."""
    if isinstance(cursor, str):
        return cursor
    if isinstance(cursor, date):  # a datetime is one, too
        lag = _USUAL_TIME if lag is None else lag or timedelta(0)
        if not isinstance(lag, timedelta):
            raise TypeError("the lag of a time has to be a time")
        if not isinstance(cursor, datetime):
            lag = timedelta(days=-(-lag // timedelta(days=1)))  # a date has no hours
        return cursor - lag
    lag = _USUAL_NUMBER if lag is None else lag or 0
    if not isinstance(lag, int):
        raise TypeError("the lag of a number has to be a number")
    return cursor - lag


def capped(cursor: Cursor, now: datetime, zone: str) -> Cursor:
    """`cursor`, but no later than `now` (with offset): a row that is dated in the future must not
    hide those that come before it. Times without an offset are in `zone`."""
    if not isinstance(cursor, date):
        return cursor
    there = now.astimezone(ZoneInfo(zone))
    if not isinstance(cursor, datetime):
        return min(cursor, there.date())
    return min(cursor, now if cursor.tzinfo else there.replace(tzinfo=None))
