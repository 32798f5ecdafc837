"""One pull: pages until the source is at its end, then one delivery of what is new in them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.landing.errors import LandingError
from orchestration.landing.pulled.cursors import decoded, encoded
from orchestration.landing.pulled.pages import CURSOR, PageFolder, rows_schema
from orchestration.landing.pulled.stream import RECORD, Stream, earlier
from orchestration.landing.pulled.window import Window, look_through
from orchestration.landing.pulls import PullState

OnPage = Callable[[int], None]
"""Is told the rows read so far."""
CheckFirst = Callable[[Path], None]
"""Looks at the first page before the others are read; raises `LandingError` to stop."""


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

    def discard(self) -> None:
        """Remove the pages and the file: they have landed, or must be read anew."""
        self.folder.remove()


@dataclass(frozen=True)
class Watch:
    """What is called while pages come in."""

    check_first: CheckFirst
    on_page: OnPage


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
    if not stream.is_incremental and (folder.is_complete or folder.is_old):
        folder.clear()
    _read_on(stream, state, folder, watch)
    try:
        schema = rows_schema(folder.pages) if folder.pages else pa.schema([])
    except pa.ArrowException:
        folder.clear()
        raise LandingError(
            f"{stream.name}: its columns changed while it was read. Run again: it is read anew."
        ) from None
    before = decoded(state.cursor)
    last = max((c for c in (before, folder.last) if c is not None), default=None)
    window = Window({}, None)
    if stream.is_incremental:
        window = look_through(folder.pages, before, state.known, stream.lag, connection)
    rows = sum(page.rows for page in folder.pages)
    again = sum(len(places) for places in window.repeated.values())
    file = _assembled(stream, folder, schema, window) if rows > again else None
    return Pulled(
        name=stream.name,
        format=stream.format,
        file=file,
        key=stream.key,
        replaces=not stream.is_incremental,
        state=PullState(
            state.source, state.mapping_hash, encoded(last), window.known, state.pulls + 1
        ),
        rows=rows - again,
        again=again,
        folder=folder,
    )


def _read_on(stream: Stream, state: PullState, folder: PageFolder, watch: Watch) -> None:
    """Read to the end of the source, from the state's cursor or after the last page."""
    cursor = folder.last or decoded(state.cursor)
    resume = folder.pages[-1].resume if folder.pages else None
    segment = folder.pages[-1].segment if folder.pages else 1
    if folder.pages and resume is None:
        if stream.is_incremental:
            segment += 1
        else:
            folder.clear()
    start = None
    if stream.is_incremental and cursor is not None:
        start = folder.pages[-1].start if resume else earlier(cursor, stream.lag)
    rows = sum(page.rows for page in folder.pages)
    for page in stream.read(start, resume):
        if not page.rows.num_rows:
            continue
        stored = folder.add(page, segment, start)
        if len(folder.pages) == 1:
            watch.check_first(stored.path)
        rows += stored.rows
        watch.on_page(rows)
    folder.complete()


def _assembled(stream: Stream, folder: PageFolder, schema: pa.Schema, window: Window) -> Path:
    """One file of the rows that are not known yet, in the order in which they were read."""
    path = folder.folder / f"delivery.{stream.format}"
    if stream.format == "jsonl":
        with path.open("w", encoding="utf-8", newline="\n") as lines:
            for table in _new_rows(folder, window):
                for record in table.column(RECORD).to_pylist():
                    lines.write(f"{record}\n")
        return path
    with pq.ParquetWriter(path, schema, compression="zstd", compression_level=1) as writer:
        for table in _new_rows(folder, window):
            writer.write_table(_fitted(table, schema))
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
