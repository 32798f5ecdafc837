"""The frequency cap, and who comes first under it (sections 1.4 and 1.5 of the channel page).

A customer's contacts are those of the contact log within the cap's days up to `as_of_date`; what
was released for an earlier of these days and is not in the log yet (`plans`); and one for each
other file of this run that contacts the customer: several tools of one channel that get the same
segment contact once. Exports that contact people are made in the order of their segments'
priorities, whatever their destinations, so a customer whom the cap allows no more goes to the
segments that come first. A paused destination contacts nobody, hence takes nothing from others.

Makes `temp.export_contacts` (customer_key, channel, contact_date, segment: of a plan, else empty),
and `temp.export_planned` (customer_key, channel, segment), which grows from export to export.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

import duckdb

from orchestration import sql
from orchestration.exports import plans
from orchestration.exports.model import (
    Cap,
    ExportResult,
    Reason,
    SegmentExport,
    SegmentSettings,
    SyncMode,
)
from orchestration.exports.segments import Segment
from orchestration.settings import Settings


def make_contacts(
    connection: duckdb.DuckDBPyConnection,
    chosen: Iterable[SegmentSettings],
    settings: Settings,
    as_of_date: date,
) -> None:
    """Make both tables, for as many days as the longest cap of `chosen`, and no plans of this run.

    Needs `temp.export_members`.
    """
    days = max((one.cap.days for one in chosen if one.cap), default=0)
    since = as_of_date - timedelta(days=days)
    connection.execute(f"""
        create temp table export_contacts as
        select customer_key, channel, contact_date, '' as segment
        from restricted.outbound_contacts
        where contact_date > date '{since}' and contact_date <= date '{as_of_date}'
            and customer_key in (select customer_key from temp.export_members)
    """)
    # Several tools are given one segment for one contact, and whoever is called on a day after the
    # plan was made is called because of it.
    connection.execute(f"""
        insert into temp.export_contacts
        select distinct member.customer_key, plan.channel, plan.planned_on, plan.segment
        from ({plans.released(settings, since, as_of_date)}) as plan
        inner join temp.export_members as member
            on plan.customer_key = cast(member.customer_key as varchar)
        where not exists (
            select 1 from temp.export_contacts as logged
            where logged.customer_key = member.customer_key and logged.channel = plan.channel
                and logged.contact_date >= plan.planned_on
        )
    """)
    connection.execute("""
        create temp table export_planned as
        select customer_key, channel, segment from temp.export_contacts limit 0
    """)


def over(cap: Cap, channel: str, segment: str, as_of_date: date, member: str = "member") -> str:
    """SQL: why a row of `segment` has had, or will have, its contacts; NULL where one is left."""
    counted = "true" if cap.across_channels else f"channel = {sql.literal(channel)}"
    own = f"segment = {sql.literal(segment)} and channel = {sql.literal(channel)}"
    earlier = f"""
        select customer_key from temp.export_contacts
        where {counted} and contact_date > date '{as_of_date - timedelta(days=cap.days)}'
            {f"and not ({own})" if cap.is_standing else ""}"""
    planned = f"""
        select customer_key from temp.export_planned
        where {counted} and not ({own})
        group by customer_key, segment, channel"""
    reached = f"group by customer_key having count(*) >= {cap.contacts}"
    return f"""case
        when {member}.customer_key in ({earlier} {reached}) then '{Reason.FREQUENCY_CAP}'
        when {member}.customer_key in (
            select customer_key from ({earlier} union all {planned}) {reached}
        ) then '{Reason.LOWER_PRIORITY}'
    end"""


def plan(
    connection: duckdb.DuckDBPyConnection, channel: str, segment: Segment, result: ExportResult
) -> None:
    """Enter whom the export just made contacts."""
    connection.execute(f"""
        insert into temp.export_planned
        select customer_key, {sql.literal(channel)}, {sql.literal(segment.name)}
        from ({plans.contacted(segment, result)})
    """)


def of_export(export: SegmentExport, cap: Cap) -> Cap:
    """The cap of a segment as it counts for one of its exports."""
    return replace(cap, is_standing=export.sync_mode != SyncMode.REPLACE)


def rank(settings: SegmentSettings) -> float:
    """Sorts segments by priority, those without one last."""
    return float("inf") if settings.priority is None else settings.priority
