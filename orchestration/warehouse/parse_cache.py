"""dbt's parse of the project, kept with the project: a new data folder need not begin anew.

dbt itself decides what of it still holds: where the project's settings, the profile or its version
are others it parses everything, else only what changed. A project that cannot be written to keeps
nothing.

One thing dbt does not see: a parse names files by their whole path, so it is useless, and fails,
once the project lies elsewhere. Beside each parse stands whose it is.
"""

import shutil
from contextlib import suppress
from pathlib import Path

from orchestration.files import write_aside_then_rename
from orchestration.settings import DBT_PROJECT

FILE = "partial_parse.msgpack"
PROJECT = "partial_parse.project"


def take(target_dir: Path, target: str, project: Path = DBT_PROJECT) -> None:
    """Give a folder that has no parse of this project the one that is kept for `target`."""
    if _is_of(target_dir, project):
        return
    (target_dir / FILE).unlink(missing_ok=True)
    kept = _kept(project, target)
    with suppress(OSError):
        if _is_of(kept, project):
            _copy(kept / FILE, target_dir / FILE)
        (target_dir / PROJECT).write_text(str(project))


def keep(target_dir: Path, target: str, project: Path = DBT_PROJECT) -> None:
    """Keep a parse that is newer than the kept one."""
    kept = _kept(project, target)
    with suppress(OSError):
        made = (target_dir / FILE).stat().st_mtime_ns
        if not _is_of(kept, project) or made > (kept / FILE).stat().st_mtime_ns:
            kept.mkdir(parents=True, exist_ok=True)
            _copy(target_dir / FILE, kept / FILE)
            _copy(target_dir / PROJECT, kept / PROJECT)


def _is_of(folder: Path, project: Path) -> bool:
    """Whether a parse lies here, made where the project lies now."""
    try:
        return (folder / FILE).exists() and (folder / PROJECT).read_text() == str(project)
    except OSError:
        return False


def _kept(project: Path, target: str) -> Path:
    return project / "target" / "parsed" / target


def _copy(source: Path, destination: Path) -> None:
    """Whole or not at all, with its time of change; several processes may do it at once."""
    with write_aside_then_rename(destination) as aside:
        shutil.copy2(source, aside)
