"""Files that are either whole or absent, also after a crash: write aside, sync, rename.

A rename replaces a name in one step, so whoever opens the name gets the old file or the new one,
never a half of either. A rename alone does not survive a power cut, though: the content has to be
synced before it, and the folder, which holds the name, after it.

Names set aside carry the process id; the callers hold the run lock, so that within one process
nobody writes the same name twice at a time.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ASIDE_PREFIX = ".aside-"
"""Begins the name of everything not yet in place; hidden, so that no glob for results meets it."""

_PRIVATE = 0o700
_PRIVATE_FILE = 0o600


def fsync_file(path: Path) -> None:
    """Have the content of `path` on the disk before this returns."""
    _fsync(path, os.O_RDONLY)


def fsync_folder(folder: Path) -> None:
    """Have the names in `folder` on the disk: a rename is lost in a power cut without this."""
    _fsync(folder, os.O_RDONLY | os.O_DIRECTORY)


def atomic_symlink(link: Path, target: Path) -> None:
    """Let `link` point to `target` from one moment to the next, replacing a former link or file.

    The link is made aside and renamed over: removing and making it anew would leave a moment in
    which a reader finds nothing. It is relative, so that the data folder can be moved or mounted
    elsewhere. Raises `OSError` where the folder cannot be written or `link` is a folder.
    """
    aside = aside_of(link)
    aside.unlink(missing_ok=True)
    try:
        aside.symlink_to(os.path.relpath(target, link.parent))
        aside.replace(link)
    finally:
        aside.unlink(missing_ok=True)
    fsync_folder(link.parent)


@contextmanager
def write_aside_then_rename(path: Path) -> Iterator[Path]:
    """Give a path beside `path` to write to; when the block ends well, it becomes `path`.

    A path rather than an open file, because DuckDB, pyarrow and workbook writers open theirs
    themselves. The suffix is that of `path`, as some of them choose the format by it. When the
    block raises, `path` stays as it was and nothing is left aside.
    """
    aside = aside_of(path)
    aside.unlink(missing_ok=True)
    try:
        yield aside
        fsync_file(aside)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    fsync_folder(path.parent)


def private_folder(folder: Path) -> Path:
    """Make `folder` if need be and close it to everybody but its owner (0700); returns it.

    A folder that exists with wider rights is narrowed: what it holds is personal.
    """
    folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
    folder.chmod(_PRIVATE)  # the mode of mkdir is ignored for a folder that exists
    return folder


def private_file(path: Path) -> None:
    """Make the empty file `path` that only its owner may read: others never can, not even while it
    is being written. Raises `FileExistsError` where there is one already.
    """
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _PRIVATE_FILE))


def aside_of(path: Path) -> Path:
    """Where this process writes `path` before it is in place: in the same folder."""
    return path.with_name(f"{ASIDE_PREFIX}{os.getpid()}-{path.name}")


def _fsync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
