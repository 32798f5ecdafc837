"""The files of the published folder: their names, the link, and what is removed when.

    marts-<content id>.duckdb   a snapshot; read-only, never changed
    current.duckdb              relative link to the newest one
    .marts-<pid>.duckdb.tmp     a snapshot being written

All functions expect the run lock to be held: only one process publishes at a time.
"""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from orchestration.files import ASIDE_PREFIX, atomic_symlink

CURRENT = "current.duckdb"
KEEP_VERSIONS = 3
KEEP_YOUNGER_THAN = timedelta(hours=24)

_LEFTOVERS = (
    ".marts-*.duckdb.tmp*",
    f"{ASIDE_PREFIX}*-{CURRENT}",
    # Nobody writes to a snapshot, so a log beside one is a client's mistake; it would be replayed
    # into, or refuse, the file of that name at every opening.
    "marts-*.duckdb.wal",
    f"{CURRENT}.wal",
)


def version_path(published: Path, content_id: str) -> Path:
    """Where the snapshot of this content lies."""
    return published / f"marts-{content_id}.duckdb"


def unfinished_path(published: Path) -> Path:
    """Where this process writes a snapshot before it has an id."""
    return published / f".marts-{os.getpid()}.duckdb.tmp"


def remove_leftovers(published: Path) -> None:
    """Remove what killed runs have left, and write-ahead logs that do not belong here."""
    for pattern in _LEFTOVERS:
        for path in published.glob(pattern):
            path.unlink()


def make_current(version: Path) -> None:
    """Let `current.duckdb` point to `version`, from one moment to the next.

    The time of `version` becomes that of its publishing, by which old versions are told.
    """
    os.utime(version)
    atomic_symlink(version.with_name(CURRENT), version)


def remove_old_versions(
    published: Path, now: float, progress: Callable[[str], None]
) -> tuple[Path, ...]:
    """Remove all but the last `KEEP_VERSIONS` and those younger than `KEEP_YOUNGER_THAN`.

    `now` is in seconds since 1970. Readers of a removed file keep it open and go on. Called after
    the swap, so a file that cannot be removed does not undo the publishing: it is reported.
    Returns the removed paths.
    """
    current = (published / CURRENT).resolve()
    dated = sorted(
        ((path.stat().st_mtime, path) for path in published.glob("marts-*.duckdb")), reverse=True
    )
    oldest_kept = now - KEEP_YOUNGER_THAN.total_seconds()
    removed = []
    for modified, path in dated[KEEP_VERSIONS:]:
        if modified >= oldest_kept or path.resolve() == current:
            continue
        try:
            path.unlink()
        except OSError as error:
            progress(f"old snapshot {path.name} could not be removed: {error.strerror}")
        else:
            removed.append(path)
    return tuple(removed)
