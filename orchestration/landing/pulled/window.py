"""Rows that are read again: known by a hash of all their values, and not taken twice.

A pull begins a lag before the last one ended, and an interrupted reading goes on a lag before its
last page. What is read again unchanged is left out here; what changed has another hash and lands
as a newer version.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.landing.expressions import literal, quoted
from orchestration.landing.pulled.cursors import cursor_sql
from orchestration.landing.pulled.pages import CURSOR, StoredPage
from orchestration.landing.pulled.stream import Cursor, earlier

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
    before: Cursor | None,
    known: bytes | None,
    lag: timedelta | int,
    connection: duckdb.DuckDBPyConnection,
) -> Window:
    """Which rows of the pages are known, and which the next pull has to know.

    `before`, `known`: the greatest cursor and the known rows of the last pull.
    """
    if not pages:
        return Window({}, known)
    stored = _cursor_type(pages[0], connection)
    cursors = [cursor for cursor in (before, *(page.last for page in pages)) if cursor is not None]
    since = f"cursor >= {cursor_sql(earlier(max(cursors), lag), stored)}" if cursors else "false"
    asked = _asked_for(pages, before, stored)
    connection.execute("set TimeZone = 'UTC'")  # hashes are of texts
    # The columns of pages may differ, so that every page is asked for itself.
    selects = [
        f"select {number} as page, {page.segment} as segment, row, hash, cursor from ("
        f"select file_row_number as row, {quoted(CURSOR)} as cursor, {_hash(page)} as hash "
        f"from read_parquet({literal(str(page.path))}, file_row_number = true)) "
        f"where {' or '.join([since, 'cursor is null', *asked[page.segment]])}"
        for number, page in enumerate(pages)
    ]
    connection.execute(f"create or replace temp table recent as {' union all '.join(selects)}")
    connection.execute(f"create or replace temp table {_KNOWN} (hash BLOB, cursor {stored})")
    if known:
        connection.register("known_before", pq.read_table(io.BytesIO(known)))
        connection.execute(f"insert into {_KNOWN} select hash, cursor from known_before")
        connection.unregister("known_before")
    repeated = connection.execute(
        "select page, row from (select *, min(segment) over (partition by hash) as first "
        f"from recent) where segment > first or hash in (select hash from {_KNOWN}) "
        "order by page, row"
    ).to_arrow_table()
    after = connection.execute(
        "select hash, max(cursor) as cursor from (select hash, cursor from recent union all "
        f"select hash, cursor from {_KNOWN}) where {since} or cursor is null "
        "group by hash order by hash"
    ).to_arrow_table()
    connection.execute(f"drop table recent; drop table {_KNOWN}")
    return Window(_by_page(repeated), _bytes(after))


def _asked_for(
    pages: Sequence[StoredPage], before: Cursor | None, stored: str
) -> dict[int, list[str]]:
    """SQL per segment: which of its rows another reading may have met as well."""
    starts = {page.segment: page.start for page in pages}
    conditions = {}
    for segment in starts:
        ends = [page.last for page in pages if page.segment < segment]
        later = [start for other, start in starts.items() if other > segment]
        conditions[segment] = [
            *(f"cursor <= {cursor_sql(e, stored)}" for e in (before, *ends) if e is not None),
            *(f"cursor >= {cursor_sql(s, stored)}" for s in later if s is not None),
        ]
    return conditions


def _cursor_type(page: StoredPage, connection: duckdb.DuckDBPyConnection) -> str:
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
