"""Whom released exports were to contact, which counts until the contact log tells of it.

`state/export_plans/<day>/<destination>/<audience>.parquet` (0600) holds `customer_key` (a text),
`customer_id`, `channel`, `segment` and `planned_on`, of what was released last for that day. It is
written where a segment has a cap; what the log does not show after a quarter has not happened.
"""

import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration import sql
from orchestration.exports.model import ExportResult, Role
from orchestration.exports.segments import Segment
from orchestration.files import private_file, write_aside_then_rename
from orchestration.settings import Settings

FOLDER = "export_plans"
_DAYS = 92
_FILES = "*/*/[!.]*.parquet"
_NO_PLANS = """
    select '' as customer_key, '' as channel, '' as segment, null::date as planned_on limit 0
"""


def contacted(segment: Segment, result: ExportResult) -> str:
    """SQL: `customer_key` and `customer_id` of whom the files of the export just made contact.

    Who is in a standing audience already is not contacted by being left there.
    """
    roles = {file.role for file in result.files}
    rows = "true" if Role.FULL in roles else "cell_row in (select cell_row from temp.export_added)"
    if roles.isdisjoint({Role.FULL, Role.ADDS}):
        rows = "false"
    return f"""
        select member.customer_key, member.customer_id
        from temp.export_outcomes as outcome
        inner join {segment.table} as member on outcome.member_row = member.rowid
        where outcome.reason is null and {rows}"""


def write(
    connection: duckdb.DuckDBPyConnection,
    channel: str,
    segment: Segment,
    result: ExportResult,
    *,
    planned_on: date,
    folder: Path,
) -> None:
    """Write whom the export just made contacts, to wait for its release in `folder`."""
    path = folder / f"{result.content_id}.parquet"
    private_file(path)
    connection.execute(f"""
        copy (
            select cast(customer_key as varchar) as customer_key, customer_id,
                {sql.literal(channel)} as channel, {sql.literal(segment.name)} as segment,
                date '{planned_on}' as planned_on
            from ({contacted(segment, result)}) order by customer_key
        ) to {sql.literal(str(path))} (format parquet, compression zstd, use_tmp_file false)
    """)


def place(settings: Settings, pair: tuple[str, str], day: str) -> Path:
    """Where the plan of a release for `day` (ISO) stands."""
    return settings.state / FOLDER / day / pair[0] / f"{pair[1]}.parquet"


def keep(waiting: Path, target: Path) -> None:
    """Put the plan of what is being released in its place, where there is one; in one step.

    The folder of `target` exists.
    """
    if not waiting.exists():
        target.unlink(missing_ok=True)
        return
    with write_aside_then_rename(target) as aside:
        private_file(aside)
        shutil.copyfile(waiting, aside)


def prune(settings: Settings, day: date) -> None:
    """Forget what counts no more for exports of `day`, and later."""
    oldest = (day - timedelta(days=_DAYS)).isoformat()
    for folder in (settings.state / FOLDER).glob("*-*-*"):
        if folder.name < oldest:
            shutil.rmtree(folder)


def released(settings: Settings, since: date, before: date) -> str:
    """SQL: the plans of days after `since` and before `before`, empty where there are none."""
    files = [
        path
        for path in sorted((settings.state / FOLDER).glob(_FILES))
        if since.isoformat() < path.parent.parent.name < before.isoformat()
    ]
    source = f"read_parquet([{sql.literals(map(str, files))}])" if files else f"({_NO_PLANS})"
    return f"select customer_key, channel, segment, planned_on from {source}"


def forget(settings: Settings, pseudonym_of: Callable[[str], str | None]) -> int:
    """Take out who was erased (whoever has a pseudonym); returns how many entries."""
    gone = 0
    for path in sorted((settings.state / FOLDER).glob(_FILES)):
        table = pq.read_table(path)
        left = [pseudonym_of(one) is None for one in table.column("customer_id").to_pylist()]
        if all(left):
            continue
        gone += left.count(False)
        with write_aside_then_rename(path) as aside:
            private_file(aside)
            kept = table.filter(pa.array(left, pa.bool_()))
            pq.write_table(kept, aside, compression="zstd")
    return gone
