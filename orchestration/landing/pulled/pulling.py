"""One pull: pages until the source is at its end, then one delivery of what is new in them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.landing.pulled.cursors import decoded, encoded
from orchestration.landing.pulled.pages import CURSOR, PageFolder, Reading, rows_schema
from orchestration.landing.pulled.stream import RECORD, Cursor, Stream, capped, earlier
from orchestration.landing.pulled.window import Window, look_through
from orchestration.landing.pulls import PullState

OnPage = Callable[[int], None]
"""Is told the rows read so far."""
CheckFirst = Callable[[Path], None]
"""Looks at the first page before the others are read; raises `LandingError` to stop."""
_TRICKLE = 100
_SAME_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Pulled:
    """A pull that came to its end.

    `file`: its rows as one file of `format`, None where nothing is new. `state`: to be entered
    in the ledger together with the batches that the file becomes. `again`: rows that were read
    again and were known.
    """

    name: str
    format: str
    file: Path | None
    key: tuple[str, ...]
    replaces: bool
    state: PullState
    rows: int
    again: int
    folder: PageFolder

    @property
    def is_trickle(self) -> bool:
        """Whether it is so little that what share of it is rejected says nothing about a mapping
        that has proved itself."""
        return not self.replaces and self.state.pulls > 1 and self.rows < _TRICKLE

    def discard(self) -> None:
        """Remove the pages and the file: they have landed, or must be read anew."""
        self.folder.remove()


@dataclass(frozen=True)
class Watch:
    """The world around a pull: what is called while pages come in, and what time it is.

    `now` has an offset; `zone` is where times without one are.
    """

    check_first: CheckFirst
    on_page: OnPage
    now: datetime
    zone: str


def pull(
    stream: Stream,
    state: PullState,
    folder: PageFolder,
    connection: duckdb.DuckDBPyConnection,
    watch: Watch,
) -> Pulled:
    """Read what is new in `stream` since `state`, going on where an earlier pull was cut off.

    Raises `LandingError`; what was read until then stays in `folder`.
    """
    _read_on(stream, state, folder, watch)
    place = _place(state, folder, watch)
    window = Window({}, None)
    if stream.is_incremental:
        since = earlier(place, stream.lag) if place is not None else None
        window = look_through(folder.pages, state.known, since, connection)
    rows = sum(page.rows for page in folder.pages)
    again = sum(len(places) for places in window.repeated.values())
    return Pulled(
        name=stream.name,
        format=stream.format,
        file=_assembled(stream, folder, window) if rows > again else None,
        key=stream.key,
        replaces=not stream.is_incremental,
        state=PullState(
            state.source, state.mapping_hash, encoded(place), window.known, state.pulls + 1
        ),
        rows=rows - again,
        again=again,
        folder=folder,
    )


def _place(state: PullState, folder: PageFolder, watch: Watch) -> Cursor | None:
    """Up to which cursor everything was read, except for what appears later within the lag.

    A reading has seen what there was when it began: rows that are dated later do not count.
    """
    places = [decoded(state.cursor)]
    for page in folder.pages:
        if page.last is not None:
            places.append(capped(page.last, page.reading.began, watch.zone))
    return max((place for place in places if place is not None), default=None)


def _read_on(stream: Stream, state: PullState, folder: PageFolder, watch: Watch) -> None:
    """Read to the end of the source: from the state's cursor, or after the last page.

    A whole reading is gone on with only where pages say how, and on the same day.
    """
    last = folder.pages[-1] if folder.pages else None
    if last and not stream.is_incremental:
        is_old = watch.now - last.reading.began > _SAME_DAY
        if folder.is_complete or is_old or last.resume is None:
            folder.clear()
            last = None
    if last and last.resume is not None and not folder.is_complete:
        reading, resume = last.reading, last.resume
    else:
        place = _place(state, folder, watch)
        start = earlier(place, stream.lag) if place is not None else None
        reading, resume = Reading(last.reading.number + 1 if last else 1, start, watch.now), None
    columns = pq.read_schema(last.path).names if last else None
    rows = sum(page.rows for page in folder.pages)
    for page in stream.read(reading.start, resume):
        if not page.rows.num_rows:
            continue
        stored = folder.add(page, reading)
        if columns and columns != pq.read_schema(stored.path).names:
            folder.clear()  # rows that were read before lack what was added since
            _read_on(stream, state, folder, watch)
            return
        if len(folder.pages) == 1:
            watch.check_first(stored.path)
        rows += stored.rows
        watch.on_page(rows)
    folder.complete()


def _assembled(stream: Stream, folder: PageFolder, window: Window) -> Path:
    """One file of the rows that are not known yet, in the order in which they were read."""
    path = folder.folder / f"delivery.{stream.format}"
    if stream.format == "jsonl":
        return _written(path, _new_rows(folder, window))
    schema = rows_schema(folder.pages)
    with pq.ParquetWriter(path, schema, compression="zstd", compression_level=1) as writer:
        for table in _new_rows(folder, window):
            writer.write_table(_fitted(table, schema))
    return path


def write_lines(page: Path, path: Path) -> Path:
    """Writes the records of a stored page to `path`, a line each."""
    return _written(path, [pq.read_table(page)])


def _written(path: Path, tables: Iterable[pa.Table]) -> Path:
    with path.open("w", encoding="utf-8", newline="\n") as lines:
        for table in tables:
            lines.writelines(f"{record}\n" for record in table.column(RECORD).to_pylist())
    return path


def _new_rows(folder: PageFolder, window: Window) -> Iterator[pa.Table]:
    for number, page in enumerate(folder.pages):
        table = pq.read_table(page.path)
        if CURSOR in table.column_names:
            table = table.drop_columns([CURSOR])
        repeated = window.repeated.get(number)
        if repeated is not None:
            keep = np.ones(table.num_rows, dtype=bool)
            keep[repeated] = False
            table = table.filter(pa.array(keep))
        yield table


def _fitted(table: pa.Table, schema: pa.Schema) -> pa.Table:
    columns = [
        table.column(field.name).cast(field.type)
        if field.name in table.column_names
        else pa.nulls(table.num_rows, field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)
