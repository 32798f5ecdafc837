"""A copy of the project that a test may break."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.integration.conftest import REPOSITORY, Run

_ROOMS = ("dbt_project", "macros", "models", "orchestration", "seeds", "tests/dbt")


def copy_project(folder: Path) -> Path:
    """The rooms that a run needs, links kept."""
    for room in _ROOMS:
        shutil.copytree(
            REPOSITORY / room,
            folder / room,
            symlinks=True,
            ignore=shutil.ignore_patterns("target", "logs", "__pycache__"),
        )
    return folder


def run_copy(project: Path, data_dir: Path, *arguments: str) -> Run:
    """The `retention` command of a copied project."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("RETENTION_")}
    done = subprocess.run(
        [sys.executable, "-m", "orchestration.cli", *arguments],
        env={**inherited, "RETENTION_DATA_DIR": str(data_dir), "PYTHONPATH": str(project)},
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    return Run(data_dir, done.stdout, done.stderr, done.returncode)
