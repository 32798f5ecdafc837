"""Stage 1: sources land as typed Parquet, one asset per entity."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict

import dagster as dg

from orchestration.defs.resources import DataFolder
from orchestration.entities import ENTITIES
from orchestration.landing import Check, CheckResult, Verdict, verdicts
from orchestration.landing.corrections.quarantined import ReasonCount, reasons
from orchestration.stages import land_sources

QUESTIONS = {
    Check.VOLUME: "Do new deliveries have as many rows as usual (`rows` in sources.yml)?",
    Check.FRESHNESS: "Is the newest event new enough (`freshness` in sources.yml)?",
    Check.COLUMNS: "Have new deliveries the columns of those before (`contract` in sources.yml)?",
}
LEDGER = dg.AssetKey(["landing", "ledger"])


def _check_result(verdict: Verdict) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=dg.AssetKey(["landing", verdict.entity]),
        check_name=verdict.check.value,
        passed=verdict.passed,
        severity=dg.AssetCheckSeverity.ERROR if verdict.blocks else dg.AssetCheckSeverity.WARN,
        description="\n".join(verdict.messages),
    )


def _quarantine(found: Sequence[ReasonCount]) -> dict[str, dg.TableMetadataValue]:
    """What is in quarantine and why, as a table; nothing where it is empty."""
    if not found:
        return {}
    return {"quarantine": dg.MetadataValue.table([dg.TableRecord(asdict(one)) for one in found])}


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
    check_specs=[
        dg.AssetCheckSpec(check.value, asset=["landing", entity], description=QUESTIONS[check])
        for entity in ENTITIES
        for check in Check
    ],
    can_subset=True,  # a check about which there is nothing to say is not recorded
    pool="warehouse",
)
def land(
    context: dg.AssetExecutionContext, data_folder: DataFolder
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Lands every source that is configured (the demo company's, where none is)."""
    for result in _landed(data_folder):
        if result.asset_key in context.selected_asset_keys:
            yield result


def _landed(
    data_folder: DataFolder,
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    checks: list[CheckResult] = []
    settings = data_folder.settings()
    try:
        report = land_sources(settings, checks.append)
    finally:  # what blocks the run shall be seen as a failed check, too
        yield from map(_check_result, verdicts(checks))
    quarantined = reasons(settings)
    for entity in ENTITIES:
        rows = report.counts(entity)
        yield dg.MaterializeResult(
            asset_key=dg.AssetKey(["landing", entity]),
            metadata={
                "read": rows.read,
                "accepted": rows.accepted,
                "rejected": rows.rejected,
                "filtered": rows.filtered,
                **_quarantine([one for one in quarantined if one.entity == entity]),
            },
        )
    rows = report.counts()
    yield dg.MaterializeResult(
        asset_key=LEDGER,
        metadata={
            "batches": len(report.files),
            "new_batches": len(report.landed),
            "read": rows.read,
            **_quarantine(quarantined),
        },
    )
