"""One export: its outcomes, its file, its checksums and, last, its manifest."""

import logging
from dataclasses import dataclass, replace
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path

import duckdb

from orchestration.exports import gate, manifest, writer
from orchestration.exports.model import (
    Counts,
    Destination,
    ExportError,
    ExportResult,
    Reason,
    SegmentExport,
    SegmentSettings,
    State,
)
from orchestration.exports.segments import Segment
from orchestration.files import fsync_file

logger = logging.getLogger(__name__)

_UNFINISHED = ".full.part"


@dataclass(frozen=True)
class Job:
    """One export with all that it depends on.

    `folder` is where its files go, `previous` the content id of the day exported before.
    """

    export: SegmentExport
    destination: Destination
    segment: Segment
    settings: SegmentSettings
    as_of_date: date
    folder: Path
    previous: str | None


def produce(connection: duckdb.DuckDBPyConnection, job: Job) -> ExportResult:
    """Write the files of `job`; needs `temp.export_cells` of its destination.

    A list that is too small for the channel is refused: no file, no manifest, and the result says
    why. Raises `ExportError` when segment = kept + dropped does not hold.
    """
    outcomes = gate.make_outcomes(
        connection, job.destination, job.segment, job.settings, job.as_of_date
    )
    kept = outcomes.pop(None, 0)
    dropped = {str(reason): count for reason, count in outcomes.items()}
    result = ExportResult(
        job.export,
        State.WRITTEN,
        segment_code=job.segment.code or job.export.audience,
        counts=Counts(job.segment.size, kept, dict(sorted(dropped.items()))),
    )
    if kept < job.destination.refuse_below:
        return _refused(result, job.destination)
    result = _written(connection, job, _balanced(result))
    logger.info(
        "%s/%s: %d of %d customers",
        job.export.destination,
        job.export.audience,
        kept,
        job.segment.size,
    )
    return result


def _written(connection: duckdb.DuckDBPyConnection, job: Job, result: ExportResult) -> ExportResult:
    writer.make_folder(job.folder)
    unfinished = job.folder / _UNFINISHED
    entry = writer.write_csv(
        connection, job.destination, job.segment.table, unfinished, result.counts.kept
    )
    identifier = manifest.content_id(job.export, result.segment_code, job.as_of_date, [entry])
    name = manifest.file_name(job.export, entry.role, job.as_of_date, identifier)
    entry = replace(entry, name=name)
    unfinished.rename(job.folder / name)
    fsync_file(job.folder / name)
    sums = manifest.checksums([(name, entry.sha256)])
    writer.write_text(job.folder / manifest.CHECKSUMS, sums)
    expires_on = job.as_of_date + timedelta(days=job.destination.valid_days)
    content = manifest.manifest(
        job.export,
        segment_code=result.segment_code,
        as_of_date=job.as_of_date,
        identifier=identifier,
        previous=job.previous,
        holdout=job.settings.holdout,
        files=[entry],
        counts=result.counts,
        expires_on=expires_on,
        tool_version=f"retention-warehouse {version('retention-warehouse')}",
    )
    # The manifest comes last: an export without one is incomplete.
    writer.write_text(job.folder / manifest.NAME, content)
    return replace(
        result,
        files=(entry,),
        content_id=identifier,
        expires_on=expires_on,
        warnings=_warnings(entry.rows, job.destination),
    )


def _warnings(rows: int, destination: Destination) -> tuple[str, ...]:
    if rows >= destination.warn_below:
        return ()
    return (
        f"{rows} rows: {destination.title} may not serve an audience of fewer than "
        f"{destination.warn_below}.",
    )


def _refused(result: ExportResult, destination: Destination) -> ExportResult:
    kept, counts = result.counts.kept, result.counts
    dropped = dict(counts.dropped_by_reason)
    if kept:
        dropped[Reason.BELOW_MINIMUM] = kept
    return _balanced(
        replace(
            result,
            state=State.REFUSED,
            # A minimum must not keep people in an audience who have left the segment or objected.
            reason=(
                f"{kept} rows are left, and {destination.title} takes no list of fewer than "
                f"{destination.refuse_below}. If this audience was uploaded before, empty or "
                "delete it there, so that nobody who has left it stays in it."
            ),
            counts=Counts(counts.segment, 0, dict(sorted(dropped.items()))),
        )
    )


def _balanced(result: ExportResult) -> ExportResult:
    counts = result.counts
    if not counts.balanced:
        raise ExportError(
            f"{result.export.destination}/{result.export.audience}: {counts.segment} customers in "
            f"the segment, but {counts.kept} kept and {sum(counts.dropped_by_reason.values())} "
            "dropped. Nothing is exported."
        )
    return result
