"""A suppression list for each tool that writes to people: whom it must never write to.

Who objected, or withdrew or denied consent, elsewhere than in the tool may still be subscribed
there. The list is one file per tool with the tool's own column for the address or number, `reason`
and `date`, those of the first objection. It is no audience: import it as suppressed or
unsubscribed. Of whoever was erased suppressions hold hashes alone, which these tools do not take.
"""

from collections.abc import Sequence
from dataclasses import replace

import duckdb

from orchestration import sql
from orchestration.exports import fields, suppression, writer
from orchestration.exports.cells import UTF_8
from orchestration.exports.destination import Destination, Field
from orchestration.exports.model import Counts, ExportResult, Kind, Role, SegmentExport, State
from orchestration.exports.people import Countries
from orchestration.exports.produce import Job, complete
from orchestration.exports.segments import Segment
from orchestration.normalise import emails, mobiles, phones, texts

AUDIENCE = "suppression"
NO_SEGMENT = Segment("suppressions", "", AUDIENCE, 0)
TOOLS = ("brevo", "klaviyo", "mailchimp", "sendgrid", "sms_gateway", "unisender")
"""Those that write to people by themselves, and keep whom they do not write to."""


def export_to(tool: str) -> SegmentExport:
    """The list of `tool` among the exports."""
    return SegmentExport(
        NO_SEGMENT.name,
        tool,
        AUDIENCE,
        description_en="Suppression list: who objected, or withdrew or denied consent. Import it "
        "as suppressed or unsubscribed, never as an audience.",
        description_ru="Стоп-лист: кто возразил, отозвал согласие или отказал в нём. Загрузите его "
        "как отписанных или заблокированных, а не как аудиторию.",
        kind=Kind.SUPPRESSION,
    )


def write_lists(
    connection: duckdb.DuckDBPyConnection, jobs: Sequence[Job], countries: Countries
) -> list[ExportResult]:
    """Write the lists of `jobs`, one per tool; none where nobody refused the tool.

    Needs `temp.export_suppressions` and `export_countries`.
    """
    if not jobs:
        return []
    _make_closed(connection, countries)
    return [result for job in jobs if (result := _write_list(connection, job))]


def _make_closed(connection: duckdb.DuckDBPyConnection, countries: Countries) -> None:
    """Make `temp.export_closed`, of what was refused by address, by number or by customer.

    `email`, `is_address`, `phone`, `country`, `e164` and `is_mobile` as in `export_people`;
    `closed_to`, a channel of `suppression` or a purpose of consent; `reason` and `closed_on`.
    """
    connection.execute(f"""
        create temp table export_closed as
        with refused as (
            select customer_key, channel as closed_to, reason, recorded_at
            from temp.export_suppressions
            where customer_key is not null
            union all
            select customer_key, purpose, 'consent ' || status, recorded_at
            from restricted.consent_status
            where status in ('withdrawn', 'denied')
        ),
        given as (
            select contact.email, contact.phone, place.country, refused.closed_to, refused.reason,
                refused.recorded_at
            from refused
            inner join restricted.customer_contacts as contact
                on refused.customer_key = contact.customer_key
            left join temp.export_countries as place on contact.country = place.given
            union all
            select case when contains(identifier, '@') then identifier end,
                case when not contains(identifier, '@')
                    and not {sql.matches("lower(identifier)", suppression.DIGEST)}
                    then identifier end,
                null, channel, reason, recorded_at
            from temp.export_suppressions
            where identifier is not null
        ),
        clean as (
            select {texts.lower(texts.clean("email"))} as email,
                {texts.clean("phone")} as phone, country, closed_to,
                coalesce({texts.clean("reason")}, 'objection') as reason,
                cast(recorded_at as date) as closed_on
            from given
        )
        select *, {emails.is_address("email")} as is_address,
            {phones.certain("dial", "country", countries.common)} as e164
        from (select *, {phones.dialled("phone")} as dial from clean)
    """)
    phones.complete(connection, "temp.export_closed")
    mobiles.mark_mobiles(connection, "temp.export_closed", countries.common)


def _query(destination: Destination) -> str:
    """SQL: the list of the tool `destination`: its own column, `reason` and `date`.

    Reads `temp.export_closed`; each address once.
    """
    shown = sql.quoted(_known_by(destination).header)
    permission = destination.permission
    closed_to = [suppression.EVERY, *sorted(permission.channels), *permission.purposes]
    reason = "reason"
    if destination.encoding != UTF_8:
        reason = f"coalesce({texts.encodable(reason, destination.encoding)}, 'objection')"
    return f"""
        select {shown}, min_by(reason, (closed_on, reason)) as reason, min(closed_on) as date
        from (
            select {_known_by(destination).sql} as {shown}, {reason} as reason, closed_on
            from temp.export_closed where closed_to in ({sql.literals(closed_to)})
        )
        where {shown} is not null
        group by {shown} order by md5_number({shown})"""


def _known_by(destination: Destination) -> Field:
    """The field by which a tool knows whom it writes to."""
    header = destination.identifiers[0][0]
    return next(field for field in destination.fields if field.header == header)


def _write_list(connection: duckdb.DuckDBPyConnection, job: Job) -> ExportResult | None:
    wanted = _query(job.destination)
    rows = sql.count(connection, f"select count(*) from ({wanted})")
    if not rows:
        return None
    listing = replace(
        job.destination,
        fields=(
            _known_by(job.destination),
            fields.of_segment("reason"),
            fields.of_segment("date"),
        ),
    )
    layout = listing.layouts[0]
    writer.make_folder(job.folder)
    path = job.folder / writer.unfinished_name(Role.FULL, layout)
    entry = writer.write_query(
        connection, listing, wanted, path, rows, layout=layout, role=Role.FULL
    )
    result = ExportResult(
        job.export,
        State.WRITTEN,
        segment_code=AUDIENCE,
        counts=Counts(rows, rows),
        files=(entry,),
        previous=job.previous,
    )
    return complete(connection, job, result)
