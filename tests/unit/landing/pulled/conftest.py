"""A source that is no file, in memory: rows in pages, cut off where a test wants it."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from orchestration.landing import deliveries
from orchestration.landing.pulled import Page, room_of
from orchestration.landing.pulled.stream import RECORD

SOURCES = """
sources:
  shop:
    kind: database
    address: sqlite://
    table: orders
    entities:
      orders:
        columns: {order_id: id, ordered_at: at, gross_amount: total}
"""
NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)


class CutOffError(Exception):
    """The plug is pulled."""


@dataclass
class Shelf:
    """A stream over `rows`, in the order of `cursor` where it has one."""

    rows: list[dict[str, Any]]
    cursor: str = ""
    key: tuple[str, ...] = ()
    lag: timedelta | int | None = None
    format: str = "parquet"
    name: str = "shop.orders"
    page_rows: int = 2
    cut_after: int | None = None
    has_tokens: bool = False
    reads: list[tuple[Any, Any]] = field(default_factory=list)
    pages_read: int = 0

    @property
    def is_incremental(self) -> bool:
        return bool(self.cursor)

    def read(self, start: Any, resume: str | None) -> Iterator[Page]:
        self.reads.append((start, resume))
        rows: Sequence[dict[str, Any]] = self.rows
        if self.cursor:
            rows = [
                r
                for r in rows
                if start is None or r[self.cursor] is None or r[self.cursor] >= start
            ]
            rows = sorted(rows, key=lambda r: (r[self.cursor] is None, r[self.cursor]))
        first = int(resume or 0)
        for number in range(first, len(rows), self.page_rows):
            if self.cut_after is not None and self.pages_read >= self.cut_after:
                raise CutOffError
            self.pages_read += 1
            part = rows[number : number + self.page_rows]
            table = pa.Table.from_pylist(part)
            cursors = table.column(self.cursor) if self.cursor else None
            if self.format == "jsonl":
                table = pa.table({RECORD: [json.dumps(row, default=str) for row in part]})
            resume = str(number + self.page_rows) if self.has_tokens else None
            yield Page(table, cursors, resume)


@pytest.fixture
def pulls(company, monkeypatch: pytest.MonkeyPatch) -> Callable[[Shelf], None]:
    """Lets every source of `kind: database` be the given shelf."""

    def be(shelf: Shelf) -> None:
        monkeypatch.setattr(deliveries, "open_stream", lambda *_: shelf)

    return be


def order(number, total=1.0, at=None, changed=None):
    """An order of its own hour."""
    at = at or NOON + timedelta(hours=number)
    return {"id": f"O{number:02d}", "total": total, "at": at, "changed": changed or at}


def landed(company):
    """Every landed row: id and amount, in the order of landing."""
    return company.query(
        "select order_id, gross_amount::integer from landing.orders order by _sequence, _row"
    )


def batches(company):
    return company.query("select rows_read, superseded_by from landing._batches order by sequence")


def room(company, source="shop"):
    return room_of(company.settings.pulled, source)


def raise_cut_off(*_arguments, **_named):
    raise CutOffError


@pytest.fixture
def shop(company, pulls):
    """A company whose shop is read on by the time of change of its rows."""
    company.sources(SOURCES)
    shelf = Shelf([order(n) for n in range(5)], cursor="changed", key=("id",))
    pulls(shelf)
    return company, shelf
