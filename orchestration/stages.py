"""The stages of a run, in order: land, resolve, build, stage exports, publish, release.

Each is a plain function over `Settings` that reports its progress; Dagster calls them one by one.
"""

import json
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from math import ceil
from pathlib import Path

import duckdb

from orchestration.demo import make_demo
from orchestration.erasure import check_none_cut_off
from orchestration.erasure.expiry import delete_expired
from orchestration.exports import (
    ExportReport,
    SegmentExport,
    campaigns,
    log,
    release_exports,
    removes,
    sets,
    stage_exports,
    standing,
)
from orchestration.exports.delivery import deliver_released
from orchestration.exports.destination_settings import load as load_destinations
from orchestration.exports.model import Standing, State
from orchestration.exports.reconciliation import reconcile
from orchestration.exports.staged import staging_folder, write_build
from orchestration.files import private_folder
from orchestration.identity import Resolution, load_rules, resolve
from orchestration.landing import CheckResult, LandingEvent, LandingReport, land, load_sources
from orchestration.parameters import overrides_in
from orchestration.progress import stage
from orchestration.publishing import Snapshot, publish_snapshot
from orchestration.run_lock import RunLock
from orchestration.settings import Settings
from orchestration.settings_check import check_settings
from orchestration.sources_file import has_own_sources, sources_file
from orchestration.warehouse import proof
from orchestration.warehouse.dbt import BuildReport, Dbt, DbtError, NodeResult
from orchestration.warehouse.manifest import Manifest, current_manifest
from orchestration.warehouse.prepare import open_warehouse, prepare, start_afresh

DEMO_CUSTOMERS = 20_000


def make_demo_company(settings: Settings, customers: int = DEMO_CUSTOMERS, seed: int = 1) -> None:
    """Makes the demo company's files in `demo/` of the data folder."""
    with stage("demo") as current:
        report = make_demo(
            settings.demo,
            customers=customers,
            seed=seed,
            progress=lambda what, done: current.advance(done, None, what),
        )
        current.counts = f"{customers:,} customers, {len(report.files)} files"


def land_sources(
    settings: Settings, on_check: Callable[[CheckResult], None] | None = None
) -> LandingReport:
    """Lands all configured sources; the demo company's where nothing is configured or landed.

    `on_check` is told what came of every check of the deliveries, also where the landing fails.
    Raises `SettingsError`, `LandingError` or `SourcesError` with one clear message for each thing
    that is wrong.
    """
    check_settings()
    load_destinations(settings)  # what is misspelt there must not stop the run after an hour
    check_none_cut_off(settings)
    is_demo = not has_own_sources(settings)
    if is_demo and not settings.is_demo:
        make_demo_company(settings)
    with stage("land") as current:
        environment = {**os.environ, "RETENTION_DATA_DIR": str(settings.data_dir)}
        for room in (settings.landing, settings.quarantine, settings.state):
            private_folder(room)
        if is_demo:
            settings.demo_mark.touch()
        config = load_sources(sources_file(settings), environment)

        def tell(event: LandingEvent) -> None:
            if event.bytes_in_all:
                done, in_all = (ceil(n / 1e6) for n in (event.bytes_read, event.bytes_in_all))
                current.advance(done, in_all, f"MB, {event.file}")
            if event.check and on_check:
                on_check(event.check)

        report = land(config, settings, tell)
        rows = report.counts()
        current.counts = (
            f"{rows.read:,} rows read = {rows.accepted:,} accepted + {rows.rejected:,} "
            f"quarantined + {rows.filtered:,} filtered; {len(report.landed)} of "
            f"{len({file.batch_id for file in report.files})} batches are new"
        )
        for message in report.messages:
            current.note(message)
    return report


def resolve_customers(settings: Settings) -> Resolution:
    """Finds out which identities are one customer, and gives every customer a key for good.

    Raises `IdentityError` for rules and manual decisions that cannot be followed.
    """
    with stage("resolve") as current:
        found = resolve(settings, load_rules())
        current.counts = (
            f"{found.identities:,} identities are {found.customers:,} customers; {found.links:,} "
            f"links, {found.merged:,} merged and {found.split:,} split since the last run"
        )
        for place in found.unknown_overrides:
            current.note(f"{place}: no source has given one of the two identities yet")
    return found


