"""Staging: every export file written aside and checked, before anything is released."""

import logging
import re
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb

from orchestration import sql
from orchestration.exports import (
    acknowledge,
    assignments,
    caps,
    cells,
    ledger,
    memberships,
    people,
    plans,
    segment_settings,
    sets,
    suppression,
    suppression_lists,
    writer,
)
from orchestration.exports.configured import configured
from orchestration.exports.destination import Destination
from orchestration.exports.destination_settings import DestinationSettings
from orchestration.exports.destination_settings import load as load_destinations
from orchestration.exports.destinations import DESTINATIONS
from orchestration.exports.exclusions import with_exclusions
from orchestration.exports.model import (
    Counts,
    ExportError,
    ExportReport,
    ExportResult,
    Kind,
    Reason,
    SegmentExport,
    SegmentSettings,
    State,
    SyncMode,
)
from orchestration.exports.produce import Job, produce
from orchestration.exports.retired import retired_exports
from orchestration.exports.segments import Segment, load_segments
from orchestration.exports.staged import STAGING_PREFIX, remove_staged, state_aside
from orchestration.exports.turns import Turns
from orchestration.progress import Advance, unwatched
from orchestration.settings import Settings

logger = logging.getLogger(__name__)

ALL = "all"
_AUDIENCE = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*")
_SYNC_MODES = tuple(SyncMode)


def stage_exports(
    connection: duckdb.DuckDBPyConnection,
    exports: Sequence[SegmentExport],
    settings: Settings,
    as_of_date: date,
    staging_dir: Path,
    *,
    skip: Mapping[str, str] | None = None,
    full: Collection[str] = (),
    advance: Advance = unwatched,
) -> ExportReport:
    """Write all `exports` into `staging_dir` and check them; nothing is released.

    `connection` is open on the warehouse (it may be read-only); only temp tables are made, and
    none remains. `staging_dir` is a folder `exports/.staging-…`; what an earlier run left in it is
    removed. `skip` names segments that are not exported and why (no personal data in the reason).
    `full` names audiences (`<destination>/<audience>`, or `all`) that are to be written whole,
    whatever was acknowledged. `advance` is told of audiences.

    For every export: customers of the segment = kept + dropped by reason (held out included).
    Raises `ExportError`, without personal data, for declarations, tables or settings that cannot
    be used and for anything that would make a wrong file.
    """
    skip = skip or {}
    ordered = _checked(exports, skip)
    _check_audiences(full, ordered)
    _prepare(staging_dir, settings)
    started = time.monotonic()
    results = [
        _skipped(connection, export, skip[export.segment])
        for export in ordered
        if export.segment in skip
    ]
    with _temp_tables(connection):
        made, unreadable = _export(
            connection,
            ordered,
            settings,
            as_of_date,
            staging_dir,
            skip=skip,
            full=full,
            advance=advance,
        )
    results += made
    results.sort(key=lambda result: (result.export.destination, result.export.audience))
    report = ExportReport(as_of_date, staging_dir, "", tuple(results), unreadable)
    report = replace(report, set_id=_complete_set(report))
    logger.info(
        "staged %d exports of %d, set %s, in %.1f s",
        sum(result.state is State.WRITTEN for result in results),
        len(results),
        report.set_id,
        time.monotonic() - started,
    )
    return report


def _skipped(
    connection: duckdb.DuckDBPyConnection, export: SegmentExport, reason: str
) -> ExportResult:
    """A segment of which nobody is exported, and how many they are."""
    size = sql.count(connection, f"select count(*) from segments.{sql.quoted(export.segment)}")
    counts = Counts(size, 0, {Reason.FAILED_AUDIT: size})
    return ExportResult(export, State.SKIPPED, reason, counts=counts)


def _checked(exports: Sequence[SegmentExport], skip: Mapping[str, str]) -> list[SegmentExport]:
    """`exports` in a fixed order; raises for what cannot be declared so."""
    seen: set[tuple[str, str]] = set()
    for export in exports:
        if export.destination not in DESTINATIONS:
            raise ExportError(
                f"Segment {export.segment!r} names the destination {export.destination!r}. "
                f"There are: {', '.join(DESTINATIONS)}."
            )
        if not _AUDIENCE.fullmatch(export.audience):
            raise ExportError(
                f"Segment {export.segment!r} names the audience {export.audience!r}. Use a neutral "
                "code of lower-case letters, digits and single underscores, such as rtn_s01."
            )
        if export.sync_mode not in _SYNC_MODES:
            raise ExportError(
                f"Segment {export.segment!r} names the sync mode {export.sync_mode!r}. "
                f"There are: {', '.join(_SYNC_MODES)}."
            )
        if export.hashed and not _variant(export).hashed_headers:
            raise ExportError(
                f"Segment {export.segment!r} asks for a hashed file for {export.destination}, "
                "which has no column to hash. Take it out of `hashed`."
            )
        pairs = {one.pair for one in with_exclusions([export], DESTINATIONS)}
        if pairs & seen:
            raise ExportError(
                f"Two exports go to the audience {export.audience!r} of {export.destination}: "
                "each would replace the other."
            )
        seen |= pairs
    unknown = set(skip) - {export.segment for export in exports}
    if unknown:
        logger.info("segments to skip that have no export: %d", len(unknown))
    return sorted(exports, key=lambda export: (export.destination, export.audience))


