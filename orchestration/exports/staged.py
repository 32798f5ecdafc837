"""The staged set: where it lies until it is released, and what is to be remembered of it."""

import shutil
from dataclasses import replace
from pathlib import Path

from orchestration.exports import sets, writer
from orchestration.exports.model import ExportReport
from orchestration.settings import Settings

STAGING_PREFIX = ".staging-"
_STATE_SUFFIX = "-state"
_BUILD = "build"


def state_aside(staging_dir: Path) -> Path:
    """Where what is to be remembered of staged exports waits for their release."""
    return staging_dir.with_name(staging_dir.name + _STATE_SUFFIX)


def staging_folder(settings: Settings) -> Path:
    """Where a run stages; what is not released stays there until the next one does."""
    return settings.exports / f"{STAGING_PREFIX}run"


def write_build(report: ExportReport) -> None:
    """Remember which build a staged set is of."""
    writer.write_text(state_aside(report.staging_dir) / _BUILD, report.build_id)


def read_staged(settings: Settings) -> ExportReport | None:
    """The set that waits for its release; None where nothing waits.

    Raises `ExportError` where it is incomplete.
    """
    folder = staging_folder(settings)
    build = state_aside(folder) / _BUILD
    if not build.is_file():
        return None
    return replace(sets.read_report(folder), build_id=build.read_text(encoding="utf-8"))


def remove_staged(staging_dir: Path) -> None:
    """Take away a staged set, and what was to be remembered of it."""
    for folder in (state_aside(staging_dir), staging_dir):  # without the first nothing waits
        if folder.exists():
            shutil.rmtree(folder)
