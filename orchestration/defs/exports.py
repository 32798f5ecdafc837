"""Stages 4 and 7: segment files, staged before the snapshot is published, released after it.

The assets come from the dbt manifest: a segment with destinations in its `config: meta:` appears
here by itself.
"""

from collections.abc import Iterator

import dagster as dg

from orchestration.defs.resources import DataFolder
from orchestration.defs.warehouse import MANIFEST, asset_key, models_of
from orchestration.exports import ExportReport, SegmentExport
from orchestration.stages import release, stage_segment_exports
from orchestration.warehouse.manifest import Manifest

EXPORTS = Manifest(MANIFEST).segment_exports


def export_key(export: SegmentExport) -> dg.AssetKey:
    """The asset of one segment at one destination."""
    return dg.AssetKey(["exports", export.destination, export.segment])


@dg.asset(
    key=["exports", "staged_set"],
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
                dg.AssetKey(["exports", "staged_set"]),
                dg.AssetKey(["published", "marts_snapshot"]),
            ],
            kinds={"csv"},
            metadata={"audience": export.audience, "sync_mode": export.sync_mode},
        )
        for export in EXPORTS
    ],
    ins={"report": dg.AssetIn(dg.AssetKey(["exports", "staged_set"]))},
    pool="warehouse",
)
def released(data_folder: DataFolder, report: ExportReport) -> Iterator[dg.MaterializeResult[None]]:
    """Segment files for the channels: `exports/latest` points to them from now on."""
    folder = release(data_folder.settings(), report)
    for result in report.results:
        yield dg.MaterializeResult(
            asset_key=export_key(result.export),
            metadata={
                "state": str(result.state),
                "reason": result.reason or "none",
                "segment": result.counts.segment,
                "kept": result.counts.kept,
                "held_out": result.counts.held_out,
                "dropped_by_reason": dict(result.counts.dropped_by_reason),
                "files": [file.name for file in result.files],
                "set": folder.name,
            },
        )
