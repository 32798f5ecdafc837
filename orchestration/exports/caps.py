"""The frequency cap, and who comes first under it (sections 1.4 and 1.5 of the channel page).

A customer's contacts in a channel are those of the contact log within the cap's days up to
`as_of_date`, and one for each other segment whose file of this run, for the same channel, the
customer is in already. Exports of a destination are made in the order of their segments'
priorities, so a customer whom the cap allows no more goes to the segments that come first.

Makes `temp.export_contacts` (customer_key, channel, contact_date), from the log, and
`temp.export_planned` (customer_key, channel, segment), which grows from export to export.
"""

from collections.abc import Iterable
from datetime import date, timedelta

import duckdb

from orchestration import sql
from orchestration.exports.model import Cap, Reason, SegmentSettings
from orchestration.exports.segments import Segment


def make_contacts(
    connection: duckdb.DuckDBPyConnection, settings: Iterable[SegmentSettings], as_of_date: date
) -> None:
    """Make both tables: the log for as many days as the longest cap of `settings`, and no plans.

    Needs `temp.export_members`.
    """
    days = max((one.cap.days for one in settings if one.cap), default=0)
    connection.execute(f"""
        create temp table export_contacts as
        select customer_key, channel, contact_date
        from restricted.outbound_contacts
        where contact_date > date '{as_of_date - timedelta(days=days)}'
            and contact_date <= date '{as_of_date}'
            and customer_key in (select customer_key from temp.export_members)
    """)
    connection.execute("""
        create temp table export_planned as
        select customer_key, channel, '' as segment from temp.export_contacts limit 0
    """)


def over(cap: Cap, channel: str, segment: str, as_of_date: date, member: str = "member") -> str:
    """SQL: why a row of `segment` has had, or will have, its contacts; NULL where one is left."""
    word = sql.literal(channel)
    logged = f"""
        select customer_key from temp.export_contacts
        where channel = {word}
            and contact_date > date '{as_of_date - timedelta(days=cap.days)}'"""
    planned = f"""
        select customer_key from temp.export_planned
        where channel = {word} and segment <> {sql.literal(segment)}
        group by customer_key, segment"""
    reached = f"group by customer_key having count(*) >= {cap.contacts}"
    return f"""case
        when {member}.customer_key in ({logged} {reached}) then '{Reason.FREQUENCY_CAP}'
        when {member}.customer_key in (
            select customer_key from ({logged} union all {planned}) {reached}
        ) then '{Reason.LOWER_PRIORITY}'
    end"""


def plan(connection: duckdb.DuckDBPyConnection, channel: str, segment: Segment) -> None:
    """Enter whom the export just made has kept."""
    connection.execute(f"""
        insert into temp.export_planned
        select member.customer_key, {sql.literal(channel)}, {sql.literal(segment.name)}
        from temp.export_outcomes as outcome
        inner join {segment.table} as member on outcome.member_row = member.rowid
        where outcome.reason is null
    """)


def rank(settings: SegmentSettings) -> float:
    """Sorts segments by priority, those without one last."""
    return float("inf") if settings.priority is None else settings.priority
