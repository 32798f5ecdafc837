"""One export: its outcomes, its files, their checksums and, last, its manifest."""

import logging
import shutil
from dataclasses import dataclass, replace
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path

import duckdb

from orchestration.exports import assignments, gate, manifest, memberships, writer
from orchestration.exports.acknowledge import Base
from orchestration.exports.model import (
    Counts,
    Destination,
    ExportError,
    ExportResult,
    FileEntry,
    FileRefusedError,
    Previous,
    Reason,
    Role,
    SegmentExport,
    SegmentSettings,
    State,
    SyncMode,
)
from orchestration.exports.segments import Segment
from orchestration.files import fsync_file

logger = logging.getLogger(__name__)

_STATE = "state.parquet.part"


@dataclass(frozen=True)
class Job:
    """One export with all that it depends on.

    `folder` is where its files go, `aside` where what is remembered of it waits for the release;
    `assigned` holds assignments that were recorded before. `previous` is what was released for the
    day exported before, `base` what was acknowledged last. `is_full`: all rows are asked for.
    """

    export: SegmentExport
    destination: Destination
    segment: Segment
    settings: SegmentSettings
    as_of_date: date
    folder: Path
    aside: Path
    assigned: Path
    previous: Previous | None
    base: Base | None
    is_full: bool = False

    @property
    def goes_by_base(self) -> bool:
        """Whether its files are adds and removes; not where it is not known who was uploaded."""
        is_unknown = self.base is not None and self.base.is_unknown
        return self.export.sync_mode != SyncMode.REPLACE and not self.is_full and not is_unknown


def produce(connection: duckdb.DuckDBPyConnection, job: Job) -> ExportResult:
    """Write the files of `job`; needs `temp.export_cells` of its destination.

    A list that is too small for the channel is refused: no file, no manifest, and the result says
    why; adds that are too few wait, while removes are never kept back. Raises `ExportError` when
    segment = kept + dropped does not hold.
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
        previous=job.previous,
    )
    if not job.goes_by_base and kept < job.destination.refuse_below:
        return _refused(result, Reason.BELOW_MINIMUM, _too_few(kept, job.destination))
    write = _changes if job.goes_by_base else _everyone
    try:
        result = write(connection, job, _balanced(result))
    except FileRefusedError as error:
        for folder in (job.folder, job.aside):
            shutil.rmtree(folder, ignore_errors=True)
        return _refused(result, Reason.ABOVE_MAXIMUM, str(error))
    logger.info(
        "%s: %d of %d customers",
        job.export.name,
        result.counts.kept,
        job.segment.size,
    )
    return result


def _everyone(
    connection: duckdb.DuckDBPyConnection, job: Job, result: ExportResult
) -> ExportResult:
    """The whole audience in one file, which replaces what is there."""
    writer.make_folder(job.folder)
    files = _adding(connection, job, Role.FULL, result.counts.kept)
    if job.export.sync_mode != SyncMode.REPLACE:
        memberships.make_tables(connection, job.destination, job.segment, None)
        memberships.write_full_state(connection, _new_state(job))
    return _complete(connection, job, replace(result, files=files))


def _changes(connection: duckdb.DuckDBPyConnection, job: Job, result: ExportResult) -> ExportResult:
    """Adds and removes against what was acknowledged; a file of no rows is not written."""
    base, later = (job.base.state, job.base.later) if job.base else (None, ())
    memberships.make_tables(connection, job.destination, job.segment, base, later)
    mode, adds = job.export.sync_mode, memberships.count(connection, "export_added")
    removes = memberships.count(connection, "export_removed")
    with_adds = mode in (SyncMode.APPEND, SyncMode.MIRROR) and adds > 0
    with_removes = mode in (SyncMode.REMOVE, SyncMode.MIRROR) and removes > 0
    if with_adds and adds < job.destination.refuse_below:
        with_adds = False
        result = _waiting(result, job.destination, memberships.count_absent(connection))
    writer.make_folder(job.folder)
    files: list[FileEntry] = []
    if with_removes:
        files += memberships.write_removes(
            connection, job.destination, job.export.audience, job.folder
        )
    if with_adds:
        rows = "select cell_row from temp.export_added"
        files += _adding(connection, job, Role.ADDS, adds, rows)
    memberships.write_state(
        connection, _new_state(job), with_adds=with_adds, with_removes=with_removes
    )
    result = replace(result, files=tuple(files), base=job.base.content_id if job.base else None)
    return _complete(connection, job, result)


def _new_state(job: Job) -> Path:
    writer.make_folder(job.aside)
    return job.aside / _STATE


def _adding(
    connection: duckdb.DuckDBPyConnection,
    job: Job,
    role: Role,
    rows: int,
    rows_sql: str | None = None,
) -> tuple[FileEntry, ...]:
    """One file per layout of the destination."""
    return tuple(
        writer.write_file(
            connection,
            job.destination,
            job.segment.table,
            job.folder / writer.unfinished_name(role, layout),
            rows,
            rows_sql=rows_sql,
            layout=layout,
            role=role,
            audience=job.export.audience,
        )
        for layout in job.destination.layouts
    )


def _complete(
    connection: duckdb.DuckDBPyConnection, job: Job, result: ExportResult
) -> ExportResult:
    """Give the files their names, and write checksums and manifest."""
    identifier = manifest.content_id(
        job.export, result.segment_code, job.as_of_date, result.files, result.base
    )
    files = []
    for entry in result.files:
        suffix = entry.name.removeprefix(f".{entry.role}")
        name = manifest.file_name(job.export, entry.role, job.as_of_date, identifier, suffix)
        (job.folder / entry.name).rename(job.folder / name)
        fsync_file(job.folder / name)
        files.append(replace(entry, name=name))
    _remember(connection, job, identifier)
    sums = manifest.checksums((entry.name, entry.sha256) for entry in files)
    writer.write_text(job.folder / manifest.CHECKSUMS, sums)
    expires_on = job.as_of_date + timedelta(days=job.destination.valid_days)
    previous = result.base
    if not job.goes_by_base and job.previous:
        previous = job.previous.content_id
    content = manifest.manifest(
        job.export,
        segment_code=result.segment_code,
        as_of_date=job.as_of_date,
        identifier=identifier,
        previous=previous,
        holdout=job.settings.holdout,
        files=files,
        counts=result.counts,
        expires_on=expires_on,
        tool_version=f"retention-warehouse {version('retention-warehouse')}",
    )
    # The manifest comes last: an export without one is incomplete.
    writer.write_text(job.folder / manifest.NAME, content)
    return replace(
        result,
        files=tuple(files),
        content_id=identifier,
        expires_on=expires_on,
        warnings=(*result.warnings, *_warnings(result.counts.kept, job.destination)),
    )


def _remember(connection: duckdb.DuckDBPyConnection, job: Job, identifier: str) -> None:
    """What is to be known of the export once it is released, under its content's name."""
    state = job.aside / _STATE
    if state.exists():
        state.rename(job.aside / f"{identifier}.parquet")
    if assignments.is_recorded(job.export, job.settings.holdout):
        place = job.aside / assignments.FOLDER
        writer.make_folder(place)
        assignments.write_new(
            connection,
            job.export,
            job.segment,
            assigned_on=job.as_of_date.isoformat(),
            recorded=job.assigned,
            path=place / f"{identifier}.parquet",
        )


