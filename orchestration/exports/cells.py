"""What a destination would show of each person: normalised once, whatever the segments.

Makes for one destination, from `temp.export_people`:
- `temp.export_cells`, one row per row of it: `customer_key`; `before` and `after`, the reasons
  against this person that the gate asks before and after the holdout; `lead`, the place of the
  first complete identifier; one column per person's field (NULL where `before` or `after` is set);
  `blanks`, which cells stayed empty though a value was given (see `blank_cells`);
- `temp.export_shared`: `cell_row`, the rows of people who share an identifier with someone;
- `temp.export_digests`: `plain` and `digest`, its SHA-256, of `shared_headers`.
"""

from datetime import date

import duckdb

from orchestration import sql
from orchestration.exports import gate
from orchestration.exports.model import Destination, Field, Reason
from orchestration.normalise import texts

_REASONS = {"email": "invalid_email", "phone": "invalid_phone"}
"""The reason for a row whose identifier, shown from this column of `people`, was refused."""


_BLANKS = ("rejected", Reason.FORMULA_LIKE, "not_permitted")


def of_person(destination: Destination) -> tuple[Field, ...]:
    """The fields that are the same in every segment."""
    return tuple(column for column in destination.fields if not column.of_segment)


def shared_headers(destination: Destination) -> tuple[str, ...]:
    """Hashed fields that many people have alike, such as names: hashed once per value."""
    own = {group[0] for group in destination.identifiers if len(group) == 1}
    return tuple(header for header in destination.hashed_headers if header not in own)


def make_cells(
    connection: duckdb.DuckDBPyConnection, destination: Destination, as_of_date: date
) -> None:
    """Make the three tables for `destination`."""
    columns = of_person(destination)
    plain = ", ".join(
        f"case when before is null and {_permitted(destination, column)} then {column.sql} end "
        f"as {sql.quoted(column.header)}"
        for column in columns
    )
    raws = ", ".join(f"{column.needs[0]} as raw_{n}" for n, column in enumerate(columns))
    extra = "".join(
        f", {gate.blocked(permission)} as blocked_{place}"
        for place, permission in enumerate(destination.permissions)
        if place
    )
    carried = "".join(f", blocked_{n}" for n in range(1, len(destination.permissions)))
    needs = dict.fromkeys(name for column in columns for name in column.needs)
    raw = ", ".join(f"person.{name}" for name in needs)
    connection.execute(f"""
        create or replace temp table export_cells as
        with judged as (
            select person.customer_key, person.has_contact, {raw},
                coalesce(
                    {gate.blocked(destination.permission)}, {gate.unfit(destination, as_of_date)}
                ) as before{extra}
            from temp.export_people as person
        ),
        plain as (
            select customer_key, before, has_contact{carried}, {raws}, {plain}
            from judged
        ),
        complete as (select * {_together(destination)} from plain),
        led as (
            select *, {_lead(destination)} as lead, {_blanks(destination)} as blanks from complete
        )
        select customer_key, before,
            case when before is null and lead is null then {_after(destination)} end as after,
            lead, case when lead is null then 0 else blanks end as blanks, {_shown(destination)}
        from led
    """)
    _make_shared(connection, destination)
    _make_digests(connection, destination)


def _permitted(destination: Destination, column: Field) -> str:
    if column.permission is None:
        return "true"
    return f"blocked_{destination.permissions.index(column.permission)} is null"


def _single_identifiers(destination: Destination) -> list[tuple[int, Field]]:
    """The fields that identify by themselves, strongest first, with their place in the row."""
    places = {column.header: (n, column) for n, column in enumerate(of_person(destination))}
    return [places[group[0]] for group in destination.identifiers if len(group) == 1]


def _together(destination: Destination) -> str:
    if not destination.together:
        return ""
    headers = [sql.quoted(header) for header in destination.together]
    complete = " and ".join(f"{header} is not null" for header in headers)
    replaced = ", ".join(f"case when {complete} then {name} end as {name}" for name in headers)
    return f"replace ({replaced})"


