"""Files of mode 0600 in folders of 0700, hashed and checked once written.

`upload` files: UTF-8 without BOM, LF, comma, RFC 4180 quotes, values as they are. `review` files
(for a person in Excel): with BOM, and text cells guarded against formulas (section 1.1). A
destination may say otherwise of the delimiter, the encoding and the first rows.
"""

import csv
import hashlib
import io
from dataclasses import replace
from pathlib import Path

import duckdb

from orchestration import sql
from orchestration.exports import rows, sheet
from orchestration.exports.cells import UTF_8
from orchestration.exports.destination import Destination, FileClass, FileFormat, Layout
from orchestration.exports.model import ExportError, FileEntry, FileRefusedError, Reason, Role
from orchestration.files import private_file, write_aside_then_rename

_ACTIONS = {Role.FULL: "Replace", Role.ADDS: "Add", Role.REMOVES: "Remove"}
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


def write_file(  # noqa: PLR0917 - the place of a query among these is fixed
    connection: duckdb.DuckDBPyConnection,
    destination: Destination,
    segment: str,
    path: Path,
    expected_rows: int,
    rows_sql: str | None = None,
    *,
    layout: Layout | None = None,
    role: Role = Role.FULL,
    audience: str = "",
) -> FileEntry | None:
    """Write those whom the gate kept (`temp.export_outcomes`) and return the file's entry.

    `segment` is its temp table; `rows_sql` an SQL query of the `cell_row`s that are wanted, all if
    there is none; `expected_rows` how many that are. `layout` is one of the destination's, by
    default its first. Rows stand in the order of a hash of the identifier that each is known by: it
    says nothing about the customers, and is the same whatever the number of threads. Of adds
    without a row there is no file.

    Raises `FileRefusedError`, and leaves no file, where the channel would not take it;
    `ExportError` when the number of rows is not the gate's or an empty text was hashed.
    """
    layout = layout or destination.layouts[0]
    meant = filled(destination, role, audience)
    query = rows.query(meant, segment, layout, rows_sql)
    if layout.only:
        expected_rows = sql.count(connection, f"select count(*) from ({query})")
    if not expected_rows and role is Role.ADDS:
        return None
    _check(connection, destination, segment, layout, expected_rows)
    return write_query(connection, meant, query, path, expected_rows, layout=layout, role=role)


def write_query(
    connection: duckdb.DuckDBPyConnection,
    destination: Destination,
    query: str,
    path: Path,
    expected_rows: int,
    *,
    layout: Layout,
    role: Role,
) -> FileEntry:
    """Write the rows of `query`, which has the columns of `layout`; raises as `write_file`, where
    the file is larger than the channel takes."""
    # Made first, so that the file is never readable by others while it is being written.
    private_file(path)
    columns = rows.columns_of(destination, layout)
    labels = tuple(map(destination.label, columns))
    if layout.file_format is FileFormat.XLSX:
        written = sheet.write_sheet(connection, query, labels, path)
    else:
        written = _write_csv(connection, destination, labels, query, path)
    if written != expected_rows:
        raise ExportError(
            f"{path.name} has {written} rows, but {expected_rows} were to be written."
        )
    size = path.stat().st_size
    most = destination.most_bytes
    if most is not None and size > most:
        path.unlink()
        raise FileRefusedError(
            Reason.ABOVE_MAXIMUM,
            f"The file would have {size:,} bytes, and {destination.title} takes no more than "
            f"{most:,}. Divide the segment.",
        )
    hashed = destination.hashed_headers
    return FileEntry(
        name=path.name,
        role=role,
        bytes=size,
        rows=written,
        sha256=checked_sha256(path),
        columns=labels,
        hashed_columns=tuple(
            label for column, label in zip(columns, labels, strict=True) if column.header in hashed
        ),
    )


def unfinished_name(role: Role, layout: Layout, part: int = 0) -> str:
    """The name of a file of `layout` until its content is known; parts of several count from 1."""
    of_several = f"-{part}" if part else ""
    only = f"__{layout.only}" if layout.only else ""
    return f".{role}{of_several}{only}.{layout.file_format}"


