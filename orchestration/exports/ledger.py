"""The ledger of releases, `state/exports.jsonl`: one line per release, the only place for its time.

A line: `released_at` (UTC), `as_of`, `set_id`, and per released export (`exports`) `segment`,
`destination`, `audience`, `kind`, `sync_mode`, `hashed` (where it is not as the destination has
it), `content_id`, `customers` (of the segment), `rows` (kept customers), `files` (how many) and
`dropped_by_reason`; the same, with their `state`, of those that were staged and not released
(`others`). Never a person's data. A line with `deleted_on` says that the files of a content went
from the `set`.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from orchestration.exports import journal
from orchestration.exports.model import (
    ExportError,
    ExportReport,
    ExportResult,
    Previous,
    Standing,
    State,
)

NAME = "exports.jsonl"
Pair = tuple[str, str]


def append(
    path: Path, report: ExportReport, staged: Iterable[ExportResult], released_at: datetime
) -> None:
    """Enter the release of `report`, and what was decided of all that was `staged` for it; on disk
    when this returns."""
    journal.append(
        path,
        {
            "released_at": released_at.isoformat(),
            "as_of": report.as_of_date.isoformat(),
            "set_id": report.set_id,
            "exports": [_entry(one) for one in report.results if _is_released(one)],
            "others": [
                {**_entry(one), "state": one.standing or one.state}
                for one in staged
                if not _is_released(one)
            ],
        },
    )


def append_deletion(
    path: Path, pair: Pair, content_id: str, name_of_set: str, deleted_on: date
) -> None:
    """Enter that the files of a content were deleted from a set; on disk when this returns."""
    journal.append(
        path,
        {
            "deleted_on": deleted_on.isoformat(),
            "destination": pair[0],
            "audience": pair[1],
            "content_id": content_id,
            "set": name_of_set,
        },
    )


def _is_released(result: ExportResult) -> bool:
    return result.state is State.WRITTEN and result.standing is Standing.RELEASED


def _entry(result: ExportResult) -> dict[str, Any]:
    return {
        "segment": result.export.segment,
        "destination": result.export.destination,
        "audience": result.export.audience,
        "kind": result.export.kind,
        "sync_mode": result.export.sync_mode,
        "hashed": result.export.hashed,
        "content_id": result.content_id,
        "customers": result.counts.segment,
        "rows": result.counts.kept,
        "files": len(result.files),
        "dropped_by_reason": dict(result.counts.dropped_by_reason),
    }


def previous_releases(path: Path, before: date) -> Mapping[Pair, Previous]:
    """Per (destination, audience) what was last released for the latest day before `before`.

    Releases for `before` itself do not count: running a day again gives the same manifest.
    """
    latest: dict[Pair, tuple[str, Previous]] = {}
    for as_of, exports in released_by_day(path, before).items():
        for pair, export in exports.items():
            found = Previous(str(export["content_id"]), int(export["rows"]))
            if as_of >= latest.get(pair, ("", found))[0]:
                latest[pair] = as_of, found
    return {pair: previous for pair, (_, previous) in latest.items()}


def released_by_day(path: Path, before: date) -> Mapping[str, Mapping[Pair, Mapping[str, Any]]]:
    """For each day before `before` (ISO), in order, the exports released last, by audience.

    Raises `ExportError` for a line that is no entry of a release.
    """
    days: dict[str, dict[Pair, Mapping[str, Any]]] = {}
    for number, entry in journal.entries(path):
        if "deleted_on" in entry:
            continue
        try:
            as_of = str(entry["as_of"])
            if as_of >= before.isoformat():
                continue
            day = days.setdefault(as_of, {})
            for export in entry["exports"]:
                day[str(export["destination"]), str(export["audience"])] = {
                    **export,
                    "content_id": str(export["content_id"]),
                    "rows": int(export["rows"]),
                }
        except (KeyError, TypeError, ValueError):
            raise ExportError(
                f"{NAME}, line {number}, is no entry of a release. Restore it from a backup."
            ) from None
    return dict(sorted(days.items()))


def made(path: Path, until: date) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Day (ISO) and entry of every export that a run staged or released, up to the day `until`."""
    for entry in entries(path):
        if entry["as_of"] <= until.isoformat():
            for export in (*entry.get("others", ()), *entry["exports"]):
                yield str(entry["as_of"]), export


def contents(path: Path) -> Mapping[Pair, list[str]]:
    """Content ids that were released, by audience, each once, the latest at the end."""
    found: dict[Pair, dict[str, None]] = {}
    for entry in entries(path):
        for export in entry["exports"]:
            of_pair = found.setdefault((export["destination"], export["audience"]), {})
            of_pair.pop(export["content_id"], None)
            of_pair[export["content_id"]] = None
    return {pair: list(of_pair) for pair, of_pair in found.items()}


def last_releases(path: Path) -> Mapping[Pair, Mapping[str, Any]]:
    """What was last released to every audience, with the day that it describes, `as_of`."""
    return {
        (export["destination"], export["audience"]): {**export, "as_of": entry["as_of"]}
        for entry in entries(path)
        for export in entry["exports"]
    }


def entries(path: Path) -> Iterator[dict[str, Any]]:
    """All releases, in their order."""
    yield from (entry for _, entry in journal.entries(path) if "deleted_on" not in entry)
