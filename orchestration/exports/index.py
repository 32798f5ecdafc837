"""`index.json` of a set: what a machine reads of it, and what a set is read back from."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from orchestration.exports.manifest import dumps
from orchestration.exports.model import (
    Counts,
    ExportReport,
    ExportResult,
    FileEntry,
    Kind,
    Previous,
    SegmentExport,
    Standing,
    State,
)

JSON_NAME = "index.json"
HTML_NAME = "index.html"


def as_json(report: ExportReport) -> str:
    """`as_of`, `unreadable_suppressions` and one object per export."""
    return dumps(
        {
            "as_of": report.as_of_date.isoformat(),
            "unreadable_suppressions": report.unreadable_suppressions,
            "exports": [_entry(result) for result in report.results],
        }
    )


def _entry(result: ExportResult) -> dict[str, Any]:
    export = result.export
    return {
        **asdict(export),
        "segment_code": result.segment_code,
        "state": result.state,
        "standing": result.standing,
        "reason": result.reason,
        "counts": {
            "segment": result.counts.segment,
            "kept": result.counts.kept,
            "dropped_by_reason": dict(result.counts.dropped_by_reason),
        },
        "change": result.change,
        "previous": asdict(result.previous) if result.previous else None,
        "base": result.base,
        "blank_cells": dict(result.blank_cells),
        "warnings": list(result.warnings),
        "content_id": result.content_id,
        "expires_on": result.expires_on.isoformat() if result.expires_on else None,
        "files": [f"{export.name}/{file.name}" for file in result.files],
    }


def result_of(entry: Mapping[str, Any], manifest: Mapping[str, Any]) -> ExportResult:
    """The result that an entry of the index and its manifest (empty for none) tell of."""
    # A set that was released before there were several kinds does not name them.
    known = SegmentExport.__dataclass_fields__
    export = {name: value for name, value in entry.items() if name in known}
    export["kind"] = Kind(export.get("kind", Kind.AUDIENCE))
    listed = {one["name"]: one for one in manifest.get("files", ())}
    names = [path.rpartition("/")[2] for path in entry["files"]]
    files = (
        FileEntry(
            **{
                **listed[name],
                "columns": tuple(listed[name]["columns"]),
                "hashed_columns": tuple(listed[name]["hashed_columns"]),
            }
        )
        for name in names
        if name in listed
    )
    expires_on, previous, standing = entry["expires_on"], entry["previous"], entry["standing"]
    return ExportResult(
        SegmentExport(**export),
        State(entry["state"]),
        reason=entry["reason"],
        segment_code=entry["segment_code"],
        counts=Counts(**entry["counts"]),
        warnings=tuple(entry["warnings"]),
        blank_cells=entry["blank_cells"],
        files=tuple(files),
        content_id=entry["content_id"],
        expires_on=date.fromisoformat(expires_on) if expires_on else None,
        previous=Previous(**previous) if previous else None,
        base=entry["base"],
        standing=Standing(standing) if standing else None,
    )