def _check(
    connection: duckdb.DuckDBPyConnection,
    destination: Destination,
    segment: str,
    layout: Layout,
    expected_rows: int,
) -> None:
    """Whether the channel takes a list of so many rows; each of its lists, where it has several."""
    listed = f"{expected_rows:,} rows" + (f" with {layout.only}" if layout.only else "")
    if expected_rows < destination.refuse_below:
        raise FileRefusedError(
            Reason.BELOW_MINIMUM,
            f"{listed} are left, and {destination.title} takes no list of fewer than "
            f"{destination.refuse_below:,}.",
        )
    most = destination.refuse_above
    if most is not None and expected_rows > most:
        raise FileRefusedError(
            Reason.ABOVE_MAXIMUM,
            f"{listed} are left, and {destination.title} takes no list of more than {most:,}. "
            "Divide the segment.",
        )
    if not destination.one_currency:
        return
    found = connection.execute(f"""
        select count(distinct member.currency)
        from temp.export_outcomes as outcome
        inner join {segment} as member on outcome.member_row = member.rowid
        where outcome.reason is null
    """).fetchone()
    if found and found[0] > 1:
        raise FileRefusedError(
            Reason.ABOVE_MAXIMUM,
            f"The amounts are in {found[0]} currencies, and {destination.title} compares them as "
            "they are. Give the segment amounts of one currency.",
        )


def filled(destination: Destination, role: Role, audience: str) -> Destination:
    """`destination` with what its preamble and constants say of this file."""
    if not destination.preamble:
        return destination
    known = dict(destination.audience_ids).get(audience)
    # There is nothing yet to replace in an audience that the channel does not know.
    action = _ACTIONS[Role.ADDS if known is None and role == Role.FULL else role]
    marks = {
        "{audience}": audience,
        "{id}": known or destination.new_audience_id,
        "{action}": action,
    }

    def fill(text: str) -> str:
        for mark, value in marks.items():
            text = text.replace(mark, value)
        return text

    return replace(
        destination,
        preamble=tuple(tuple(map(fill, row)) for row in destination.preamble),
        fields=tuple(
            replace(column, sql=fill(column.sql)) if column.of_segment else column
            for column in destination.fields
        ),
    )


def _write_csv(
    connection: duckdb.DuckDBPyConnection,
    destination: Destination,
    labels: tuple[str, ...],
    query: str,
    path: Path,
) -> int:
    """Write CSV by DuckDB's own writer; returns the rows of data."""
    start = head(destination, labels)
    # The writer puts the suffix in the place of the last line feed.
    framed = f"prefix {sql.literal(start)}, suffix '\n'," if start else ""
    written = connection.execute(f"""
        copy ({query}) to {sql.literal(str(path))} (
            format csv, header false, delimiter {sql.literal(destination.delimiter)}, quote '"',
            escape '"', nullstr '', {framed} use_tmp_file false
        )
    """).fetchone()
    count = int(written[0]) if written else 0
    if not count:
        path.write_text(start, encoding=UTF_8, newline="")
    if destination.encoding != UTF_8:
        _encode(path, destination.encoding)
    return count


def head(destination: Destination, labels: tuple[str, ...]) -> str:
    """What stands before the data: the mark of UTF-8, the header, the preamble."""
    lines = [labels] if destination.has_header else []
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=destination.delimiter, lineterminator="\n")
    writer.writerows([*lines, *destination.preamble])
    is_review = destination.file_class is FileClass.REVIEW and destination.encoding == UTF_8
    return (_BOM if is_review else "") + text.getvalue()


def _encode(path: Path, encoding: str) -> None:
    """Write the file anew in `encoding`; cells that cannot be were rejected before."""
    with write_aside_then_rename(path) as aside:
        private_file(aside)
        with (
            path.open(encoding=UTF_8, newline="") as source,
            aside.open("w", encoding=encoding, newline="") as target,
        ):
            while text := source.read(_CHUNK):
                target.write(text)


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
