"""What becomes of the rows of people who have been forgotten: the figures stay, the person goes.

A row is the person's where its own customer id is on the erasure list, or its e-mail address or
telephone number is. Of such a row everything personal and all that no contract knows becomes NULL.
Ids on the list become their pseudonyms wherever they stand, in other people's rows too.
"""

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.entities import Entity
from orchestration.files import private_file, write_aside_then_rename
from orchestration.landing.erased import ErasureList
from orchestration.landing.scrub_sql import ERASED, PartScrub
from orchestration.landing.work import PARQUET_OPTIONS
from orchestration.sql import literal


def scrub_parts(
    entity: Entity,
    parts: Sequence[Path],
    erased: ErasureList,
    connection: duckdb.DuckDBPyConnection,
    pattern: str = "",
) -> list[Path]:
    """Write anew, each whole or not at all, those of `parts` in which somebody forgotten stands.

    Rows keep their order and number. `pattern` (RE2): what is not to stand in a text of any row but
    in keys. Returns the parts that were written; scrubbing again finds nothing.
    """
    if erased.is_empty:
        return []
    _register(erased, connection)
    return [part for part in parts if _scrub(PartScrub(entity, part, pattern), erased, connection)]


def _register(erased: ErasureList, connection: duckdb.DuckDBPyConnection) -> None:
    ids = ", ".join(f"({literal(a)}, {literal(b)})" for a, b in erased.identities.items())
    contacts = ", ".join(f"({literal(one)})" for one in sorted(erased.contacts)) or "(null)"
    connection.execute(
        "create or replace temp table erased_ids as "
        f"select * from (values {ids}) as listed(hash, pseudonym)"
    )
    connection.execute(
        "create or replace temp table erased_contacts as "
        f"select * from (values {contacts}) as listed(hash)"
    )


def _scrub(part: PartScrub, erased: ErasureList, connection: duckdb.DuckDBPyConnection) -> bool:
    for table, query in (
        ("erased_found", part.found_ids(erased)),
        ("erased_cells", part.found_contacts(erased)),
    ):
        connection.execute(f"create or replace temp table {table} as {query}")
    row = connection.execute(f"select {part.is_concerned}").fetchone()
    if not (row and row[0]):
        return False
    with write_aside_then_rename(part.path) as aside:
        connection.execute(f"copy ({part.scrubbed}) to {literal(str(aside))} ({PARQUET_OPTIONS})")
        aside.chmod(part.path.stat().st_mode)
    return True


def mask_rejected(path: Path, erased: ErasureList) -> int:
    """Mask the rejected records of `path` that name somebody forgotten; returns how many.

    Where they stood and why they were rejected stays. The file is written anew, whole or not at
    all, with its metadata; nothing is written where nobody stands in it.
    """
    if erased.is_empty:
        return 0
    table = pq.read_table(path)
    columns = [
        name for name in ("value", "raw_row", "record", "row_key") if name in table.schema.names
    ]
    rows = table.select(columns).to_pylist()
    concerned = [
        row.get("raw_row") != ERASED and erased.mentions(*(row[name] for name in columns))
        for row in rows
    ]
    if not any(concerned):
        return 0
    for name in columns:
        blank = ERASED if name == "raw_row" else None
        masked = [blank if hit else row[name] for row, hit in zip(rows, concerned, strict=True)]
        place = table.schema.get_field_index(name)
        field = table.schema.field(place)
        table = table.set_column(place, field, pa.array(masked, field.type))
    with write_aside_then_rename(path) as aside:
        private_file(aside)
        pq.write_table(table, aside, compression="zstd")
        aside.chmod(path.stat().st_mode)
    return sum(concerned)
