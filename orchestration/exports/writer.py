"""Files: CSV by DuckDB's own writer, mode 0600 in folders of 0700, hashed and checked once written.

`upload` files: UTF-8 without BOM, LF, comma, RFC 4180 quotes, values as they are. `review` files
(for a person in Excel): with BOM, and text cells guarded against formulas (section 1.1).
"""

import hashlib
from pathlib import Path

import duckdb

from orchestration import sql
from orchestration.exports.cells import shared_headers
from orchestration.exports.model import Destination, ExportError, Field, FileClass, FileEntry
from orchestration.files import private_file, write_aside_then_rename

_CHUNK = 1 << 20
_BOM = "\ufeff"
_EMPTY_HASHES = {
    b"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855": "SHA-256",
    b"d41d8cd98f00b204e9800998ecf8427e": "MD5",
}


def make_folder(folder: Path) -> None:
    """Make `folder` and its missing parents, readable by the owner alone."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    for place in reversed(missing):
        place.mkdir(mode=0o700)


def write_file(
    connection: duckdb.DuckDBPyConnection,
    destination: Destination,
    segment: str,
    path: Path,
    expected_rows: int,
    *,
    rows_sql: str | None = None,
) -> FileEntry:
    """Write those whom the gate kept (`temp.export_outcomes`) and return the file's entry.

    `segment` is its temp table; `rows_sql` gives the `cell_row`s that are wanted, all unless given.
    Rows stand in the order of a hash of the identifier that each is known by: it says nothing about
    the customers, and is the same whatever the number of threads.

    Raises `ExportError` when the number of rows is not the gate's or an empty text was hashed.
    """
    # Made first, so that the file is never readable by others while it is being written.
    private_file(path)
    bom = _BOM if destination.file_class is FileClass.REVIEW else ""
    columns = ", ".join(
        f"{_cell(destination, header)} as {sql.quoted(bom + header if place == 0 else header)}"
        for place, header in enumerate(destination.headers)
    )
    plain = ", ".join(_plain(destination, column) for column in destination.fields)
    joined = "".join(
        f" left join temp.export_digests as {sql.quoted(f'digest of {header}')}"
        f" on cell.{sql.quoted(header)} = {sql.quoted(f'digest of {header}')}.plain"
        for header in shared_headers(destination)
    )
    if any(column.of_segment for column in destination.fields):
        joined += f" inner join {segment} as member on outcome.member_row = member.rowid"
    wanted = f"and outcome.cell_row in ({rows_sql})" if rows_sql else ""
    # The rest is hashed after sorting: a hash is several times as long as what it is made of.
    written = connection.execute(f"""
        copy (
            select {columns}
            from (
                select {plain}
                from temp.export_outcomes as outcome
                inner join temp.export_cells as cell on outcome.cell_row = cell.rowid
                {joined}
                where outcome.reason is null {wanted}
                order by {_order(destination)}
            )
        ) to {sql.literal(str(path))} (
            format csv, header true, delimiter ',', quote '"', escape '"', nullstr '',
            use_tmp_file false
        )
    """).fetchone()
    rows = int(written[0]) if written else 0
    if rows != expected_rows:
        raise ExportError(f"{path.name} has {rows} rows, but {expected_rows} were to be written.")
    return FileEntry(
        name=path.name,
        role="full",
        bytes=path.stat().st_size,
        rows=rows,
        sha256=checked_sha256(path),
        columns=destination.headers,
        hashed_columns=destination.hashed_headers,
    )


def _order(destination: Destination) -> str:
    # No two kept rows are known by the same identifier, so this order is total. A number of 128
    # bits sorts much faster than the identifiers themselves.
    groups = " ".join(
        f"when {place} then concat_ws(chr(31), {', '.join(f'cell.{sql.quoted(h)}' for h in group)})"
        for place, group in enumerate(destination.identifiers)
    )
    return f"md5_number(concat_ws(chr(31), cell.lead, case cell.lead {groups} end))"


def _plain(destination: Destination, column: Field) -> str:
    source = f"member.{column.sql}" if column.of_segment else f"cell.{sql.quoted(column.header)}"
    if column.header in shared_headers(destination):
        source = f"{sql.quoted(f'digest of {column.header}')}.digest"
    return f"{source} as {sql.quoted(column.header)}"


def _cell(destination: Destination, header: str) -> str:
    cell = sql.quoted(header)
    if header in destination.hashed_headers and header not in shared_headers(destination):
        return f"sha256({cell})"
    if destination.file_class is FileClass.REVIEW:
        guarded = f"regexp_matches(cast({cell} as varchar), '^[=+@\\t\\r\\x00-]')"
        text = f"typeof({cell}) = 'VARCHAR' and {guarded}"
        return f"case when {text} then '''' || {cell} else cast({cell} as varchar) end"
    return cell


def checked_sha256(path: Path) -> str:
    """SHA-256 of the file's bytes; refuses a file in which the hash of an empty text stands."""
    digest = hashlib.sha256()
    overlap = b""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            window = overlap + chunk
            for empty, algorithm in _EMPTY_HASHES.items():
                if empty in window:
                    raise ExportError(
                        f"{path.name} holds the {algorithm} of an empty text: an empty value was "
                        "hashed. Nothing is exported; correct the destination's normaliser."
                    )
            overlap = chunk[-64:]
    return digest.hexdigest()


def write_text(path: Path, content: str) -> None:
    """Write a small file for its owner alone, whole or not at all."""
    with write_aside_then_rename(path) as aside:
        private_file(aside)
        aside.write_bytes(content.encode())
