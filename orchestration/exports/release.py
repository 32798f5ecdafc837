"""Release: what is staged and may be used becomes the set that marketing sees, in one step.

Sets lie in `exports/.sets/<as_of>__<set id>/` and never change; `exports/<as_of>` and
`exports/latest` are links, swapped atomically. So whoever looks sees a complete set at any moment,
and a crash between two steps leaves the links on the set before. Nothing old is deleted.

A set holds the files of all that is released of the day. What waits for a person stays as it was
in the day's set before, or is only said to be waiting; a destination that is paused has no files
there, whatever was released of it before. The staged set lies there until all of it is released or
something else is staged.
"""

import logging
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from orchestration.exports import (
    acknowledge,
    assignments,
    ledger,
    manifest,
    plans,
    removes,
    sets,
    writer,
)
from orchestration.exports.destination_settings import load
from orchestration.exports.model import ExportError, ExportReport, ExportResult, Standing, State
from orchestration.exports.staged import STAGING_PREFIX, remove_staged, state_aside
from orchestration.exports.standing import Decide, by_run
from orchestration.files import atomic_symlink, fsync_file, fsync_folder
from orchestration.progress import Advance, unwatched
from orchestration.settings import Settings

logger = logging.getLogger(__name__)

SETS = ".sets"
LATEST = "latest"
_NEWER = "Newer files of this audience wait for their release."
_COMPOSED = f"{STAGING_PREFIX}release"


def release_exports(
    report: ExportReport,
    settings: Settings,
    released_at: datetime | None = None,
    advance: Advance = unwatched,
    *,
    decide: Decide | None = None,
) -> Path:
    """Release what `decide` says of the staged set (by default, what a run releases by itself).

    Points `exports/<as_of>` and `exports/latest` to the set; `latest` is the set of the newest day,
    and of that day the one released last. Returns the set's folder. Releasing again, also after a
    crash at any point, ends in the same state; each release is a line in `state/exports.jsonl`
    (`released_at`: now, unless given). `advance` is told of files that are checked.

    Raises `ExportError` when what was staged is incomplete or no longer what was checked.
    """
    policies = load(settings)
    decide = decide or by_run(policies)
    report = replace(report, removes=tuple(removes.left_to_people(settings, policies, decide)))
    day = report.as_of_date.isoformat()
    composed = _composed(report, settings, decide)
    _remember(report, composed, settings)
    folder = _placed(composed, settings.exports / SETS, day, advance)
    _point(settings.exports / day, folder)
    latest = settings.exports / LATEST
    # Describing an earlier day must not put yesterday's audiences before the marketer.
    if not latest.is_symlink() or latest.readlink().name <= day:
        _point(latest, settings.exports / day)
    ledger.append(
        settings.state / ledger.NAME,
        composed,
        decided(report, decide),
        released_at or datetime.now(UTC),
    )
    released = [one for one in composed.results if one.standing is Standing.RELEASED]
    acknowledge.prune(settings, {one.export.pair for one in released})
    if not _is_waiting(composed):
        remove_staged(report.staging_dir)
    logger.info("released set %s of %s", composed.set_id, day)
    return folder


def decided(report: ExportReport, decide: Decide) -> list[ExportResult]:
    """The results with what becomes of each; those without files have no standing."""
    return [
        replace(one, standing=decide(one)) if one.state is State.WRITTEN else one
        for one in report.results
    ]


def _is_waiting(report: ExportReport) -> bool:
    return any(
        one.state is State.WRITTEN and one.standing is not Standing.RELEASED
        for one in report.results
    )


def _composed(report: ExportReport, settings: Settings, decide: Decide) -> ExportReport:
    """The set to be released, in a folder of its own; files are checked where it is placed."""
    staged = report.staging_dir
    sums = staged / manifest.CHECKSUMS
    if not sums.is_file() or manifest.set_id(sums.read_text(encoding="utf-8")) != report.set_id:
        raise ExportError(
            f"{staged.name} is missing, incomplete or changed since it was staged. "
            "Stage the exports again."
        )
    results = decided(report, decide)
    keeps = any(one.standing not in (None, Standing.RELEASED) for one in results)
    day = (settings.exports / report.as_of_date.isoformat()).resolve()
    before = _released_in(day) if keeps else {}
    folder = settings.exports / _COMPOSED
    if folder.exists():
        shutil.rmtree(folder)
    return sets.compose(
        report, folder, (_taken(one, staged, day, before, keeps) for one in results)
    )


