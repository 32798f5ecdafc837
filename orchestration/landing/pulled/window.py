"""Rows that are read again: known by a hash of all their values, and not taken twice.

A pull begins a lag before the last one ended, and an interrupted reading goes on a lag before its
last page. What is read again unchanged is left out here; what changed has another hash and lands
as a newer version.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from orchestration.landing.pulled.cursors import cursor_sql
from orchestration.landing.pulled.pages import CURSOR, StoredPage
from orchestration.landing.pulled.stream import Cursor
from orchestration.sql import literal, quoted

_KNOWN = "known_rows"


@dataclass(frozen=True)
class Window:
    """What two looks at a source have in common.

    `repeated`: page number → places (from 0) of rows that are known already. `known`: the hashes
    that the next pull has to know, as the bytes of a Parquet file (`hash`, `cursor`).
    """

    repeated: dict[int, npt.NDArray[np.int64]]
    known: bytes | None


def look_through(
    pages: Sequence[StoredPage],
    known: bytes | None,
    since: Cursor | None,
    connection: duckdb.DuckDBPyConnection,
) -> Window:
    """Which rows of the pages are known, and which the next pull has to know.

    `known`: those of the last pull that may come again. `since`: from which cursor on the next
    pull will read (None: rows without a cursor only).
    """
    if not pages:
        return Window({}, known)
    stored = _cursor_type(pages, connection)
    known_rows = pq.read_table(io.BytesIO(known)) if known else None
    before = _greatest(known_rows.column("cursor")) if known_rows else None
    again = f"cursor >= {cursor_sql(since, stored)}" if since is not None else "false"
    asked = _asked_for(pages, before, stored)
    connection.execute("set TimeZone = 'UTC'")  # hashes are of texts
    # The columns of pages may differ, so that every page is asked for itself.
    selects = [
        f"select {number} as page, {page.reading.number} as reading, row, hash, cursor from ("
        f"select file_row_number as row, cast({quoted(CURSOR)} as {stored}) as cursor, "
        f"{_hash(page)} as hash "
        f"from read_parquet({literal(str(page.path))}, file_row_number = true)) "
        f"where {' or '.join([again, 'cursor is null', *asked[page.reading.number]])}"
        for number, page in enumerate(pages)
    ]
    connection.execute(f"create or replace temp table recent as {' union all '.join(selects)}")
    connection.execute(f"create or replace temp table {_KNOWN} (hash BLOB, cursor {stored})")
    if known_rows:
        connection.register("known_before", known_rows)
        connection.execute(f"insert into {_KNOWN} select hash, cursor from known_before")
        connection.unregister("known_before")
    repeated = connection.execute(
        "select page, row from (select *, min(reading) over (partition by hash) as first "
        f"from recent) where reading > first or hash in (select hash from {_KNOWN}) "
        "order by page, row"
    ).to_arrow_table()
    after = connection.execute(
        "select hash, max(cursor) as cursor from (select hash, cursor from recent union all "
        f"select hash, cursor from {_KNOWN}) where {again} or cursor is null "
        "group by hash order by hash"
    ).to_arrow_table()
    connection.execute(f"drop table recent; drop table {_KNOWN}")
    return Window(_by_page(repeated), _bytes(after))


def _greatest(cursors: pa.ChunkedArray) -> Cursor | None:
    # DuckDB gives texts as string views, of which Arrow finds no maximum.
    is_view = pa.types.is_string_view(cursors.type)
    found: Cursor | None = pc.max(cursors.cast(pa.string()) if is_view else cursors).as_py()
    return found


def _asked_for(
    pages: Sequence[StoredPage], before: Cursor | None, stored: str
) -> dict[int, list[str]]:
    """SQL per reading: which of its rows another reading may have met as well."""
    readings = {page.reading.number: page.reading for page in pages}
    conditions = {}
    for number in readings:
        ends = [page.last for page in pages if page.reading.number < number]
        starts = [later.start for other, later in readings.items() if other > number]
        conditions[number] = [
            *(f"cursor <= {cursor_sql(e, stored)}" for e in (before, *ends) if e is not None),
            *(f"cursor >= {cursor_sql(s, stored)}" for s in starts if s is not None),
        ]
    return conditions


def _cursor_type(pages: Sequence[StoredPage], connection: duckdb.DuckDBPyConnection) -> str:
    """The DuckDB type of the cursors; pages without any do not say it."""
    page = next((page for page in pages if page.last is not None), pages[0])
    row = connection.execute(
        f"describe select {quoted(CURSOR)} from read_parquet({literal(str(page.path))})"
    ).fetchone()
    return str(row[1]) if row else "VARCHAR"


def _hash(page: StoredPage) -> str:
    """SQL: 16 bytes of all values that are not NULL: a column that is added later changes none."""
    names = sorted(name for name in pq.read_schema(page.path).names if name != CURSOR)
    texts = ", ".join(f"{literal(name)} || chr(31) || {quoted(name)}::VARCHAR" for name in names)
    return f"unhex(md5(concat_ws(chr(30), {texts})))"


def _by_page(found: pa.Table) -> dict[int, npt.NDArray[np.int64]]:
    pages, rows = found.column("page").to_numpy(), found.column("row").to_numpy()
    return {int(page): rows[pages == page] for page in np.unique(pages)}


def _bytes(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()