def _complete(group: tuple[str, ...]) -> str:
    return " and ".join(f"{sql.quoted(header)} is not null" for header in group)


def _lead(destination: Destination) -> str:
    branches = " ".join(
        f"when {_complete(group)} then {place}"
        for place, group in enumerate(destination.identifiers)
    )
    return f"cast(case {branches} end as tinyint)"


def _after(destination: Destination) -> str:
    """Why a permitted person has no valid identifier: the first that was given and refused."""
    refused = " ".join(
        f"when raw_{place} is not null then case "
        f"when regexp_matches(raw_{place}, '^{texts.FORMULA_START}') then '{Reason.FORMULA_LIKE}' "
        f"else '{_REASONS.get(column.needs[0], f'invalid_{column.needs[0]}')}' end"
        for place, column in _single_identifiers(destination)
        if column.permission is None
    )
    return (
        f"case when not has_contact then '{Reason.NO_CONTACT_RECORD}' {refused} "
        f"else '{Reason.NO_VALID_IDENTIFIER}' end"
    )


def _shown(destination: Destination) -> str:
    # An empty text is no value: its hash would be one and the same "person" for many.
    cells = (sql.quoted(column.header) for column in of_person(destination))
    return ", ".join(f"case when lead is not null then nullif({c}, '') end as {c}" for c in cells)


def _make_shared(connection: duckdb.DuckDBPyConnection, destination: Destination) -> None:
    connection.execute(
        "create or replace temp table export_shared as "
        "select rowid as cell_row from temp.export_cells limit 0"
    )
    for place, group in enumerate(destination.identifiers):
        # The engine's own hash only finds candidates; the gate compares the identifiers.
        key = "hash(" + ", ".join(sql.quoted(header) for header in group) + ")"
        connection.execute(f"""
            insert into temp.export_shared
            select rowid from temp.export_cells
            where lead = {place} and {key} in (
                select {key} from temp.export_cells
                where lead <= {place} and {_complete(group)}
                    and exists (select 1 from temp.export_cells where lead = {place})
                group by {key} having count(*) > 1
            )
        """)


def _make_digests(connection: duckdb.DuckDBPyConnection, destination: Destination) -> None:
    plains = " union ".join(
        f"select {sql.quoted(header)} as plain from temp.export_cells"
        for header in shared_headers(destination)
    )
    connection.execute(f"""
        create or replace temp table export_digests as
        select plain, sha256(plain) as digest from ({plains or "select null::text as plain"})
        where plain is not null
    """)


def blank_cells(connection: duckdb.DuckDBPyConnection, destination: Destination) -> dict[str, int]:
    """Empty cells per `<header>:<reason>` of people who may go there, where a value was given.

    Reasons: `rejected`, `formula_like`, and `not_permitted` (a field with its own permission).
    """
    rows = connection.execute(
        "select blanks, count(*) from temp.export_cells where blanks <> 0 group by blanks"
    ).fetchall()
    counted: dict[str, int] = {}
    for place, column in enumerate(of_person(destination)):
        for blank, reason in enumerate(_BLANKS, start=1):
            count = sum(n for blanks, n in rows if (blanks >> 2 * place) & 3 == blank)
            if count:
                counted[f"{column.header}:{reason}"] = int(count)
    return counted


def _blanks(destination: Destination) -> str:
    """Two bits per field: 0 where nothing was given or all is shown, else a place of `_BLANKS`."""
    parts = []
    for place, column in enumerate(of_person(destination)):
        formula = f"regexp_matches(raw_{place}, '^{texts.FORMULA_START}')"
        blank = f"case when {formula} then 2 else 1 end"
        if column.permission is not None:
            blank = f"case when not {_permitted(destination, column)} then 3 else {blank} end"
        empty = f"raw_{place} is not null and {sql.quoted(column.header)} is null"
        parts.append(f"case when {empty} then cast({blank} as bigint) << {2 * place} else 0 end")
    return " + ".join(parts)