def build_warehouse(
    settings: Settings,
    select: Sequence[str] = (),
    on_node: Callable[[NodeResult], None] | None = None,
) -> BuildReport:
    """Builds models and runs data tests: all in a fresh file, or `select` in the file as it is.

    Raises `SettingsError` for settings that cannot be followed, `DbtError` naming every failed node
    and broken rule; a failed test of a segment is no error, it only keeps that segment from being
    exported (`failed_segments`).
    """
    check_settings()
    with stage("build") as current:
        proof.withdraw(settings)
        if not select:
            start_afresh(settings.warehouse)
        prepared = prepare(settings, settings.warehouse)
        dbt = Dbt(settings, settings.warehouse, prepared.repeated_entities)
        manifest = Manifest.read(current_manifest(settings))
        nodes = manifest.nodes_to_build
        done = 0

        def count(node: NodeResult) -> None:
            nonlocal done
            done += 1
            current.advance(done, nodes, node.name)
            if on_node:
                on_node(node)

        report = dbt.build(select, count, manifest.segment_audits)
        _audit_file(settings).write_text(json.dumps(report.failed_segments, sort_keys=True))
        if report.failures:
            raise DbtError(_explain(report))
        if not select:
            proof.give(settings)
        tests = sum(node.resource_type == "test" for node in report.nodes)
        current.counts = f"{len(report.nodes) - tests} models and seeds, {tests} data tests"
        if report.failed_segments:
            current.counts += f", {len(report.failed_segments)} segments failed their audit"
    return report


def _explain(report: BuildReport) -> str:
    lines = [f"  {node.name} ({node.path}): {node.message}" for node in report.failures]
    return "\n".join(
        [
            f"{len(report.failures)} of {len(report.nodes)} nodes failed; "
            "nothing was published or exported:",
            *lines,
        ]
    )


def _audit_file(settings: Settings) -> Path:
    return settings.data_dir / "dbt" / "failed_segments.json"


def stage_segment_exports(
    settings: Settings, exports: Sequence[SegmentExport], full: Collection[str] = ()
) -> ExportReport:
    """Writes all export files aside and checks them; nothing is released yet.

    Every segment is accounted for in `quality.reconciliation` and `quality.exports_log`, which are
    published after this. `full`: audiences (or `all`) that are written whole. Raises `DbtError`
    unless the last build was a whole one and all its tests passed.
    """
    build_id = proof.require(settings)
    failed: Mapping[str, str] = json.loads(_audit_file(settings).read_text())
    with stage("exports") as current, open_warehouse(settings.warehouse) as connection:
        report = stage_exports(
            connection,
            exports,
            settings,
            _built_as_of(connection),
            staging_folder(settings),
            skip=failed,
            full=full,
            advance=current.advance,
        )
        reconcile(connection, report)
        log.enter(connection, report, settings, standing.by_run(load_destinations(settings)))
        for message in campaigns.unmeasured(connection, exports):
            current.note(message)
        written = [result for result in report.results if result.state is State.WRITTEN]
        current.counts = (
            f"{len(written)} of {len(report.results)} audiences staged, "
            f"{sum(result.counts.kept for result in written):,} rows"
        )
    report = replace(report, build_id=build_id)
    write_build(report)
    return report


def publish(settings: Settings) -> Snapshot:
    """Publishes the marts for BI: a new checked file, and the link swapped to it.

    Raises `DbtError` unless the last build was a whole one and all its tests passed.
    """
    proof.require(settings)
    with stage("publish") as current, open_warehouse(settings.warehouse) as connection:
        snapshot = publish_snapshot(
            connection, settings, _built_as_of(connection), advance=current.advance
        )
        current.counts = (
            f"{len(snapshot.tables)} tables, "
            f"{sum(table.rows for table in snapshot.tables):,} rows, "
            f"{snapshot.bytes / 1e6:,.1f} MB, content {snapshot.content_id}"
        )
    return snapshot