def _warnings(rows: int, destination: Destination) -> tuple[str, ...]:
    if rows >= destination.warn_below:
        return ()
    return (
        f"{rows} rows: {destination.title} may not serve an audience of fewer than "
        f"{destination.warn_below}.",
    )


def _waiting(result: ExportResult, destination: Destination, adds: int) -> ExportResult:
    """The adds are too few for a file: they wait until there are more."""
    dropped = {**result.counts.dropped_by_reason, Reason.BELOW_MINIMUM: adds}
    counts = replace(
        result.counts,
        kept=result.counts.kept - adds,
        dropped_by_reason=dict(sorted((str(reason), n) for reason, n in dropped.items())),
    )
    warning = (
        f"{adds} to be added wait until there are {destination.refuse_below}: {destination.title} "
        "takes no smaller list."
    )
    return _balanced(replace(result, counts=counts, warnings=(warning,)))


def _too_few(kept: int, destination: Destination) -> str:
    # A minimum must not keep people in an audience who have left the segment or objected.
    return (
        f"{kept} rows are left, and {destination.title} takes no list of fewer than "
        f"{destination.refuse_below}. If this audience was uploaded before, empty or delete it "
        "there, so that nobody who has left it stays in it."
    )


def _refused(result: ExportResult, reason: Reason, message: str) -> ExportResult:
    kept, counts = result.counts.kept, result.counts
    dropped = dict(counts.dropped_by_reason)
    if kept:
        dropped[reason] = kept
    return _balanced(
        replace(
            result,
            state=State.REFUSED,
            reason=message,
            counts=Counts(counts.segment, 0, dict(sorted(dropped.items()))),
        )
    )


def _balanced(result: ExportResult) -> ExportResult:
    counts = result.counts
    if not counts.balanced:
        raise ExportError(
            f"{result.export.name}: {counts.segment} customers in "
            f"the segment, but {counts.kept} kept and {sum(counts.dropped_by_reason.values())} "
            "dropped. Nothing is exported."
        )
    return result
