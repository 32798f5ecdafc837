"""One export: its outcomes, its files, their checksums and, last, its manifest."""

import logging
import shutil
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path

import duckdb

from orchestration.exports import assignments, gate, manifest, memberships, writer
from orchestration.exports.acknowledge import Base
from orchestration.exports.destination import Destination, Layout
from orchestration.exports.model import (
    Counts,
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
# A limit must not keep people in an audience who have left the segment or objected.
_EMPTY_IT = (
    "If this audience was uploaded before, empty or delete it there, so that nobody who has left "
    "it stays in it."
)
_INSTEAD = "So the audience keeps whom it has, but for those whom the file of removes takes out."
_UNKNOWN = f"Not everybody is known who was uploaded. {_EMPTY_IT}"


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
    base: Base
    is_full: bool = False

    @property
    def goes_by_base(self) -> bool:
        """Whether its files are adds and removes; not where it is not known who was uploaded."""
        if self.export.is_retired:
            return True
        is_replaced = self.export.sync_mode == SyncMode.REPLACE or self.is_full
        return not is_replaced and not self.base.is_unknown


def produce(connection: duckdb.DuckDBPyConnection, job: Job) -> ExportResult:
    """Write the files of `job`; needs `temp.export_cells` of its destination.

    A list that the channel would not take, too small or too large, is not written, and the people
    who are in no list are dropped under the reason. Removes are never kept back: where it is the
    list of everyone that cannot be written, who has left or may no longer be there is taken out by
    a file of removes instead. Where there is nothing to write nor to remove the export is refused:
    no file, no manifest, and the result says why.

    Raises `ExportError` when segment = kept + dropped does not hold.
    """
    outcomes = gate.make_outcomes(
        connection, job.destination, job.segment, job.settings, job.as_of_date
    )
    kept = outcomes.pop(None, 0)
    dropped = {str(reason): count for reason, count in outcomes.items()}
    result = _balanced(
        ExportResult(
            job.export,
            State.WRITTEN,
            segment_code=job.segment.code or job.export.audience,
            counts=Counts(job.segment.size, kept, dict(sorted(dropped.items()))),
            previous=job.previous,
        )
    )
    writer.make_folder(job.folder)
    memberships.make_now(connection, job.destination, job.segment)
    write = _changes if job.goes_by_base else _everyone
    result = write(connection, job, result)
    logger.info("%s: %d of %d customers", job.export.name, result.counts.kept, job.segment.size)
    return result


def _everyone(
    connection: duckdb.DuckDBPyConnection, job: Job, result: ExportResult
) -> ExportResult:
    """The whole audience, which replaces what is there; removes where a list cannot be written."""
    lists = _write_lists(connection, job, Role.FULL, result.counts.kept)
    if lists.refusal is None:
        memberships.write_full_state(connection, _new_state(job))
        return complete(connection, job, replace(result, files=lists.files))
    memberships.make_known(connection, job.base.state, job.base.later)
    every = memberships.kinds_of(job.destination, Layout())
    removes = _write_removes(connection, job, set(every).difference(lists.kinds))
    files = (*removes, *lists.files)
    if not files:
        for folder in (job.folder, job.aside):
            shutil.rmtree(folder, ignore_errors=True)
        return _refused(result, lists.refusal)
    memberships.write_state(connection, _new_state(job), Role.FULL, lists.kinds)
    absent = memberships.count_absent(connection, lists.kinds)
    result = _without(result, lists.refusal.reason, absent)
    warnings = (
        str(lists.refusal),
        _INSTEAD if removes else "",
        _UNKNOWN if job.base.is_unknown else "",
    )
    base = job.base.content_id if removes else None
    result = replace(result, files=files, base=base, warnings=tuple(filter(None, warnings)))
    return complete(connection, job, result)


def _changes(connection: duckdb.DuckDBPyConnection, job: Job, result: ExportResult) -> ExportResult:
    """Adds and removes against what was acknowledged; a file of no rows is not written."""
    memberships.make_known(connection, job.base.state, job.base.later)
    removes = _write_removes(connection, job, memberships.kinds_of(job.destination, Layout()))
    adds = memberships.make_added(connection)
    lists = _Lists()
    if adds and job.export.sync_mode != SyncMode.REMOVE:
        rows = "select cell_row from temp.export_added"
        lists = _write_lists(connection, job, Role.ADDS, adds, rows)
    memberships.write_state(connection, _new_state(job), Role.ADDS, lists.kinds)
    result = replace(result, files=(*removes, *lists.files), base=job.base.content_id)
    if job.export.is_retired and job.base.is_unknown:
        result = replace(result, warnings=(_UNKNOWN,))
    if lists.refusal:
        absent = memberships.count_absent(connection, lists.kinds)
        result = _without(result, lists.refusal.reason, absent)
        warning = f"{absent:,} to be added have to wait. {lists.refusal}"
        result = replace(result, warnings=(warning,))
    return complete(connection, job, result)


def _new_state(job: Job) -> Path:
    writer.make_folder(job.aside)
    return job.aside / _STATE


@dataclass(frozen=True)
class _Lists:
    """Files of adds or of everyone, the kinds of identifiers in them, why one was not written."""

    files: tuple[FileEntry, ...] = ()
    kinds: tuple[str, ...] = ()
    refusal: FileRefusedError | None = None


def _write_lists(
    connection: duckdb.DuckDBPyConnection,
    job: Job,
    role: Role,
    rows: int,
    rows_sql: str | None = None,
) -> _Lists:
    """One file per layout of the destination, each written or refused by itself."""
    files: list[FileEntry] = []
    kinds: list[str] = []
    refusal = None
    for layout in job.destination.layouts:
        try:
            entry = writer.write_file(
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
        except FileRefusedError as error:
            refusal = error
            continue
        files += [entry] if entry else []
        kinds += memberships.kinds_of(job.destination, layout)
    return _Lists(tuple(files), tuple(kinds), refusal)


def _write_removes(
    connection: duckdb.DuckDBPyConnection, job: Job, kinds: Collection[str]
) -> list[FileEntry]:
    """Those of `kinds` who have left; an audience that is only added to loses but the forbidden."""
    only_forbidden = job.export.sync_mode == SyncMode.APPEND
    memberships.make_removed(connection, kinds, only_forbidden=only_forbidden)
    return memberships.write_removes(connection, job.destination, job.export.audience, job.folder)


def complete(connection: duckdb.DuckDBPyConnection, job: Job, result: ExportResult) -> ExportResult:
    """Give the files of `result` their names, and write checksums and, last, the manifest."""
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
    if previous is None and not job.goes_by_base and job.previous:
        previous = job.previous.content_id
    warnings = result.warnings
    if not job.export.is_retired:
        warnings += _warnings(result.counts.kept, job.destination)
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
        warnings=warnings,
        tool_version=f"retention-warehouse {version('retention-warehouse')}",
    )
    # The manifest comes last: an export without one is incomplete.
    writer.write_text(job.folder / manifest.NAME, content)
    return replace(
        result,
        files=tuple(files),
        content_id=identifier,
        expires_on=expires_on,
        warnings=warnings,
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


def _without(result: ExportResult, reason: Reason, count: int) -> ExportResult:
    """`result` with `count` of those kept dropped for `reason`."""
    counts = result.counts
    dropped = {**counts.dropped_by_reason, **({str(reason): count} if count else {})}
    counts = Counts(counts.segment, counts.kept - count, dict(sorted(dropped.items())))
    return _balanced(replace(result, counts=counts))


def _refused(result: ExportResult, refusal: FileRefusedError) -> ExportResult:
    """`result` where there is nothing to write and nobody known to remove."""
    return replace(
        _without(result, refusal.reason, result.counts.kept),
        state=State.REFUSED,
        reason=f"{refusal} {_EMPTY_IT}",
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
