"""Release: a staged set becomes the one that marketing sees, in one step.

Sets lie in `exports/.sets/<as_of>__<set id>/` and never change; `exports/<as_of>` and
`exports/latest` are links, swapped atomically. So whoever looks sees a complete set at any moment,
and a crash between two steps leaves the links on the set before. Nothing old is deleted.
"""

import hashlib
import logging
import shutil
from datetime import UTC, datetime
from pathlib import Path

from orchestration.exports import ledger, manifest, writer
from orchestration.exports.model import ExportError, ExportReport
from orchestration.files import atomic_symlink, fsync_folder
from orchestration.progress import Advance, unwatched
from orchestration.settings import Settings

logger = logging.getLogger(__name__)

SETS = ".sets"
LATEST = "latest"


def release_exports(
    report: ExportReport,
    settings: Settings,
    released_at: datetime | None = None,
    advance: Advance = unwatched,
) -> Path:
    """Move the staged set into place, point `exports/<as_of>` and `exports/latest` to it.

    `latest` is the set of the newest day, and of that day the one released last. Returns the set's
    folder. Releasing again, also after a crash at any point, ends in the same state; each release
    is a line in `state/exports.jsonl` (`released_at`: now, unless given). `advance` is told of
    files that are checked.

    Raises `ExportError` when what was staged is incomplete or no longer what was checked.
    """
    day = report.as_of_date.isoformat()
    folder = _placed(report, settings.exports / SETS, f"{day}__{report.set_id}", advance)
    _point(settings.exports / day, folder)
    latest = settings.exports / LATEST
    # Describing an earlier day must not put yesterday's audiences before the marketer.
    if not latest.is_symlink() or latest.readlink().name <= day:
        _point(latest, settings.exports / day)
    ledger.append(settings.state / ledger.NAME, report, released_at or datetime.now(UTC))
    logger.info("released set %s of %s", report.set_id, day)
    return folder


def _placed(report: ExportReport, sets: Path, name: str, advance: Advance) -> Path:
    """The folder of the set: one that is already there with the same bytes, else the staged one."""
    writer.make_folder(sets)
    place, attempt = sets / name, 1
    while place.exists():
        if holds(place, report.set_id, advance):
            if report.staging_dir.exists():
                shutil.rmtree(report.staging_dir)
            return place
        # Someone changed the files after their release (a spreadsheet, perhaps): leave them.
        attempt += 1
        place = sets / f"{name}-{attempt}"
    if not holds(report.staging_dir, report.set_id, advance):
        raise ExportError(
            f"{report.staging_dir.name} is missing, incomplete or changed since it was staged. "
            "Stage the exports again."
        )
    for path in sorted(report.staging_dir.rglob("*")):
        if path.is_dir():
            fsync_folder(path)
    fsync_folder(report.staging_dir)
    report.staging_dir.rename(place)
    fsync_folder(sets)
    return place


def holds(folder: Path, set_id: str, advance: Advance = unwatched) -> bool:
    """Whether `folder` is the complete set `set_id`: every file there, none changed, none added."""
    sums = folder / manifest.CHECKSUMS
    if not sums.is_file():
        return False
    text = sums.read_text(encoding="utf-8")
    if manifest.set_id(text) != set_id:
        return False
    expected = {line[66:]: line[:64] for line in text.splitlines()}
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    if found != {*expected, manifest.CHECKSUMS}:
        return False
    for done, (name, digest) in enumerate(expected.items()):
        advance(done, len(expected), name)
        if _sha256(folder / name) != digest:
            return False
    advance(len(expected), len(expected), "")
    return True


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _point(link: Path, target: Path) -> None:
    """Make `link` a relative link to `target`, replacing an older one atomically."""
    if link.exists() and not link.is_symlink():
        raise ExportError(
            f"{link} is a folder or file, where a link belongs. Move it away and run again."
        )
    atomic_symlink(link, target)
