"""The rows of a file as one query over what the gate kept, and what identifies each of them."""

from orchestration import sql
from orchestration.exports.cells import shared_headers
from orchestration.exports.destination import Destination, Field, FileClass, FileFormat, Layout


def columns_of(destination: Destination, layout: Layout) -> tuple[Field, ...]:
    """The fields that a file of `layout` shows."""
    if not layout.only:
        return destination.fields
    return tuple(column for column in destination.fields if column.header == layout.only)


def query(
    destination: Destination, segment: str, layout: Layout, rows_sql: str | None = None
) -> str:
    """SQL of the file's cells as text, numbers and dates, one column per field, in order.

    Reads `temp.export_outcomes`, `export_cells`, `export_digests` and `segment`, a temp table.
    `rows_sql` gives the `cell_row`s that are wanted of those that the gate kept.
    """
    columns = columns_of(destination, layout)
    cells = ", ".join(
        f"{_cell(destination, column, layout)} as {sql.quoted(column.header)}" for column in columns
    )
    where = "outcome.reason is null"
    if rows_sql:
        where += f" and outcome.cell_row in ({rows_sql})"
    # What a person has is hashed after sorting: a hash is several times as long as what it is
    # made of.
    if layout.only:
        shown = sql.quoted(layout.only)
        rows = f"""
            select distinct cell.{shown} as {shown}
            from temp.export_outcomes as outcome
            inner join temp.export_cells as cell on outcome.cell_row = cell.rowid
            where {where} and cell.{shown} is not null"""
        return f"select {cells} from (select * from ({rows}) order by md5_number({shown}))"
    return f"select {cells} from ({_whole_rows(destination, segment, where)})"


def _whole_rows(destination: Destination, segment: str, where: str) -> str:
    plain = ", ".join(_plain(destination, column) for column in destination.fields)
    joined = "".join(
        f" left join temp.export_digests as {sql.quoted(f'digest of {header}')}"
        f" on cell.{sql.quoted(header)} = {sql.quoted(f'digest of {header}')}.plain"
        for header in shared_headers(destination)
    )
    of_segment = [column for column in destination.fields if column.of_segment]
    if of_segment:
        expressions = ", ".join(f"{one.sql} as {sql.quoted(one.header)}" for one in of_segment)
        joined += (
            f" inner join (select rowid as member_row, {expressions} from {segment}) as member"
            " on outcome.member_row = member.member_row"
        )
    by = [
        f"{sql.quoted(header.removeprefix('-'))} {'desc' if header.startswith('-') else 'asc'} "
        "nulls last"
        for header in destination.order_by
    ]
    return f"""
        select {plain}
        from temp.export_outcomes as outcome
        inner join temp.export_cells as cell on outcome.cell_row = cell.rowid
        {joined}
        where {where}
        order by {", ".join([*by, order(destination)])}"""


def order(destination: Destination) -> str:
    """A total order of the kept rows of `cell` that says nothing about the customers.

    No two of them are known by the same identifier. A number of 128 bits sorts much faster than
    the identifiers themselves.
    """
    return f"md5_number({identity(destination)})"


def identity(destination: Destination) -> str:
    """SQL: the text by which a row of `cell` is known at `destination`, before hashing."""
    groups = " ".join(
        f"when {place} then concat_ws(chr(31), {', '.join(f'cell.{sql.quoted(h)}' for h in group)})"
        for place, group in enumerate(destination.identifiers)
    )
    return f"concat_ws(chr(31), cell.lead, case cell.lead {groups} end)"


def _plain(destination: Destination, column: Field) -> str:
    source = f"{'member' if column.of_segment else 'cell'}.{sql.quoted(column.header)}"
    if column.header in shared_headers(destination):
        source = f"{sql.quoted(f'digest of {column.header}')}.digest"
    return f"{source} as {sql.quoted(column.header)}"


def _cell(destination: Destination, column: Field, layout: Layout) -> str:
    cell = sql.quoted(column.header)
    if column.header in destination.hashed_headers:
        is_digest = column.header in shared_headers(destination)
        return cell if is_digest else f"{destination.algorithm}({cell})"
    if destination.file_class is FileClass.REVIEW and layout.file_format is FileFormat.CSV:
        return _guarded(cell)
    return cell


def _guarded(cell: str) -> str:
    """Text that a spreadsheet would take for a formula, behind an apostrophe (section 1.1)."""
    text = f"cast({cell} as varchar)"
    starts = f"typeof({cell}) = 'VARCHAR' and regexp_matches({text}, '^[=+@\\t\\r\\x00-]')"
    return f"case when {starts} then '''' || {text} else {text} end"
