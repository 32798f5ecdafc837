"""Who is in an audience, by the identifiers that its destination knows, and what changes that.

The identifiers of a content stand in `state/exports/<destination>/<audience>/<content id>.parquet`
(0600): `customer_key` as text, `kind`, the headers that identify together, and `cells`, as they
stand in the file. Rows say what the audience holds once that content was uploaded.

Makes temp tables for one export:
- `export_now` (customer_key, cell_row, kind, cells), what identifies each of those whom the gate
  kept;
- `export_base` (customer_key, kind, cells), what the audience holds;
- `export_known` (customer_key, kind, cells), what it holds or may hold;
- `export_added` (cell_row), rows of which the audience lacks an identifier;
- `export_removed` (kind, cells), identifiers to be taken out.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

import duckdb

from orchestration import sql
from orchestration.exports import rows, writer
from orchestration.exports.destination import BY_CUSTOMER, Destination, Field, Layout
from orchestration.exports.model import ExportError, FileEntry, FileRefusedError, Role
from orchestration.exports.segments import Segment
from orchestration.files import private_file, write_aside_then_rename

_CUSTOMER_ID = "customer_id"
"""The header by which files know customers whom a channel knows itself."""


def make_now(
    connection: duckdb.DuckDBPyConnection, destination: Destination, segment: Segment
) -> None:
    """Make `export_now`.

    Raises `ExportError` for a destination whose file does not show what identifies a row.
    """
    groups = " union all ".join(
        f"""
        select cast(member.customer_key as varchar) as customer_key, outcome.cell_row,
            {sql.literal(_kind(group))} as kind, [{_cells(destination, group)}] as cells
        from temp.export_outcomes as outcome
        inner join temp.export_cells as cell on outcome.cell_row = cell.rowid
        inner join {_members(destination, segment)} as member
            on outcome.member_row = member.member_row
        where outcome.reason is null and {_complete(destination, group)}"""
        for group in _groups(destination)
    )
    connection.execute(f"create or replace temp table export_now as {groups}")


def make_known(
    connection: duckdb.DuckDBPyConnection, base: Path | None, later: Sequence[Path] = ()
) -> None:
    """Make `export_base` and `export_known`; `base` is the state that was acknowledged, if any was.

    `later` are states that were released since: whether they were uploaded nobody has said.
    """
    acknowledged = [base] if base else []
    for table, states in (
        ("export_base", acknowledged),
        ("export_known", [*acknowledged, *later]),
    ):
        files = sql.literals(map(str, states))
        rows = f"from read_parquet([{files}])" if files else "from temp.export_now limit 0"
        connection.execute(
            f"create or replace temp table {table} as select customer_key, kind, cells {rows}"
        )


def make_added(connection: duckdb.DuckDBPyConnection) -> int:
    """Make `export_added`; returns its rows."""
    connection.execute("""
        create or replace temp table export_added as
        select distinct cell_row from temp.export_now
        anti join temp.export_base using (kind, cells)
    """)
    return _count(connection, "select 1 from temp.export_added")


def make_removed(
    connection: duckdb.DuckDBPyConnection, kinds: Collection[str], *, only_forbidden: bool = False
) -> None:
    """Make `export_removed`: identifiers of `kinds` that nobody kept has. Where the audience may
    not hold them, removing them does no harm.

    `only_forbidden`: but for those whom the destination may still reach: they granted what it
    needs, nobody objected, and they are neither minors nor of a country that policy keeps out.
    """
    allowed = "select cast(customer_key as varchar) from temp.export_cells where before is null"
    connection.execute(f"""
        create or replace temp table export_removed as
        select distinct kind, cells from temp.export_known
        anti join temp.export_now using (kind, cells)
        where {_in(kinds)} {f"and customer_key not in ({allowed})" if only_forbidden else ""}
    """)


def add_members(connection: duckdb.DuckDBPyConnection, states: Sequence[Path]) -> None:
    """Let `temp.export_members` also have those in `states`, so that their consents are read."""
    if states:
        connection.execute(f"""
            insert into temp.export_members
            select distinct customer_key from read_parquet([{sql.literals(map(str, states))}])
            where customer_key not in (
                select cast(customer_key as varchar) from temp.export_members
            )
        """)


def kinds_of(destination: Destination, layout: Layout) -> tuple[str, ...]:
    """The kinds of identifiers that a file of `layout` shows."""
    every = tuple(map(_kind, _groups(destination)))
    return tuple(kind for kind in every if not layout.only or kind == layout.only)


def count_absent(connection: duckdb.DuckDBPyConnection, written: Collection[str]) -> int:
    """Customers kept of whom the audience holds no identifier, and who have none of those kinds
    that were written."""
    return _count(
        connection,
        f"""
        select distinct cell_row from temp.export_now
        where cell_row not in (
            select cell_row from temp.export_now where {_in(written)}
            union all
            select cell_row from temp.export_now semi join temp.export_base using (kind, cells)
        )""",
    )


def write_removes(
    connection: duckdb.DuckDBPyConnection, destination: Destination, audience: str, folder: Path
) -> list[FileEntry]:
    """One row per identifier to be taken out, in the columns of the destination; others empty.

    A file per layout of the destination in `folder`, or several where one would be more than the
    channel takes: removes are never kept back. One without rows is not written. Rows stand in the
    order of a hash of the identifier.
    """
    filled = writer.filled(destination, Role.REMOVES, audience)
    return [
        file
        for layout in destination.layouts
        for file in _write_parts(connection, filled, layout, folder)
    ]


def _write_parts(
    connection: duckdb.DuckDBPyConnection, destination: Destination, layout: Layout, folder: Path
) -> list[FileEntry]:
    """The removes of `layout` in as many files as it takes for the channel to accept each.

    Raises `FileRefusedError` where it takes not even one row.
    """
    kinds = {_kind(group): _headers(destination, group) for group in _groups(destination)}
    columns = ", ".join(
        f"{_removed(column, kinds)} as {sql.quoted(column.header)}"
        for column in rows.columns_of(destination, layout)
    )
    query = f"""
        select {columns} from temp.export_removed where {_in(kinds_of(destination, layout))}
        order by md5_number(concat_ws(chr(31), kind, cells)), kind, cells"""
    count = _count(connection, query)
    most = min(destination.refuse_above or count, count)
    while count:
        files: list[FileEntry] = []
        try:
            for start in range(0, count, most):
                part = start // most + 1 if most < count else 0
                files.append(
                    writer.write_query(
                        connection,
                        destination,
                        f"{query} limit {most} offset {start}",
                        folder / writer.unfinished_name(Role.REMOVES, layout, part),
                        min(most, count - start),
                        layout=layout,
                        role=Role.REMOVES,
                    )
                )
        except FileRefusedError:
            if most == 1:
                raise
            for file in files:
                (folder / file.name).unlink()
            most = math.ceil(most / 2)
        else:
            return files
    return []


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
    connection: duckdb.DuckDBPyConnection, path: Path, role: Role, written: Collection[str]
) -> None:
    """What the audience holds once the files were uploaded: lists of `role`, adds or everyone, of
    the kinds `written`, and the removes.

    Where everyone could not be written it may hold more than was acknowledged, and who may be there
    has to be removed one day.
    """
    held, stays = "export_base", "true"
    if role is Role.FULL:
        held, stays = "export_known", f"not {_in(written)}"
    _write(
        connection,
        path,
        f"""
        select customer_key, kind, cells from temp.export_now
        where {_in(written)} or (kind, cells) in (select kind, cells from temp.{held})
        union all
        select customer_key, kind, cells from temp.{held}
        where (kind, cells) not in (select kind, cells from temp.export_now) and {stays}
            and (kind, cells) not in (select kind, cells from temp.export_removed)""",
    )


def write_full_state(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """What the audience holds once the file of all was uploaded in its place."""
    _write(connection, path, "select customer_key, kind, cells from temp.export_now")


def _write(connection: duckdb.DuckDBPyConnection, path: Path, rows: str) -> None:
    private_file(path)
    connection.execute(f"""
        copy (
            select min(customer_key) as customer_key, kind, cells from ({rows})
            group by kind, cells
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
        found = sql.count(
            connection, f"select count(*) from {rows} where customer_key in ({theirs})"
        )
        if not found:
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
    return found


def _in(kinds: Collection[str]) -> str:
    return f"(kind in ({sql.literals(kinds)}))" if kinds else "false"


def _count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    return sql.count(connection, f"select count(*) from ({query})")


def _groups(destination: Destination) -> tuple[tuple[str, ...], ...]:
    """Groups of headers, each of which tells what the channel holds."""
    return ((destination.row_key,),) if destination.row_key else destination.identifiers


def _members(destination: Destination, segment: Segment) -> str:
    """The segment's rows by number, with the key of a row where there is one."""
    keys = "".join(
        f", {column.sql} as {sql.quoted(column.header)}"
        for column in destination.fields
        if column.header == destination.row_key
    )
    return f"(select rowid as member_row, customer_key, customer_id{keys} from {segment.table})"


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
    if group == (destination.row_key,):
        return f"member.{sql.quoted(destination.row_key)}"
    hashed = destination.hashed_headers
    return ", ".join(
        f"{destination.algorithm}(cell.{sql.quoted(header)})"
        if header in hashed
        else f"cast(cell.{sql.quoted(header)} as varchar)"
        for header in group
    )


def _complete(destination: Destination, group: tuple[str, ...]) -> str:
    if group in (BY_CUSTOMER, (destination.row_key,)):
        return "true"
    return " and ".join(f"cell.{sql.quoted(header)} is not null" for header in group)
