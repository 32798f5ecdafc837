"""The manifest and the checksums beside the files (section 1.5 of the channel page).

No wall-clock time and no run id: the same content gives the same bytes.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from typing import Any

from orchestration.exports.model import Counts, FileEntry, Holdout, SegmentExport

VERSION = 1
NAME = "manifest.json"
CHECKSUMS = "SHA256SUMS"


def file_name(
    export: SegmentExport, role: str, as_of_date: date, content_id: str, suffix: str
) -> str:
    """`{destination}__{audience}__{role}__{YYYYMMDD}__{content_id}{suffix}`

    `suffix` is the ending, after the kind of identifier where a file has that alone.
    """
    parts = (export.destination, export.audience, role, f"{as_of_date:%Y%m%d}", content_id)
    return "__".join(parts) + suffix


def content_id(
    export: SegmentExport,
    segment_code: str,
    as_of_date: date,
    files: Iterable[FileEntry],
    base: str | None = None,
) -> str:
    """16 hex digits that stand for what is sent: to whom it is addressed and the files' bytes.

    `base`: the content that adds and removes go by, for the same change of another audience is
    another content.
    """
    content = {
        "destination": export.destination,
        "audience": export.audience,
        "sync_mode": export.sync_mode,
        "as_of": as_of_date.isoformat(),
        "segment_code": segment_code,
        "files": [[file.role, file.rows, file.sha256] for file in files],
        **({"base": base} if base else {}),
    }
    return hashlib.sha256(dumps(content).encode()).hexdigest()[:16]


def manifest(
    export: SegmentExport,
    *,
    segment_code: str,
    as_of_date: date,
    identifier: str,
    previous: str | None,
    holdout: Holdout,
    files: Iterable[FileEntry],
    counts: Counts,
    expires_on: date,
    warnings: Iterable[str],
    tool_version: str,
) -> str:
    """The manifest's text; those held out are counted among `dropped_by_reason`."""
    content: dict[str, Any] = {
        "manifest_version": VERSION,
        "content_id": identifier,
        "destination": export.destination,
        "audience": export.audience,
        "sync_mode": export.sync_mode,
        "as_of": as_of_date.isoformat(),
        "segment_code": segment_code,
        "holdout": asdict(holdout),
        "files": [asdict(file) for file in files],
        "counts": {
            "segment": counts.segment,
            "kept": counts.kept,
            "dropped_by_reason": dict(counts.dropped_by_reason),
        },
        "previous_content_id": previous,
        "expires_on": expires_on.isoformat(),
        "warnings": list(warnings),
        "tool_version": tool_version,
    }
    return dumps(content)


def dumps(content: object) -> str:
    """JSON with sorted keys, readable as it stands, ending in a line feed."""
    return json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def checksums(entries: Iterable[tuple[str, str]]) -> str:
    """`SHA256SUMS` of (name, hex digest) pairs, for `sha256sum -c`."""
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(entries))


def set_id(sums: str) -> str:
    """16 hex digits that stand for a whole set, from the text of its `SHA256SUMS`."""
    return hashlib.sha256(sums.encode()).hexdigest()[:16]