def _check_audiences(named: Collection[str], exports: Sequence[SegmentExport]) -> None:
    known = {ALL, *(export.name for export in with_exclusions(exports, DESTINATIONS))}
    unknown = sorted(set(named) - known)
    if unknown:
        raise ExportError(
            f"No segment goes to {', '.join(unknown)}. Name audiences as <destination>/<audience>; "
            f"there are: {', '.join(sorted(known))}."
        )


def _prepare(staging_dir: Path, settings: Settings) -> None:
    if not staging_dir.name.startswith(STAGING_PREFIX) or staging_dir.parent != settings.exports:
        raise ExportError(
            f"Exports are staged in {settings.exports}/{STAGING_PREFIX}…, not elsewhere."
        )
    writer.make_folder(settings.exports)
    settings.exports.chmod(0o700)
    remove_staged(staging_dir)
    writer.make_folder(staging_dir)
    writer.make_folder(state_aside(staging_dir))


@contextmanager
def _temp_tables(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Drop our temp tables on leaving, whatever happened; also those of an earlier failure.

    Rows are hashed after they were sorted, so their order must be kept meanwhile, however the
    connection is set.
    """
    row = connection.execute("select current_setting('preserve_insertion_order')").fetchone()
    _drop_temp_tables(connection)
    connection.execute("set preserve_insertion_order = true")
    try:
        yield
    finally:
        _drop_temp_tables(connection)
        connection.execute(f"set preserve_insertion_order = {bool(row and row[0])}")


def _drop_temp_tables(connection: duckdb.DuckDBPyConnection) -> None:
    tables = connection.execute(
        "select table_name from duckdb_tables() "
        r"where database_name = 'temp' and table_name like 'export\_%' escape '\'"
    ).fetchall()
    for (table,) in tables:
        connection.execute(f'drop table temp."{table}"')


def _export(
    connection: duckdb.DuckDBPyConnection,
    declared: Sequence[SegmentExport],
    settings: Settings,
    as_of_date: date,
    staging_dir: Path,
    *,
    skip: Collection[str],
    full: Collection[str],
    advance: Advance,
) -> tuple[list[ExportResult], int]:
    """All exports' files; contacts are normalised once, and made fit once per destination."""
    policies = load_destinations(settings)
    variants: dict[Destination, list[SegmentExport]] = {}
    advance(0, len(declared), "contacts")
    try:
        _check_inputs(connection)
        settings_of = segment_settings.read_settings(connection)
        there = [
            one
            for one in with_exclusions(declared, DESTINATIONS)
            if one.kind is Kind.AUDIENCE or _is_held_out(settings_of.get(one.segment))
        ]
        exports = [export for export in there if export.segment not in skip]
        exports += retired_exports(settings, there, as_of_date)
        if not exports:
            return [], 0
        for export in exports:
            variants.setdefault(_variant(export, policies), []).append(export)
        loaded = load_segments(
            connection, dict.fromkeys(export.segment for export in exports), as_of_date
        )
        bases = acknowledge.bases(settings)
        appended = [one.pair for one in exports if one.sync_mode == SyncMode.APPEND]
        memberships.add_members(
            connection, [path for pair in appended if pair in bases for path in bases[pair].states]
        )
        chosen = {name: settings_of.get(name, SegmentSettings()) for name in loaded}
        is_capped = any(one.cap for one in chosen.values())
        if is_capped:
            caps.make_contacts(connection, chosen.values(), settings, as_of_date)
        unreadable = suppression.make_objectors(connection)
        countries = people.countries_of_contacts(connection)
        fields = [field for variant in variants for field in cells.of_person(variant)]
        permissions = {wanted for variant in variants for wanted in variant.permissions}
        people.make_people(
            connection,
            {name for field in fields for name in field.needs},
            {purpose for permission in permissions for purpose in permission.purposes},
            countries,
            as_of_date,
        )
        suppression.make_objections(connection, countries)
        previous = ledger.previous_releases(settings.state / ledger.NAME, as_of_date)
        results: list[ExportResult] = []

        def job_of(export: SegmentExport, destination: Destination, segment: Segment) -> Job:
            return Job(
                export,
                destination,
                segment,
                _of_export(export, chosen.get(segment.name, SegmentSettings())),
                as_of_date,
                staging_dir / export.name,
                state_aside(staging_dir) / export.name,
                assignments.folder_of(settings, export.pair),
                previous.get(export.pair),
                bases.get(export.pair, acknowledge.Base()),
                is_full=not {ALL, export.name}.isdisjoint(full),
            )

        turns = Turns(connection, as_of_date, variants, chosen)
        for destination, export in turns:
            advance(len(results), len(exports), destination.title)
            job = job_of(export, destination, loaded[export.segment])
            result = produce(connection, job)
            channel = destination.contact_channel
            if is_capped and channel and result.state is State.WRITTEN:
                _plan(connection, job, result, channel, is_paused=policies[destination.name].paused)
            results.append(replace(result, blank_cells=turns.blank_cells))
            advance(len(results), len(exports), destination.title)
        lists = [
            job_of(suppression_lists.export_to(one.name), one, suppression_lists.NO_SEGMENT)
            for one in variants
            if one.name in suppression_lists.TOOLS
        ]
        results += suppression_lists.write_lists(connection, lists, countries)
    except duckdb.Error as error:
        # Other errors, of a conversion say, may quote a person's data: only their kind is told.
        telling = (duckdb.CatalogException, duckdb.BinderException, duckdb.OutOfMemoryException)
        detail = str(error) if isinstance(error, telling) else type(error).__name__
        raise ExportError(f"The exports could not be made: {detail}") from None
    return results, unreadable


def _is_held_out(settings: SegmentSettings | None) -> bool:
    return settings is not None and settings.holdout.bps > 0


def _of_export(export: SegmentExport, settings: SegmentSettings) -> SegmentSettings:
    """A campaign draws its own lot: who is held out of one may be treated in another."""
    if export.kind is Kind.EXCLUSION:
        settings = replace(settings, keeps_held_out=True)
    if settings.cap:
        settings = replace(settings, cap=caps.of_export(export, settings.cap))
    if export.campaign is None or not settings.holdout.bps:
        return settings
    return replace(settings, holdout=replace(settings.holdout, salt_id=export.campaign))


def _plan(
    connection: duckdb.DuckDBPyConnection,
    job: Job,
    result: ExportResult,
    channel: str,
    *,
    is_paused: bool,
) -> None:
    """Count whom the export contacts: in this run, and in later ones once it is released."""
    if not is_paused:
        caps.plan(connection, channel, job.segment, result)
    folder = job.aside / plans.FOLDER
    writer.make_folder(folder)
    plans.write(connection, channel, job.segment, result, planned_on=job.as_of_date, folder=folder)


def _variant(
    export: SegmentExport, policies: Mapping[str, DestinationSettings] | None = None
) -> Destination:
    """The destination as this export, and a company's settings, want it."""
    destination = DESTINATIONS[export.destination]
    if export.hashed is not None:
        destination = replace(destination, hashed=export.hashed)
    policy = (policies or {}).get(export.destination)
    if policy is None:
        return destination
    return replace(
        configured(destination, policy.headers, policy.options),
        refuse_countries=policy.refuse_countries,
        only_countries=policy.only_countries,
    )


_INPUTS = {
    "customer_contacts": ("customer_key", *people.SOURCE_COLUMNS),
    "consent_status": ("customer_key", "purpose", "status", "expires_on"),
    "suppressions": ("customer_key", "identifier", "channel", "reason", "recorded_at"),
    "outbound_contacts": ("customer_key", "channel", "contact_date"),
}


def _check_inputs(connection: duckdb.DuckDBPyConnection) -> None:
    """Consents, suppressions, contacts must be there: an absent list is not an empty one."""
    for table, columns in _INPUTS.items():
        try:
            connection.execute(f"select {', '.join(columns)} from restricted.{table} limit 0")
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            raise ExportError(f"restricted.{table} cannot be read: {error}") from error


def _complete_set(report: ExportReport) -> str:
    """Write the index and the set's own checksums; returns the id of the set's content."""
    folder = report.staging_dir
    known = {
        f"{result.export.name}/{file.name}": file.sha256
        for result in report.results
        for file in result.files
    }
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    sums = {name: known.get(name) or writer.checked_sha256(folder / name) for name in names}
    return sets.complete(report, sums)
