"""Stages 4 and 7: segment files, staged before the snapshot is published, released after it.

The assets come from the dbt manifest: a segment with destinations in its `config: meta:` appears
here by itself, with a check on its size and a job for it alone.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg

from orchestration.defs.resources import DataFolder
from orchestration.defs.warehouse import MANIFEST, asset_key, models_of
from orchestration.exports import ExportReport, SegmentExport, ledger, preview, standing
from orchestration.exports.destination_settings import DestinationSettings, load
from orchestration.exports.exclusions import exclusion
from orchestration.exports.model import ExportResult, Kind
from orchestration.stages import release, stage_segment_exports
from orchestration.warehouse.manifest import Manifest

EXPORTS = Manifest(MANIFEST).segment_exports
STAGED = dg.AssetKey(["exports", "staged_set"])
CHECK = "size_changes_slowly"


def export_key(export: SegmentExport) -> dg.AssetKey:
    """The asset of one segment at one destination."""
    return dg.AssetKey(["exports", export.destination, export.segment])


@dg.asset(
    key=STAGED,
    group_name="exports",
    deps=[
        asset_key(node["unique_id"])
        for schema in ("segments", "restricted", "marts", "quality")
        for node in models_of(schema)
    ],
    pool="warehouse",
)
def staged_set(data_folder: DataFolder) -> ExportReport:
    """All segment files, written aside and checked; no channel sees them yet."""
    return stage_segment_exports(data_folder.settings(), EXPORTS)


@dg.multi_asset(
    name="release",
    specs=[
        dg.AssetSpec(
            export_key(export),
            group_name="exports",
            description=export.description_en,
            deps=[
                dg.AssetKey(["segments", export.segment]),
                STAGED,
                dg.AssetKey(["published", "marts_snapshot"]),
            ],
            kinds={"csv"},
            metadata={"audience": export.audience, "sync_mode": export.sync_mode},
        )
        for export in EXPORTS
    ],
    check_specs=[
        dg.AssetCheckSpec(
            CHECK,
            asset=export_key(export),
            description="The audience has not changed by more than `max_change` since the day "
            "exported before; with `on_change: block` it waits for a person.",
        )
        for export in EXPORTS
    ],
    ins={"report": dg.AssetIn(STAGED)},
    can_subset=True,
    pool="warehouse",
)
def released(
    context: dg.AssetExecutionContext, data_folder: DataFolder, report: ExportReport
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Segment files for the channels: `exports/latest` points to them from now on."""
    settings = data_folder.settings()
    chosen = [one for one in EXPORTS if export_key(one) in context.selected_asset_keys]
    pairs = {pair for one in chosen for pair in (one.pair, exclusion(one).pair)}
    policies = load(settings)
    decide = standing.by_run(policies, None if len(chosen) == len(EXPORTS) else pairs)
    done = release(settings, report, decide)
    days = ledger.released_by_day(settings.state / ledger.NAME, done.as_of_date)
    outcomes = {one.export.pair: one for one in done.results}
    for export in chosen:
        result = outcomes[export.pair]
        yield dg.MaterializeResult(
            asset_key=export_key(export), metadata=_metadata(days, done, result)
        )
    checks = {key.asset_key for key in context.selected_asset_check_keys}
    for result in report.results:
        if result.export.kind is Kind.AUDIENCE and export_key(result.export) in checks:
            yield _size_check(policies[result.export.destination], result)


def _metadata(
    days: Mapping[str, Mapping[ledger.Pair, Mapping[str, Any]]],
    done: ExportReport,
    result: ExportResult,
) -> Mapping[str, Any]:
    """What everybody may see: counts, shapes of values, sizes over time; nothing personal."""
    folder = done.staging_dir / result.export.name
    records = [
        dg.TableRecord(
            {"file": entry.role, "column": one.name, "filled": one.filled, "form": one.form}
        )
        for entry in result.files
        for one in preview.columns_of(folder / entry.name, entry)
    ]
    schema = dg.TableSchema(
        [
            dg.TableColumn("file", "string"),
            dg.TableColumn("column", "string"),
            dg.TableColumn("filled", "float"),
            dg.TableColumn("form", "string"),
        ]
    )
    sizes = preview.sizes(days, result, done.as_of_date)
    return {
        "state": str(result.state),
        "standing": str(result.standing) if result.standing else "no file",
        "reason": result.reason or "none",
        "segment": result.counts.segment,
        "kept": result.counts.kept,
        "change": result.change or 0,
        "held_out": result.counts.held_out,
        "dropped_by_reason": dict(result.counts.dropped_by_reason),
        "files": [file.name for file in result.files],
        "rows": {file.name: file.rows for file in result.files},
        "preview": dg.TableMetadataValue(records, schema),
        "size_over_time": dg.MetadataValue.md(preview.chart(sizes)),
        "set": done.staging_dir.name,
    }


def _size_check(own: DestinationSettings, result: ExportResult) -> dg.AssetCheckResult:
    blocks = own.on_change == "block"
    return dg.AssetCheckResult(
        asset_key=export_key(result.export),
        check_name=CHECK,
        passed=not standing.is_sudden(result, own),
        severity=dg.AssetCheckSeverity.ERROR if blocks else dg.AssetCheckSeverity.WARN,
        metadata={
            "kept": result.counts.kept,
            "kept_before": result.previous.kept if result.previous else result.counts.kept,
            "max_change": own.max_change,
        },
    )


SEGMENT_JOBS = [
    dg.define_asset_job(
        f"export_{segment}",
        selection=dg.AssetSelection.assets(
            STAGED, *(export_key(export) for export in EXPORTS if export.segment == segment)
        ),
        description=f"Stage exports from the warehouse as it stands; release {segment} alone.",
        executor_def=dg.in_process_executor,
    )
    for segment in dict.fromkeys(export.segment for export in EXPORTS)
]
"""For each segment a job that releases its audiences alone."""
