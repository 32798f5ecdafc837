"""dbt's parse of the project, kept with the project: a new data folder need not begin anew.

dbt itself decides what of it still holds: where the project's settings, the profile or its version
are others it parses everything, else only what changed. A project that cannot be written to keeps
nothing.
"""

import shutil
from contextlib import suppress
from pathlib import Path

from orchestration.files import write_aside_then_rename
from orchestration.settings import DBT_PROJECT

FILE = "partial_parse.msgpack"


def take(target_dir: Path, target: str, project: Path = DBT_PROJECT) -> None:
    """Give a folder that has no parse yet the one that is kept for `target`, if there is one."""
    if not (target_dir / FILE).exists():
        with suppress(OSError):
            _copy(_kept(project, target), target_dir / FILE)


def keep(target_dir: Path, target: str, project: Path = DBT_PROJECT) -> None:
    """Keep a parse that is newer than the kept one."""
    with suppress(OSError):
        made, kept = target_dir / FILE, _kept(project, target)
        if not kept.exists() or made.stat().st_mtime_ns > kept.stat().st_mtime_ns:
            kept.parent.mkdir(parents=True, exist_ok=True)
            _copy(made, kept)


def _kept(project: Path, target: str) -> Path:
    return project / "target" / "parsed" / target / FILE


def _copy(source: Path, destination: Path) -> None:
    """Whole or not at all, with its time of change; several processes may do it at once."""
    with write_aside_then_rename(destination) as aside:
        shutil.copy2(source, aside)
