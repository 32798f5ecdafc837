"""The ledger of releases, `state/exports.jsonl`: one line per release, the only place for its time.

A line: `released_at` (UTC), `as_of`, `set_id`, and per export `destination`, `audience`,
`content_id`, `rows`. Never a person's data.
"""

import json
import os
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from orchestration.exports.model import ExportError, ExportReport, State

NAME = "exports.jsonl"


def append(path: Path, report: ExportReport, released_at: datetime) -> None:
    """Enter the release of `report`; on disk when this returns."""
    line = json.dumps(
        {
            "released_at": released_at.isoformat(),
            "as_of": report.as_of_date.isoformat(),
            "set_id": report.set_id,
            "exports": [
                {
                    "destination": result.export.destination,
                    "audience": result.export.audience,
                    "content_id": result.content_id,
                    "rows": result.counts.kept,
                }
                for result in report.results
                if result.state is State.WRITTEN
            ],
        },
        sort_keys=True,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "rb+") as file:
        # A line torn by a crash stays alone on its line, where reading passes over it.
        size = file.seek(0, os.SEEK_END)
        torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        file.write(("\n" if torn else "").encode() + line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def previous_content_ids(path: Path, before: date) -> dict[tuple[str, str], str]:
    """Per (destination, audience) the content last released for the latest day before `before`.

    Releases for `before` itself do not count: running a day again gives the same manifest.
    """
    latest: dict[tuple[str, str], tuple[str, str]] = {}
    if not path.exists():
        return {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        entry = _parsed(line)
        if entry is None:
            continue
        try:
            as_of = str(entry["as_of"])
            for export in entry["exports"]:
                key = (str(export["destination"]), str(export["audience"]))
                if as_of < before.isoformat() and as_of >= latest.get(key, ("", ""))[0]:
                    latest[key] = (as_of, str(export["content_id"]))
        except (KeyError, TypeError):
            raise ExportError(
                f"{NAME}, line {number}, is no entry of a release. Restore it from a backup."
            ) from None
    return {key: content_id for key, (_, content_id) in latest.items()}


def entries(path: Path) -> Iterator[dict[str, Any]]:
    """All releases, in their order."""
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            entry = _parsed(line)
            if entry is not None:
                yield entry


def _parsed(line: str) -> dict[str, Any] | None:
    """The entry, or None for a line that a crash tore."""
    try:
        entry = json.loads(line)
    except json.JSONDecodeError:
        return None
    return entry if isinstance(entry, dict) else None
