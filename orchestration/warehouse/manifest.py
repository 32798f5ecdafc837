"""dbt's manifest: made when a file of the project is newer, read for what it declares."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.exports import SegmentExport
from orchestration.parameters import load_variables
from orchestration.settings import DBT_PROJECT, Settings
from orchestration.warehouse.dbt import LINKS, Dbt, DbtError

_CONFIGURATION = ("dbt_project.yml", "profiles.yml", "selectors.yml")


def current_manifest(settings: Settings) -> Path:
    """The manifest's path, parsed anew where the project has changed since.

    Parsing needs no warehouse; it takes some seconds the first time and about one afterwards.
    Raises `SettingsError` where variables are why it fails, `DbtError` where something else is.
    """
    dbt = Dbt(settings, settings.warehouse)
    made_at = dbt.manifest_path.stat().st_mtime_ns if dbt.manifest_path.exists() else 0
    if any(path.stat().st_mtime_ns > made_at for path in _project_files()):
        try:
            return dbt.parse()
        except DbtError:
            load_variables()  # says more clearly what is wrong, where it is a variable
            raise
    return dbt.manifest_path


def _project_files() -> Iterable[Path]:
    """Everything a manifest is made of; folders too, so that a deleted file counts."""
    yield from (DBT_PROJECT / name for name in _CONFIGURATION)
    for link in LINKS:
        folder = (DBT_PROJECT / link).resolve()
        yield folder
        yield from folder.rglob("*")


@dataclass(frozen=True)
class Manifest:
    """What the stages need to know of the dbt project."""

    content: Mapping[str, Any]

    @classmethod
    def read(cls, path: Path) -> "Manifest":
        return cls(json.loads(path.read_text()))

    @property
    def nodes_to_build(self) -> int:
        """Models, seeds and data tests of a full build."""
        return sum(
            node["resource_type"] in {"model", "seed", "test"}
            for node in self.content["nodes"].values()
        )

    @property
    def segment_audits(self) -> dict[str, str]:
        """Unique id of each data test of a segment → the segment's name."""
        nodes = self.content["nodes"]
        segments = {node["unique_id"]: node["name"] for node in _segments(nodes)}
        return {
            unique_id: segments[node["attached_node"]]
            for unique_id, node in nodes.items()
            if node["resource_type"] == "test" and node.get("attached_node") in segments
        }

    @property
    def segment_exports(self) -> tuple[SegmentExport, ...]:
        """One export per segment and destination, as the segments' `config: meta:` declare them.

        Raises `DbtError` for a declaration that lacks something or has a key nobody knows.
        """
        return tuple(
            export for node in _segments(self.content["nodes"]) for export in _exports_of(node)
        )


def _segments(nodes: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [
        node
        for node in nodes.values()
        if node["resource_type"] == "model" and node["schema"] == "segments"
    ]


_REQUIRED = {"audience", "description_en", "description_ru", "destinations"}
_OPTIONAL = {"sync_mode", "hashed", "campaign"}


def _exports_of(node: Mapping[str, Any]) -> Iterable[SegmentExport]:
    name, where = node["name"], node["patch_path"] or node["path"]
    meta = node["config"]["meta"].get("segment", {})
    missing, unknown = _REQUIRED - set(meta), set(meta) - _REQUIRED - _OPTIONAL
    if missing or unknown:
        raise DbtError(
            f"Segment {name} ({where}): `config: meta: segment:` "
            + " and ".join(
                [f"lacks {', '.join(sorted(missing))}"] * bool(missing)
                + [f"has unknown {', '.join(sorted(unknown))}"] * bool(unknown)
            )
            + f". It takes {', '.join(sorted(_REQUIRED | _OPTIONAL))}."
        )
    hashed = _hashed(meta, f"Segment {name} ({where})")
    for destination in meta["destinations"]:
        yield SegmentExport(
            segment=name,
            destination=destination,
            audience=meta["audience"],
            sync_mode=meta.get("sync_mode", "replace"),
            description_en=meta["description_en"],
            description_ru=meta["description_ru"],
            hashed=hashed.get(destination),
            campaign=meta.get("campaign"),
        )


def _hashed(meta: Mapping[str, Any], segment: str) -> Mapping[str, bool]:
    """Destination → whether its file is hashed, where the segment says so itself."""
    hashed = meta.get("hashed", {})
    if not isinstance(hashed, dict) or not all(isinstance(one, bool) for one in hashed.values()):
        raise DbtError(
            f"{segment}: `hashed` is {hashed!r}, but it takes a map of destination to true or "
            "false, such as {meta_customer_list: false}."
        )
    unknown = sorted(set(hashed) - set(meta["destinations"]))
    if unknown:
        raise DbtError(
            f"{segment}: `hashed` names {', '.join(unknown)}, which is none of its destinations "
            f"({', '.join(meta['destinations'])})."
        )
    return hashed
