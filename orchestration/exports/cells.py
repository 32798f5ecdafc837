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
from orchestration.exports import gate, refusals
from orchestration.exports.destination import BY_CUSTOMER, Destination, Field
from orchestration.exports.model import Reason
from orchestration.normalise import texts

UTF_8 = "utf-8"
_UNIQUE = ("email", "phone")
"""Columns of `people` that hardly two people have alike."""


def of_person(destination: Destination) -> tuple[Field, ...]:
    """The fields that are the same in every segment."""
    return tuple(column for column in destination.fields if not column.of_segment)


def shared_headers(destination: Destination) -> tuple[str, ...]:
    """Hashed fields that many people have alike, such as names: hashed once per value."""
    own = {column.header for column in of_person(destination) if column.needs[0] in _UNIQUE}
    return tuple(header for header in destination.hashed_headers if header not in own)


def make_cells(
    connection: duckdb.DuckDBPyConnection, destination: Destination, as_of_date: date
) -> None:
    """Make the three tables for `destination`."""
    columns = of_person(destination)
    plain = "".join(
        f", case when before is null and {_permitted(destination, column)} then {column.sql} end "
        f"as {sql.quoted(column.header)}"
        for column in columns
    )
    raws = "".join(
        f", cast({column.needs[0]} as varchar) as raw_{n}" for n, column in enumerate(columns)
    )
    extra = "".join(
        f", {gate.blocked(permission)} as blocked_{place}"
        for place, permission in enumerate(destination.permissions)
        if place
    )
    reasons = "".join(f", {name} as given_{name}" for name in refusals.reason_columns(destination))
    carried = "".join(f", blocked_{n}" for n in range(1, len(destination.permissions)))
    needs = dict.fromkeys(name for column in columns for name in column.needs)
    needs |= dict.fromkeys(refusals.reason_columns(destination))
    raw = "".join(f", person.{name}" for name in needs)
    connection.execute(f"""
        create or replace temp table export_cells as
        with judged as (
            select person.customer_key, person.has_contact{raw},
                coalesce(
                    {gate.blocked(destination.permission)}, {gate.unfit(destination, as_of_date)}
                ) as before{extra}
            from temp.export_people as person
        ),
        plain as (
            select customer_key, before, has_contact{carried}{reasons}{raws}{plain}
            from judged
        ),
        limited as (select * {_limited(destination)} from plain),
        complete as (select *{_together(destination)} from limited),
        led as (
            select *, {_lead(destination)} as lead, {_blanks(destination)} as blanks from complete
        )
        select customer_key, before,
            case when before is null and lead is null then {_after(destination)} end as after,
            lead, case when lead is null then 0 else blanks end as blanks{_shown(destination)}
        from led
    """)
    _make_shared(connection, destination)
    _make_digests(connection, destination)


def _permitted(destination: Destination, column: Field) -> str:
    if column.permission is None:
        return "true"
    return f"blocked_{destination.permissions.index(column.permission)} is null"


def _single_identifiers(destination: Destination) -> list[tuple[int, Field]]:
    """The fields that identify by themselves, strongest first, with their place in the row.

    Of several forms of one value the first.
    """
    places = {column.header: (n, column) for n, column in enumerate(of_person(destination))}
    groups = [group for group in destination.identifiers if group != BY_CUSTOMER]
    return [
        places[group[0]]
        for group in groups
        if len({places[header][1].needs[0] for header in group}) == 1
    ]


def _limited(destination: Destination) -> str:
    """What is too long, or cannot be written in the file's encoding, is rejected, not cut."""
    replaced = []
    for column in of_person(destination):
        cell = sql.quoted(column.header)
        shown = cell
        if column.most_bytes:
            shown = f"case when strlen({cell}) <= {column.most_bytes} then {shown} end"
        if column.most_characters:
            shown = f"case when length({cell}) <= {column.most_characters} then {shown} end"
        if destination.encoding != UTF_8:
            shown = texts.encodable(shown, destination.encoding)
        if shown != cell:
            replaced.append(f"{shown} as {cell}")
    return f"replace ({', '.join(replaced)})" if replaced else ""


def _together(destination: Destination) -> str:
    if not destination.together:
        return ""
    headers = [sql.quoted(header) for header in destination.together]
    complete = " and ".join(f"{header} is not null" for header in headers)
    replaced = ", ".join(f"case when {complete} then {name} end as {name}" for name in headers)
    were = "".join(
        f", {sql.quoted(column.header)} is not null as was_{place}"
        for place, column in enumerate(of_person(destination))
        if column.header in destination.together
    )
    return f" replace ({replaced}){were}"


def _complete(group: tuple[str, ...]) -> str:
    if group == BY_CUSTOMER:
        # Of those without a contact nobody knows whether they are of age.
        return "has_contact"
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
        f"when raw_{place} is not null then {refusals.of_identifier(place, column)}"
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
    return "".join(f", case when lead is not null then nullif({c}, '') end as {c}" for c in cells)


def _make_shared(connection: duckdb.DuckDBPyConnection, destination: Destination) -> None:
    connection.execute(
        "create or replace temp table export_shared as "
        "select rowid as cell_row from temp.export_cells limit 0"
    )
    for place, group in enumerate(destination.identifiers):
        if group == BY_CUSTOMER:
            continue
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
        select plain, {destination.algorithm}(plain) as digest
        from ({plains or "select null::text as plain"})
        where plain is not null
    """)


def blank_cells(connection: duckdb.DuckDBPyConnection, destination: Destination) -> dict[str, int]:
    """Empty cells per `<header>:<reason>` of people who may go there, where a value was given.

    Reasons are those of `refusals.BLANKS`.
    """
    rows = connection.execute(
        "select blanks, count(*) from temp.export_cells where blanks <> 0 group by blanks"
    ).fetchall()
    found: dict[str, int] = {}
    for place, column in enumerate(of_person(destination)):
        counts: dict[str, int] = {}
        for blanks, count in rows:
            if reason := refusals.counted(blanks, place):
                counts[reason] = counts.get(reason, 0) + int(count)
        for reason in refusals.BLANKS:
            if reason in counts:
                found[f"{destination.label(column)}:{reason}"] = counts[reason]
    return found


def _blanks(destination: Destination) -> str:
    """`refusals.BITS` bits per field: why it is empty though something was given."""
    parts = [
        refusals.of_blank(
            place,
            column,
            _permitted(destination, column),
            is_of_several=column.header in destination.together,
        )
        for place, column in enumerate(of_person(destination))
    ]
    return " + ".join(parts) or "0"
