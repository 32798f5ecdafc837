"""Who was to be treated and who was held out, as recorded when an export was released.

`state/export_assignments/<destination>/<audience>/<content id>.parquet` (0600) holds who was
assigned for the first time: `campaign_id`, `segment`, `destination`, `audience`, `customer_key`,
`customer_id`, `arm` (`treated`, `held_out`) and `assigned_on`. An assignment is never changed.

Treated is everyone who was eligible when the lot was drawn, also who could not be reached then (a
frequency cap, no valid address): among those held out there are as many of them.
"""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration import sql
from orchestration.exports.model import Holdout, Kind, Reason, SegmentExport
from orchestration.exports.segments import Segment
from orchestration.files import private_file, write_aside_then_rename
from orchestration.settings import Settings

FOLDER = "export_assignments"
COLUMNS = {
    "campaign_id": "varchar",
    "segment": "varchar",
    "destination": "varchar",
    "audience": "varchar",
    "customer_key": "bigint",
    "customer_id": "varchar",
    "arm": "varchar",
    "assigned_on": "date",
}
_NOT_ELIGIBLE = (
    Reason.NO_CONSENT,
    Reason.SUPPRESSED_CUSTOMER,
    Reason.SUPPRESSED_IDENTIFIER,
    Reason.TEST_CUSTOMER,
    Reason.MINOR,
    Reason.JURISDICTION,
)


def folder_of(settings: Settings, pair: tuple[str, str]) -> Path:
    """Where the assignments of an audience (destination, audience) are recorded."""
    return settings.state / FOLDER / pair[0] / pair[1]


def is_recorded(export: SegmentExport, holdout: Holdout) -> bool:
    """Whether the effect of an export is to be measured."""
    return export.kind is Kind.AUDIENCE and bool(holdout.bps or export.campaign)


def write_new(
    connection: duckdb.DuckDBPyConnection,
    export: SegmentExport,
    segment: Segment,
    *,
    assigned_on: str,
    recorded: Path,
    path: Path,
) -> int:
    """Write who has no assignment in the folder `recorded`; returns how many. Reads
    `temp.export_outcomes`. Without any there is no file."""
    campaign = "null::varchar" if export.campaign is None else sql.literal(export.campaign)
    known = ""
    if any(recorded.glob("*.parquet")):
        files = sql.literal(str(recorded / "*.parquet"))
        known = f"""and member.customer_key not in (
            select customer_key from read_parquet({files})
            where campaign_id is not distinct from {campaign}
                and segment = {sql.literal(export.segment)})"""
    connection.execute(f"""
        create or replace temp table export_assigned as
        select {campaign} as campaign_id, {sql.literal(export.segment)} as segment,
            {sql.literal(export.destination)} as destination,
            {sql.literal(export.audience)} as audience,
            member.customer_key, member.customer_id,
            case when outcome.reason = '{Reason.HELD_OUT}' then 'held_out' else 'treated' end
                as arm,
            date '{assigned_on}' as assigned_on
        from temp.export_outcomes as outcome
        inner join {segment.table} as member on outcome.member_row = member.rowid
        where (outcome.reason is null or outcome.reason not in ({sql.literals(_NOT_ELIGIBLE)}))
            {known}
    """)
    count = sql.count(connection, "select count(*) from temp.export_assigned")
    if not count:
        return 0
    private_file(path)
    connection.execute(f"""
        copy (select * from temp.export_assigned order by customer_key)
        to {sql.literal(str(path))} (format parquet, compression zstd, use_tmp_file false)
    """)
    return count


def create_view(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Make `landing._export_assignments`, empty where nothing was ever recorded."""
    files = sorted((settings.state / FOLDER).glob("*/*/*.parquet"))
    columns = ", ".join(
        f"{'cast(' + name if files else 'cast(null'} as {kind}) as {name}"
        for name, kind in COLUMNS.items()
    )
    source = f"from read_parquet([{sql.literals(map(str, files))}])" if files else "where false"
    connection.execute(
        f"create or replace view landing._export_assignments as select {columns} {source}"
    )


def rename(settings: Settings, pseudonym_of: Callable[[str], str | None]) -> int:
    """Let assignments belong to the pseudonyms of who was erased; returns how many changed."""
    changed = 0
    for path in sorted((settings.state / FOLDER).glob("*/*/*.parquet")):
        table = pq.read_table(path)
        ids = table.column("customer_id").to_pylist()
        renamed = [pseudonym_of(one) or one for one in ids]
        count = sum(old != new for old, new in zip(ids, renamed, strict=True))
        if count:
            place = table.schema.get_field_index("customer_id")
            table = table.set_column(place, "customer_id", pa.array(renamed, pa.string()))
            with write_aside_then_rename(path) as aside:
                private_file(aside)
                pq.write_table(table, aside, compression="zstd")
        changed += count
    return changed
