"""The customer key registry: which whole number stands for which customer, for good.

State, not cache: a key given once is never given to anybody else, so it lives beside the ledger in
`state/customer_keys/` as Parquet parts, one for each run in which something was new or changed.
An entry says under which key an identity is known from then on:

| column | |
|---|---|
| customer_id | the identity |
| customer_key | its key |
| previous_key | its key before; NULL in its first entry |
| change | `merge` or `split`; NULL in its first entry |
| reason, detail | why: a rule of `links.RULES`, or what became of the link; what people wrote |
| batch_sequence | the newest batch of the ledger that had landed |
| unit_of_analysis | by which setting |

Parts of before there were changes have the first two columns alone.
"""

from pathlib import Path

import duckdb

from orchestration import sql
from orchestration.files import write_aside_then_rename
from orchestration.settings import Settings

FOLDER = "customer_keys"
_COLUMNS = {
    "customer_id": "varchar",
    "customer_key": "bigint",
    "previous_key": "bigint",
    "change": "varchar",
    "reason": "varchar",
    "detail": "varchar",
    "batch_sequence": "bigint",
    "unit_of_analysis": "varchar",
}


def parts(settings: Settings) -> list[Path]:
    """The registry's parts, oldest first."""
    return sorted((settings.state / FOLDER).glob("part-*.parquet"))


def read_registry(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Makes `temp.identity_entries`, a view of all entries with their `part` (BIGINT), and
    `temp.identity_registry` (customer_id, customer_key): what holds now."""
    typed = ", ".join(f"cast(null as {kind}) as {name}" for name, kind in _COLUMNS.items())
    entries = f"select 0::bigint as part, {typed} where false"
    found = parts(settings)
    if found:
        names = ", ".join(sql.literal(str(part)) for part in found)
        entries += (
            " union all by name select cast(file_index as bigint) as part, * "
            f"from read_parquet([{names}], union_by_name = true)"
        )
    connection.execute(f"create or replace temp view identity_entries as {entries}")
    connection.execute("""
        create or replace temp table identity_registry as
        with changed as (
            select customer_id, arg_max(customer_key, part) as customer_key
            from identity_entries
            where change is not null
            group by customer_id
        )

        select first.customer_id, coalesce(changed.customer_key, first.customer_key) as customer_key
        from identity_entries as first
        left join changed on first.customer_id = changed.customer_id
        where first.change is null
    """)


def add_part(connection: duckdb.DuckDBPyConnection, settings: Settings) -> int:
    """Writes the rows of `temp.identity_new_entries` (`_COLUMNS`) as a new part and reads the
    registry anew; returns how many there were."""
    count = sql.count(connection, "select count(*) from temp.identity_new_entries")
    if count:
        known = parts(settings)
        number = int(known[-1].stem.removeprefix("part-")) + 1 if known else 0
        folder = settings.state / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        with write_aside_then_rename(folder / f"part-{number:06d}.parquet") as aside:
            connection.execute(
                f"copy (select {', '.join(_COLUMNS)} from temp.identity_new_entries "
                f"order by customer_key, customer_id) to {sql.literal(str(aside))} (format parquet)"
            )
        if connection.execute(
            "select 1 from temp.identity_new_entries where change is not null limit 1"
        ).fetchone():
            read_registry(connection, settings)
        else:
            connection.execute(
                "insert into temp.identity_registry "
                "select customer_id, customer_key from temp.identity_new_entries"
            )
    return count
