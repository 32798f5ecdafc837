"""The one gate: who of a segment may go to a destination (section 1.4 of the channel page).

Every customer gets exactly one outcome, in this order: consent, suppression, test customer or
minor, jurisdiction, holdout, frequency cap, valid identifier, duplicate. Nothing is written but
what has passed here.

What does not depend on the segment is decided once per destination (`cells`); the holdout, the cap
and duplicates, which do, per export (`make_outcomes`).
"""

from datetime import date

import duckdb

from orchestration import sql
from orchestration.exports import caps, people, suppression
from orchestration.exports.destination import Destination, Permission
from orchestration.exports.model import Reason, SegmentSettings
from orchestration.exports.segment_settings import HOLDOUT_BUCKETS
from orchestration.exports.segments import Segment

_ADULT_AT = 18


def blocked(permission: Permission, person: str = "person") -> str:
    """SQL: why a row of `export_people` may not be used under `permission`; NULL where it may."""
    consent = " and ".join(f"{person}.{people.consent(name)}" for name in permission.purposes)
    channels = sql.literals(sorted({suppression.EVERY, *permission.channels}))
    listed = (
        f"{person}.customer_key in "
        f"(select customer_key from temp.{{}} where channel in ({channels}))"
    )
    return (
        f"case when not ({consent}) then '{Reason.NO_CONSENT}' "
        f"when {listed.format('export_objectors')} then '{Reason.SUPPRESSED_CUSTOMER}' "
        f"when {listed.format('export_objected')} then '{Reason.SUPPRESSED_IDENTIFIER}' end"
    )


def unfit(destination: Destination, as_of_date: date, person: str = "person") -> str:
    """SQL: whether a row of `export_people` is a test customer, a minor, or of a country whose
    people may not go to `destination`; NULL if none of these."""
    return (
        f"case when {person}.is_test then '{Reason.TEST_CUSTOMER}' "
        f"when {person}.birth_date > date '{youngest_adult(as_of_date)}' then '{Reason.MINOR}' "
        f"when {_elsewhere(destination, person)} then '{Reason.JURISDICTION}' end"
    )


def _elsewhere(destination: Destination, person: str) -> str:
    """SQL: whether policy forbids a row's country; where it says anything, doubt forbids."""
    country = f"{person}.country"
    if destination.only_countries:
        return f"coalesce({country} not in ({sql.literals(destination.only_countries)}), true)"
    if destination.refuse_countries:
        return f"coalesce({country} in ({sql.literals(destination.refuse_countries)}), true)"
    return "false"


def youngest_adult(as_of_date: date) -> date:
    """The birthday of those who come of age on `as_of_date`.

    Someone born on 29 February comes of age on 1 March: the later of the two views.
    """
    year = as_of_date.year - _ADULT_AT
    try:
        return as_of_date.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def bucket(customer_id: str, salt: str) -> str:
    """SQL: the stable holdout bucket 0–9999 of a customer (section 1.5).

    `int(sha256(f"{salt}:{customer_id}").hexdigest()[:8], 16) % 10000`
    """
    digest = f"sha256({sql.literal(salt + ':')} || {customer_id})"
    return f"(cast('0x' || substr({digest}, 1, 8) as ubigint) % {HOLDOUT_BUCKETS})"


def make_outcomes(
    connection: duckdb.DuckDBPyConnection,
    destination: Destination,
    segment: Segment,
    settings: SegmentSettings,
    as_of_date: date,
) -> dict[str | None, int]:
    """Make `temp.export_outcomes`: one row per customer of `segment`.

    Columns: `member_row` and `cell_row`, the row in the segment's table and in `export_cells` (NULL
    for who granted nothing); `lead`; and `reason`, NULL for those who are kept. Returns customers
    per reason.
    """
    held = over = lacking = "null"
    holdout, cap, channel = settings.holdout, settings.cap, destination.contact_channel
    if holdout.bps and holdout.salt_id:
        in_holdout = f"{bucket('member.customer_id', holdout.salt_id)} < {holdout.bps}"
        held = f"case when {in_holdout} then '{Reason.HELD_OUT}' end"
        if settings.keeps_held_out:
            held = f"case when not ({in_holdout}) then '{Reason.NOT_HELD_OUT}' end"
    if cap and channel:
        over = caps.over(cap, channel, segment.name, as_of_date)
    if destination.required:
        given = " and ".join(f"member.{name} is not null" for name in destination.required)
        lacking = f"case when not ({given}) then '{Reason.NO_VALUE}' end"
    connection.execute(f"""
        create or replace temp table export_outcomes as
        select member.rowid as member_row, cell.rowid as cell_row, cell.lead,
            coalesce(
                case when cell.customer_key is null then '{Reason.NO_CONSENT}' else cell.before end,
                {held}, {over}, cell.after, {lacking}
            ) as reason
        from {segment.table} as member
        left join temp.export_cells as cell on member.customer_key = cell.customer_key
    """)
    _drop_duplicates(connection, destination, segment.table)
    return {
        reason: int(count)
        for reason, count in connection.execute(
            "select reason, count(*) from temp.export_outcomes group by reason order by reason"
        ).fetchall()
    }


def _drop_duplicates(
    connection: duckdb.DuckDBPyConnection, destination: Destination, segment: str
) -> None:
    """Of rows known by the same identifier keep the highest value, then the smallest id.

    A row that has only a weaker identifier (a phone and no address) also goes when a kept row
    with a stronger one carries the same.
    """
    if not sql.count(connection, "select count(*) from temp.export_shared"):
        return
    connection.execute("create or replace temp table export_duplicates (cell_row bigint)")
    rows = f"""
        temp.export_outcomes as outcome
        inner join temp.export_cells as cell on outcome.cell_row = cell.rowid
        inner join {segment} as member on outcome.member_row = member.rowid"""
    kept = """outcome.reason is null
            and outcome.cell_row not in (select cell_row from temp.export_duplicates)"""
    shares = f"{kept} and outcome.cell_row in (select cell_row from temp.export_shared)"
    for place, group in enumerate(destination.identifiers):
        columns = ", ".join(f"cell.{sql.quoted(header)}" for header in group)
        connection.execute(f"""
            insert into temp.export_duplicates
            select known.cell_row from (
                select outcome.cell_row, row_number() over (
                    partition by {columns}
                    order by member.value desc nulls last, member.customer_id
                ) as place
                from {rows} where {shares} and outcome.lead = {place}
            ) as known
            where known.place > 1
        """)
        if place:
            connection.execute(f"""
                insert into temp.export_duplicates
                select outcome.cell_row
                from {rows} where {shares} and outcome.lead = {place} and ({columns}) in (
                    select ({columns}) from {rows} where {kept} and outcome.lead < {place}
                        and coalesce({columns}) is not null
                )
            """)
    connection.execute(f"""
        update temp.export_outcomes set reason = '{Reason.DUPLICATE_IDENTIFIER}'
        where cell_row in (select cell_row from temp.export_duplicates)
    """)