def _taken(
    result: ExportResult,
    staged: Path,
    day: Path,
    before: Mapping[tuple[str, str], ExportResult],
    keeps: bool,
) -> sets.Taken:
    if result.standing is Standing.RELEASED:
        return sets.Taken(result, staged, is_link=not keeps)
    if result.standing is Standing.PAUSED:
        return sets.Taken(result)
    earlier = before.get(result.export.pair)
    # Whoever opened and saved a file in a spreadsheet has spoilt it.
    if not (result.standing and earlier and sets.is_whole(day, result.export.pair)):
        return sets.Taken(result)
    if earlier.content_id == result.content_id:
        return sets.Taken(replace(result, standing=Standing.RELEASED), day)
    warnings = dict.fromkeys((*earlier.warnings, _NEWER))
    return sets.Taken(replace(earlier, warnings=tuple(warnings)), day)


def _released_in(day: Path) -> dict[tuple[str, str], ExportResult]:
    if not (day / manifest.CHECKSUMS).is_file():
        return {}
    return {
        one.export.pair: one
        for one in sets.read_report(day).results
        if one.standing is Standing.RELEASED
    }


def _remember(staged: ExportReport, composed: ExportReport, settings: Settings) -> None:
    """Put in place what is known of contents; before the links, so that nothing seen lacks it."""
    aside = state_aside(staged.staging_dir)
    for result in _new(staged, composed.results):
        pair, content_id = result.export.pair, str(result.content_id)
        own = aside / result.export.name
        name = f"{content_id}.parquet"
        for source, target in (
            (own / name, acknowledge.state_path(settings, pair, content_id)),
            (own / assignments.FOLDER / name, assignments.folder_of(settings, pair) / name),
        ):
            if source.exists() and not target.exists():
                writer.make_folder(target.parent)
                fsync_file(source)
                os.link(source, target)
                fsync_folder(target.parent)
        waiting = own / plans.FOLDER / name
        planned = plans.place(settings, result.export.pair, staged.as_of_date.isoformat())
        if waiting.exists():
            writer.make_folder(planned.parent)
        plans.keep(waiting, planned)
    plans.prune(settings, staged.as_of_date)


def _new(staged: ExportReport, results: Iterable[ExportResult]) -> Iterable[ExportResult]:
    contents = {(one.export.pair, one.content_id) for one in staged.results}
    for one in results:
        if one.standing is Standing.RELEASED and (one.export.pair, one.content_id) in contents:
            yield one


def _placed(composed: ExportReport, room: Path, day: str, advance: Advance) -> Path:
    """The set in its place: one that is already there with the same bytes, else the composed."""
    writer.make_folder(room)
    name = f"{day}__{composed.set_id}"
    place, attempt = room / name, 1
    while place.exists():
        if sets.holds(place, composed.set_id, advance):
            shutil.rmtree(composed.staging_dir)
            return place
        # Someone changed the files after their release (a spreadsheet, perhaps): leave them.
        attempt += 1
        place = room / f"{name}-{attempt}"
    if not sets.holds(composed.staging_dir, composed.set_id, advance):
        raise ExportError(
            "What was staged is incomplete or changed since then. Stage the exports again."
        )
    for path in sorted(composed.staging_dir.rglob("*")):
        if path.is_dir():
            fsync_folder(path)
    fsync_folder(composed.staging_dir)
    composed.staging_dir.rename(place)
    fsync_folder(room)
    return place


def _point(link: Path, target: Path) -> None:
    """Make `link` a relative link to `target`, replacing an older one atomically."""
    if link.exists() and not link.is_symlink():
        raise ExportError(
            f"{link} is a folder or file, where a link belongs. Move it away and run again."
        )
    atomic_symlink(link, target)
