"""Stage 1: sources land as typed Parquet, one asset per entity."""

from collections.abc import Iterator

import dagster as dg

from orchestration.defs.resources import DataFolder
from orchestration.entities import ENTITIES
from orchestration.stages import land_sources

LEDGER = dg.AssetKey(["landing", "ledger"])


def _spec(entity: str) -> dg.AssetSpec:
    columns = ENTITIES[entity].columns
    return dg.AssetSpec(
        dg.AssetKey(["landing", entity]),
        group_name="landing",
        description=f"Landed rows of `{entity}`, typed by its contract; all versions are kept.",
        kinds={"parquet"},
        metadata={
            "dagster/column_schema": dg.TableSchema(
                [dg.TableColumn(column.name, column.type.value) for column in columns]
            )
        },
    )


@dg.multi_asset(
    specs=[
        *(_spec(entity) for entity in ENTITIES),
        dg.AssetSpec(
            LEDGER,
            group_name="landing",
            description="What landing knows of itself: batches, quarantine, sources, keys.",
        ),
    ],
    name="land",
    pool="warehouse",
)
def land(
    context: dg.AssetExecutionContext, data_folder: DataFolder
) -> Iterator[dg.MaterializeResult[None]]:
    """Lands every source that is configured (the demo company's, where none is)."""
    report = land_sources(data_folder.settings())
    for entity in ENTITIES:
        rows = report.counts(entity)
        yield dg.MaterializeResult(
            asset_key=["landing", entity],
            metadata={
                "read": rows.read,
                "accepted": rows.accepted,
                "rejected": rows.rejected,
                "filtered": rows.filtered,
            },
        )
    rows = report.counts()
    yield dg.MaterializeResult(
        asset_key=LEDGER,
        metadata={
            "batches": len(report.files),
            "new_batches": len(report.landed),
            "read": rows.read,
        },
    )
