"""The commands that people stage, release and acknowledge exports by: settings in, text out."""

from collections import Counter
from collections.abc import Collection
from datetime import UTC, datetime

from orchestration.erasure.expiry import delete_expired
from orchestration.exports import acknowledge, release, removes, sets, standing
from orchestration.exports.delivery import undelivered
from orchestration.exports.destination_settings import load
from orchestration.exports.model import ExportError, ExportReport, ExportResult, Role, Standing
from orchestration.exports.page import SHOWN
from orchestration.exports.staged import read_staged
from orchestration.run_lock import RunLock
from orchestration.settings import Settings
from orchestration.stages import deliver, stage_segment_exports
from orchestration.stages import release as release_staged
from orchestration.warehouse.manifest import Manifest, current_manifest

_ROLES = (Role.ADDS, Role.REMOVES, Role.FULL)
_HEADS = ("audience", "customers", "kept", "change", "adds", "removes", "full", "state")


def acknowledge_audience(settings: Settings, audience: str, content_id: str) -> str:
    """Remember that a content of an audience was uploaded, and say which.

    Files of earlier contents are deleted.
    """
    with RunLock(settings.data_dir, what="retention ack"):
        now = datetime.now(UTC)
        chosen = acknowledge.acknowledge(settings, audience, content_id, now)
        delete_expired(settings, now.date())
    return (
        f"{audience} holds content {chosen}. Its next adds and removes go by that, from the next "
        "run on (or `retention exports`)."
    )


def stage_again(settings: Settings, full: Collection[str]) -> str:
    """Stage all exports from the warehouse as it stands, and release what goes by itself.

    `full`: audiences (or `all`) that are written whole, whatever was acknowledged.
    """
    with RunLock(settings.data_dir, what="retention exports"):
        exports = Manifest.read(current_manifest(settings)).segment_exports
        report = stage_segment_exports(settings, exports, full)
        released = release_staged(settings, report)
    return _table(released.results)


def release_plan(settings: Settings, names: Collection[str]) -> str:
    """What `release_waiting` would do, in counts; nothing is done."""
    policies = load(settings)
    staged = read_staged(settings)
    known = staged or _latest(settings)
    decide = standing.by_hand(policies, _checked(known, names))
    said = []
    if staged:
        results = release.decided(staged, decide)
        said += [f"Staged as of {staged.as_of_date}; released would be:", _table(results)]
    else:
        results = (
            [one for one in known.results if decide(one) is Standing.RELEASED] if known else []
        )
        said.append("Nothing waits for its release.")
    said += [
        f"{one.rows:,} removes of an erasure on {one.day} would be sent to "
        f"{one.destination}/{one.audience}."
        for one in removes.to_send(settings, policies, decide)
    ]
    to_send = undelivered(settings, policies, results)
    said += [f"{_name(one)} would be sent." for one in to_send]
    return "\n".join([*said, "Nothing was done."])


def release_waiting(settings: Settings, names: Collection[str]) -> str:
    """Release what waits (or what of it is named), and send what has not arrived."""
    with RunLock(settings.data_dir, what="retention release"):
        staged = read_staged(settings)
        known = staged or _latest(settings)
        decide = standing.by_hand(load(settings), _checked(known, names))
        if staged is None:
            sent = deliver(settings, known, decide) if known else 0
            return f"Nothing waits for its release; {sent} audiences were sent."
        released = release_staged(settings, staged, decide)
    return _table(released.results)


def _latest(settings: Settings) -> ExportReport | None:
    folder = (settings.exports / release.LATEST).resolve()
    return sets.read_report(folder) if folder.is_dir() else None


def _checked(report: ExportReport | None, names: Collection[str]) -> Collection[str]:
    results = report.results if report else ()
    known = {name for one in results for name in (one.export.destination, _name(one))}
    unknown = sorted(set(names) - known)
    if unknown:
        raise ExportError(
            f"Nothing is staged for {', '.join(unknown)}. Name a destination, or "
            f"<destination>/<audience>; there are: {', '.join(sorted(known))}."
        )
    return names


def _name(result: ExportResult) -> str:
    return result.export.name


def _table(results: Collection[ExportResult]) -> str:
    rows = [_HEADS, *map(_row, results)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(_HEADS))]
    return "\n".join(
        "  ".join(
            text.ljust(width) if place in (0, len(_HEADS) - 1) else text.rjust(width)
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _row(result: ExportResult) -> tuple[str, ...]:
    rows: Counter[Role] = Counter()
    for file in result.files:
        rows[Role(file.role)] += file.rows
    change = "new" if result.change is None else f"{result.change:+,}"
    return (
        _name(result),
        f"{result.counts.segment:,}",
        f"{result.counts.kept:,}",
        change,
        *(f"{rows[role]:,}" if role in rows else "–" for role in _ROLES),
        SHOWN[result.standing] if result.standing else f"no file: {result.state}",
    )
