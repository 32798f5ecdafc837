"""What a source that is no file gives: rows in pages, read on from a cursor."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal, Protocol

import pyarrow as pa

from orchestration.landing.errors import LandingError

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

    name: str
    """What stands where a file's name stands for files, such as `public.orders`."""
    format: Literal["parquet", "jsonl"]
    key: tuple[str, ...]
    """The columns that tell its rows apart; empty where none are known."""
    is_incremental: bool
    """False: every pull reads it whole and replaces what was pulled before. True: every page has
    cursors, its rows come in the order of them, and a pull begins at the greatest one of the last
    pull, less the lag."""
    lag: timedelta | int
    """How far behind the greatest cursor rows may still appear: `timedelta` for dates and times, a
    whole number for numbers."""

    def read(self, start: Cursor | None, resume: str | None) -> Iterator[Page]:
        """The rows with a cursor of at least `start` and those without any (None: all rows).

        `resume` is that of the last page of an interrupted reading. Raises `LandingError` with one
        message that holds no secrets.
        """


def earlier(cursor: Cursor, lag: timedelta | int) -> Cursor:
    """`cursor` less `lag`; a lag that does not fit the cursor's type raises `LandingError`."""
    if not lag:
        return cursor
    if isinstance(cursor, datetime | date) and isinstance(lag, timedelta):
        if not isinstance(cursor, datetime):
            lag = timedelta(days=-(-lag // timedelta(days=1)))  # a date has no hours
        return cursor - lag
    if isinstance(cursor, int | Decimal | float) and isinstance(lag, int):
        return cursor - lag
    kind = "times" if isinstance(cursor, datetime | date) else "numbers"
    if isinstance(cursor, str):
        raise LandingError("`lag` does not fit a `cursor` of texts. Leave it out.")
    raise LandingError(
        f"`lag` does not fit a `cursor` of {kind}. Write `lag: 2 days` for times and `lag: 1000` "
        "for numbers."
    )