def release(
    settings: Settings, report: ExportReport, decide: standing.Decide | None = None
) -> ExportReport:
    """Releases the staged exports that may go, and delivers them where that is set.

    `exports/latest` points to them. `decide`: what may go, by default what a run releases by
    itself. Returns what the released set holds. Raises `DbtError` unless they were staged from the
    build that stands proven, `ExportError` where something did not arrive. Upload files of earlier
    releases that are of no use any more are deleted.
    """
    if proof.require(settings) != report.build_id:
        raise DbtError(
            "The exports were staged from an earlier build than the warehouse is of, so they are "
            "not released. Stage them again, or run the job `retention`."
        )
    decide = decide or standing.by_run(load_destinations(settings))
    chosen = {one.export.pair for one in report.results if decide(one) is Standing.RELEASED}
    with stage("release") as current:
        folder = release_exports(report, settings, advance=current.advance, decide=decide)
        released = sets.read_report(folder)
        count = sum(one.standing is Standing.RELEASED for one in released.results)
        current.counts = f"export set of {report.as_of_date}, {count} audiences released"
    deliver(settings, released, decide, chosen)
    delete_expired(settings, datetime.now(UTC).date())
    return released


def deliver(
    settings: Settings,
    released: ExportReport,
    decide: standing.Decide | None = None,
    chosen: Collection[tuple[str, str]] | None = None,
) -> int:
    """Sends what of a released set, and of erasures' removes, has not arrived; returns how many.

    `decide`: what may go, by default what a person lets go by naming nothing. `chosen`: the
    audiences that this release is of, by default those that may go; what only stays from the day's
    set before may have been released when its destination was on this machine.
    Raises `ExportError` that names where something did not arrive.
    """
    policies = load_destinations(settings)
    if not any(own.deliver for own in policies.values()):
        return 0
    may_go = decide or standing.by_hand(policies)
    results = [
        one
        for one in released.results
        if (may_go(one) is Standing.RELEASED if chosen is None else one.export.pair in chosen)
    ]
    removed = [
        one for one in removes.find(settings, policies, may_go) if one.standing is Standing.RELEASED
    ]
    with stage("deliver") as current:
        arrived = deliver_released(
            settings,
            policies,
            released.staging_dir,
            results,
            lambda: datetime.now(UTC),
            removed=removed,
        )
        files = sum(one.files for one in arrived)
        current.counts = f"{len(arrived)} audiences, {files} files"
        if removed:
            current.counts += f", {len(removed)} of them removes of erasures"
    return len(arrived)


def develop(settings: Settings, arguments: Sequence[str]) -> None:
    """Runs dbt on the developer's own file, over the landed data.

    Raises `SettingsError` for settings that cannot be followed, `DbtError` where dbt fails.
    """
    overrides = overrides_in(arguments)
    check_settings(overrides=overrides)
    warehouse = settings.data_dir / "dev.duckdb"
    with RunLock(settings.data_dir, what="retention dbt"):
        prepared = prepare(settings, warehouse, overrides)
    Dbt(settings, warehouse, prepared.repeated_entities, target="dev").invoke(
        arguments, log_level="info"
    )


def write_docs(settings: Settings) -> Path:
    """Builds dbt's static documentation page of the warehouse as it stands.

    Raises `DbtError`; also where nothing was built yet.
    """
    if not settings.warehouse.exists():
        raise DbtError("There is no warehouse to document yet: `make run` builds it.")
    dbt = Dbt(settings, settings.warehouse)
    dbt.invoke(["docs", "generate", "--static"])
    return dbt.target_dir / "static_index.html"


def _built_as_of(connection: duckdb.DuckDBPyConnection) -> date:
    """The day that the warehouse describes."""
    row = connection.execute("select as_of_date from intermediate.int_run__parameters").fetchone()
    if row is None or row[0] is None:
        raise DbtError("The warehouse describes no day: no orders and no contracts were landed.")
    day: date = row[0]
    return day
