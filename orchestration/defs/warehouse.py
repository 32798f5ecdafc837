"""Stage 3: dbt builds staging, intermediate, marts, quality and segments; its tests are checks."""

import contextvars
import json
import queue
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
from dagster_dbt import (
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    DbtProject,
    dbt_assets,
)

from orchestration.defs.landing import LEDGER
from orchestration.defs.resources import DataFolder
from orchestration.settings import Settings
from orchestration.stages import build_warehouse
from orchestration.warehouse.dbt import BuildReport, NodeResult
from orchestration.warehouse.manifest import current_manifest

MANIFEST_PATH = current_manifest(Settings.from_environment())
MANIFEST: Mapping[str, Any] = json.loads(MANIFEST_PATH.read_text())


class Translator(DagsterDbtTranslator):
    """dbt's words in Dagster's: keys by schema, groups by stage."""

    def __init__(self) -> None:
        super().__init__(DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True))

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        if dbt_resource_props["resource_type"] == "source":
            name = dbt_resource_props["name"]
            # What landing knows of itself (`_batches`, `_run` …) is one asset.
            if name.startswith("_"):
                return LEDGER
            return dg.AssetKey([dbt_resource_props["source_name"], name])
        return dg.AssetKey([dbt_resource_props["schema"], dbt_resource_props["name"]])

    def get_asset_check_spec(
        self,
        asset_spec: dg.AssetSpec,
        manifest: Mapping[str, Any],
        unique_id: str,
        project: DbtProject | None,
    ) -> dg.AssetCheckSpec | None:
        """A failed check of a segment stops that segment alone, so it blocks nothing here."""
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        if spec is not None and asset_spec.key.path[0] == "segments":
            return spec._replace(blocking=False)
        return spec

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        if dbt_resource_props["resource_type"] == "seed":
            return "seeds"
        return str(dbt_resource_props["schema"])


TRANSLATOR = Translator()


def asset_key(unique_id: str) -> dg.AssetKey:
    """The asset that a dbt node is in Dagster."""
    nodes = {**MANIFEST["nodes"], **MANIFEST["sources"]}
    return TRANSLATOR.get_asset_key(nodes[unique_id])


def models_of(schema: str) -> list[Mapping[str, Any]]:
    """All models that dbt builds in `schema`."""
    return [
        node
        for node in MANIFEST["nodes"].values()
        if node["resource_type"] == "model" and node["schema"] == schema
    ]


@dbt_assets(
    manifest=MANIFEST,
    dagster_dbt_translator=TRANSLATOR,
    name="warehouse",
    pool="warehouse",
)
def warehouse(
    context: dg.AssetExecutionContext, data_folder: DataFolder
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Builds all of it afresh, or the chosen assets in the file as it stands."""
    checks = {
        spec.metadata["dagster_dbt/unique_id"]: spec for spec in context.assets_def.check_specs
    }
    for node in _as_they_end(data_folder.settings(), _selected_nodes(context)):
        if node.resource_type in {"model", "seed"} and node.status == "success":
            yield dg.MaterializeResult(
                asset_key=asset_key(node.unique_id), metadata={"seconds": node.seconds}
            )
        elif node.unique_id in checks and node.status in {"pass", "fail", "error"}:
            spec = checks[node.unique_id]
            yield dg.AssetCheckResult(
                asset_key=spec.asset_key,
                check_name=spec.name,
                passed=not node.failed,
                metadata={"seconds": node.seconds, "broken": node.message or "nothing"},
            )


def _selected_nodes(context: dg.AssetExecutionContext) -> list[str]:
    """dbt names of the chosen assets; empty for all of them."""
    if not context.is_subset:
        return []
    names = {
        asset_key(unique_id): str(node["name"])
        for unique_id, node in MANIFEST["nodes"].items()
        if node["resource_type"] in {"model", "seed"}
    }
    return sorted(names[key] for key in context.selected_asset_keys)


def _as_they_end(settings: Settings, select: list[str]) -> Iterator[NodeResult]:
    """The nodes of one build, each as it ends; dbt runs in a thread of its own meanwhile.

    Raises what the build raised, after the last node.
    """
    ended: queue.SimpleQueue[NodeResult | BuildReport | BaseException] = queue.SimpleQueue()
    here = contextvars.copy_context()

    def build() -> None:
        try:
            ended.put(here.run(build_warehouse, settings, select, ended.put))
        except BaseException as error:  # handed to the thread that waits
            ended.put(error)

    threading.Thread(target=build, name="dbt").start()
    while not isinstance(event := ended.get(), BuildReport):
        if isinstance(event, BaseException):
            raise event
        yield event
