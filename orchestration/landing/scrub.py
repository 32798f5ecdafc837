"""What becomes of the rows of people who have been forgotten: the figures stay, the person goes.

A row is the person's where its own customer id is on the erasure list, or its e-mail address or
telephone number is. Of such a row everything personal and all that no contract knows becomes NULL.
Ids on the list become their pseudonyms wherever they stand, in other people's rows too.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.entities import CUSTOMER_IDS, GUEST, LINEAGE, Entity, Type
from orchestration.files import private_file, write_aside_then_rename
from orchestration.landing.erased import ErasureList
from orchestration.landing.work import PARQUET_OPTIONS
from orchestration.normalise import emails, texts
from orchestration.sql import literal, matches, quoted

_OWN = ("customer_id", "referrer_id")
"""The columns that say whose row it is."""
_EMAILS, _PHONES = ("email", "identifier"), ("phone", "identifier")
ERASED = "(erased)"

_ALSO: Mapping[str, Mapping[str, str]] = {
    "customers": {
        "company_name": "null",
        # That a company stood there is no personal figure, and would be lost with its name.
        "customer_type": "coalesce(customer_type, case when company_name is not null "
        "then 'company' end)",
        "external_ids": "null",
    },
    "consents": {"status": "case when status = 'granted' then 'withdrawn' else status end",
                 "proof_ref": "null"},
    # An objection to an address stays one: exports know it by this hash.
    "suppressions": {
        "identifier": f"case when {matches('lower(identifier)', '[0-9a-f]{64}')} then identifier "
        "when contains(identifier, '@') then "
        f"sha256({emails.mailbox(texts.lower(texts.clean('identifier')))}) "
        "else sha256('+' || regexp_replace(identifier, '[^0-9]', '', 'g')) end"
    },
}  # fmt: skip
"""Entity → column → SQL, in the person's rows, of what is not flagged as personal."""


def scrub_parts(
    entity: Entity,
    parts: Sequence[Path],
    erased: ErasureList,
    connection: duckdb.DuckDBPyConnection,
    pattern: str = "",
) -> list[Path]:
    """Write anew, each whole or not at all, those of `parts` in which somebody forgotten stands.

    Rows keep their order and number. `pattern` (RE2): what is not to stand in a
    text of any row but in keys. Returns the parts that were written; scrubbing again finds nothing.
    """
    if erased.is_empty:
        return []
    _register(erased, connection)
    return [part for part in parts if _scrub(entity, part, erased, connection, pattern)]


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


def _scrub(
    entity: Entity,
    part: Path,
    erased: ErasureList,
    connection: duckdb.DuckDBPyConnection,
    pattern: str,
) -> bool:
    stored = set(pq.read_schema(part).names)
    ids = [name for name in entity.by_name if name in CUSTOMER_IDS and name in stored]
    guest = f"case when customer_id is null then '{GUEST}:' || order_id end"
    has_guests = entity.name == "orders" and {"customer_id", "email", "phone"} <= stored
    file = f"read_parquet({literal(str(part))}, hive_partitioning = false)"
    values = [f"select {quoted(name)} as value from {file}" for name in ids]
    if has_guests:
        contacted = "email is not null or phone is not null"
        values.append(f"select {guest} from {file} where {contacted}")
    nothing = "select null::varchar as value where false"
    connection.execute(
        "create or replace temp table erased_found as select value, pseudonym "
        f"from (select distinct value from ({' union all '.join(values) or nothing})) "
        f"inner join temp.erased_ids on {erased.identity_sql('value')} = hash"
    )
    cells = [
        (name, hashed(f"select distinct {quoted(name)} as value from {file}"))
        for names, hashed in ((_EMAILS, erased.emails_sql), (_PHONES, erased.phones_sql))
        for name in names
        if name in entity.by_name and name in stored
    ]
    found = " union ".join(
        f"select value from ({hashed}) semi join temp.erased_contacts using (hash)"
        for _, hashed in cells
    )
    connection.execute(f"create or replace temp table erased_cells as {found or nothing}")
    written = [
        column.name
        for column in (*entity.columns, *LINEAGE)
        if column.type in (Type.TEXT, Type.JSON) and column.name in stored
        and not column.name.startswith("_")
    ]  # fmt: skip
    held = {
        name: f"regexp_matches({quoted(name)}, {literal(pattern)})"
        for name in written
        if pattern and not name.endswith("_id")
    }
    concerned = " or ".join(
        [
            "exists (from temp.erased_found)",
            "exists (from temp.erased_cells)",
            *([f"exists (from {file} where {' or '.join(held.values())})"] if held else []),
        ]
    )
    row = connection.execute(f"select {concerned}").fetchone()
    if not (row and row[0]):
        return False
    owned = [name for name in ids if name in _OWN]
    is_own = " or ".join(
        [
            *(f"coalesce({quoted(name)} in (select value from temp.erased_found), false)"
              for name in owned),
            *(f"coalesce({quoted(name)} in (select value from temp.erased_cells), false)"
              for name, _ in cells),
            *([f"coalesce({guest} in (select value from temp.erased_found), false)"]
              if has_guests else []),
        ]
    ) or "false"  # fmt: skip
    pseudonym = "(select any_value(pseudonym) from temp.erased_found where value = {})"
    replaced: dict[str, str] = {}
    for name in written:
        column = quoted(name)
        is_required = name in entity.by_name and entity.by_name[name].required
        replaced[name] = (
            f"case when {held[name]} then {literal(ERASED) if is_required else 'null'} "
            f"else {column} end"
            if name in held
            else column
        )
    for name in {*entity.personal, "extra"} & stored:
        replaced[name] = f"case when is_own then null else {replaced.get(name, quoted(name))} end"
    for name, value in _ALSO.get(entity.name, {}).items():
        if name in stored:
            replaced[name] = f"case when is_own then {value} else {replaced[name]} end"
    for name in ids:
        column = quoted(name)
        # An id of somebody forgotten is known; a text that holds one is not.
        found_id = pseudonym.format(f"landed.{column}")
        guests = (
            f", case when landed.customer_id is null then {pseudonym.format(guest)} end"
            if has_guests and name == "customer_id"
            else ""
        )
        replaced[name] = f"coalesce({found_id}{guests}, {column})"
    kinds = {column.name: column.type for column in (*entity.columns, *LINEAGE)}
    shown = ", ".join(
        f"cast({value} as {kinds[name]}) as {quoted(name)}" for name, value in replaced.items()
    )
    with write_aside_then_rename(part) as aside:
        connection.execute(
            f"copy (select * exclude (is_own, file_row_number) replace ({shown}) "
            f"from (select *, ({is_own}) as is_own from read_parquet({literal(str(part))}, "
            "hive_partitioning = false, file_row_number = true)) as landed "
            f"order by file_row_number) to {literal(str(aside))} ({PARQUET_OPTIONS})"
        )
        aside.chmod(part.stat().st_mode)
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
