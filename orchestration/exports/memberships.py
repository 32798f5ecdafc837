"""Who is in an audience, by the identifiers that its destination knows, and what changes that.

The identifiers of a content stand in `state/exports/<destination>/<audience>/<content id>.parquet`
(0600): `customer_key` as text, `kind`, the headers that identify together, and `cells`, as they
stand in the file. Rows say what the audience holds once that content was uploaded.

Makes temp tables for one export, from those whom the gate kept:
- `export_now` (customer_key, cell_row, kind, cells), what identifies each of them;
- `export_base` (customer_key, kind, cells), what the audience holds;
- `export_added` (cell_row), rows of which the audience lacks an identifier;
- `export_removed` (kind, cells), identifiers that the audience holds, or may hold, and nobody kept
  has.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import duckdb

from orchestration import sql
from orchestration.exports import rows, writer
from orchestration.exports.model import (
    BY_CUSTOMER,
    Destination,
    ExportError,
    Field,
    FileEntry,
    Role,
)
from orchestration.exports.segments import Segment
from orchestration.files import private_file, write_aside_then_rename

_CUSTOMER_ID = "customer_id"
"""The header by which files know customers whom a channel knows itself."""


def make_tables(
    connection: duckdb.DuckDBPyConnection,
    destination: Destination,
    segment: Segment,
    base: Path | None,
    later: Sequence[Path] = (),
) -> None:
    """Make the four tables; `base` is the state that was acknowledged, None where there is none.

    `later` are states that were released since: whether they were uploaded nobody has said, so who
    is in them and no longer kept is removed, which does no harm where they were not.

    Raises `ExportError` for a destination whose file does not show what identifies a row.
    """
    groups = " union all ".join(
        f"""
        select cast(member.customer_key as varchar) as customer_key, outcome.cell_row,
            {sql.literal(_kind(group))} as kind, [{_cells(destination, group)}] as cells
        from temp.export_outcomes as outcome
        inner join temp.export_cells as cell on outcome.cell_row = cell.rowid
        inner join {segment.table} as member on outcome.member_row = member.rowid
        where outcome.reason is null and {_complete(group)}"""
        for group in destination.identifiers
    )
    connection.execute(f"create or replace temp table export_now as {groups}")
    known = "select customer_key, kind, cells from "
    known += f"read_parquet({sql.literal(str(base))})" if base else "temp.export_now limit 0"
    connection.execute(f"create or replace temp table export_base as {known}")
    connection.execute("""
        create or replace temp table export_added as
        select distinct cell_row from temp.export_now
        anti join temp.export_base using (kind, cells)
    """)
    perhaps = "".join(
        f" union all select kind, cells from read_parquet({sql.literal(str(state))})"
        for state in later
    )
    connection.execute(f"""
        create or replace temp table export_removed as
        select distinct kind, cells from (select kind, cells from temp.export_base{perhaps})
        anti join temp.export_now using (kind, cells)
    """)


def count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    """Rows of one of the tables."""
    return sql.count(connection, f"select count(*) from temp.{table}")


def count_absent(connection: duckdb.DuckDBPyConnection) -> int:
    """Rows of which the audience holds no identifier at all."""
    return sql.count(
        connection,
        """
        select count(*) from temp.export_added
        where cell_row not in (
            select cell_row from temp.export_now semi join temp.export_base using (kind, cells)
        )
        """,
    )


def write_removes(
    connection: duckdb.DuckDBPyConnection, destination: Destination, audience: str, folder: Path
) -> list[FileEntry]:
    """One row per identifier to be taken out, in the columns of the destination; others empty.

    One file per layout of the destination in `folder`; one without rows is not written. Rows stand
    in the order of a hash of the identifier.
    """
    kinds = {_kind(group): _headers(destination, group) for group in destination.identifiers}
    filled = writer.filled(destination, Role.REMOVES, audience)
    files = []
    for layout in destination.layouts:
        wanted = f"kind = {sql.literal(layout.only)}" if layout.only else "true"
        removed = sql.count(connection, f"select count(*) from temp.export_removed where {wanted}")
        if not removed:
            continue
        columns = ", ".join(
            f"{_removed(column, kinds)} as {sql.quoted(column.header)}"
            for column in rows.columns_of(filled, layout)
        )
        query = f"""
            select {columns} from temp.export_removed where {wanted}
            order by md5_number(concat_ws(chr(31), kind, cells)), kind, cells"""
        path = folder / writer.unfinished_name(Role.REMOVES, layout)
        files.append(
            writer.write_query(
                connection, filled, query, path, removed, layout=layout, role=Role.REMOVES
            )
        )
    return files


def _removed(column: Field, kinds: Mapping[str, tuple[str, ...]]) -> str:
    """SQL: what `column` shows of an identifier in `temp.export_removed`."""
    if column.is_constant:
        return column.sql
    branches = " ".join(
        f"when {sql.literal(kind)} then cells[{headers.index(column.header) + 1}]"
        for kind, headers in kinds.items()
        if column.header in headers
    )
    return f"case kind {branches} end" if branches else "null::varchar"


def write_state(
    connection: duckdb.DuckDBPyConnection, path: Path, *, with_adds: bool, with_removes: bool
) -> None:
    """What the audience holds once the files were uploaded, of which there are these."""
    added = "cell_row in (select cell_row from temp.export_added)"
    held = "(kind, cells) in (select kind, cells from temp.export_base)"
    gone = "(kind, cells) in (select kind, cells from temp.export_removed)"
    _write(
        connection,
        path,
        f"""
        select customer_key, kind, cells from temp.export_now
        where {f"({added} or {held})" if with_adds else held}
        union all
        select customer_key, kind, cells from temp.export_base
        where (kind, cells) not in (select kind, cells from temp.export_now)
            {f"and not {gone}" if with_removes else ""}""",
    )


def write_full_state(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """What the audience holds once the file of all was uploaded in its place."""
    _write(connection, path, "select customer_key, kind, cells from temp.export_now")


def _write(connection: duckdb.DuckDBPyConnection, path: Path, rows: str) -> None:
    private_file(path)
    connection.execute(f"""
        copy (
            select min(customer_key) as customer_key, kind, cells from ({rows})
            group by kind, cells order by kind, cells
        ) to {sql.literal(str(path))} (format parquet, compression zstd, use_tmp_file false)
    """)


def forget(state: Path, customer_key: int | None, cells: Iterable[tuple[str, str]]) -> int:
    """Take a person out of a state: by key, and by identifiers (header, cell); returns rows."""
    pairs = ", ".join(f"({sql.literal(header)}, {sql.literal(cell)})" for header, cell in cells)
    rows = f"read_parquet({sql.literal(str(state))})"
    theirs = f"""
        select customer_key from (
            select customer_key, unnest(string_split(kind, '+')) as header, unnest(cells) as cell
            from {rows}
        ) where (header, cell) in ({pairs or "('', '')"})
        union all select '{customer_key}'"""
    with duckdb.connect() as connection:
        found = connection.execute(
            f"select count(*) from {rows} where customer_key in ({theirs})"
        ).fetchone()
        if not found or not found[0]:
            return 0
        with write_aside_then_rename(state) as aside:
            private_file(aside)
            connection.execute(f"""
                copy (
                    select customer_key, kind, cells from {rows}
                    where customer_key not in ({theirs}) order by kind, cells
                ) to {sql.literal(str(aside))}
                (format parquet, compression zstd, use_tmp_file false)
            """)
    return int(found[0])


def _kind(group: tuple[str, ...]) -> str:
    return "+".join(group)


def _headers(destination: Destination, group: tuple[str, ...]) -> tuple[str, ...]:
    headers = (_CUSTOMER_ID,) if group == BY_CUSTOMER else group
    lacking = sorted(set(headers) - set(destination.headers))
    if lacking:
        raise ExportError(
            f"Files of adds and removes need what identifies a row, and those of "
            f"{destination.name} do not show {', '.join(lacking)}. Use `sync_mode: replace`."
        )
    return headers


def _cells(destination: Destination, group: tuple[str, ...]) -> str:
    if group == BY_CUSTOMER:
        return f"member.{_CUSTOMER_ID}"
    hashed = destination.hashed_headers
    return ", ".join(
        f"{destination.algorithm}(cell.{sql.quoted(header)})"
        if header in hashed
        else f"cast(cell.{sql.quoted(header)} as varchar)"
        for header in group
    )


def _complete(group: tuple[str, ...]) -> str:
    if group == BY_CUSTOMER:
        return "true"
    return " and ".join(f"cell.{sql.quoted(header)} is not null" for header in group)
