"""The compiled project, and how many histories a property is tried on."""

import os
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, Phase, settings

from tests.properties.graph import Graph, compile_project

TIMES = float(os.environ.get("RETENTION_PROPERTY_TIMES", "1"))
"""How many times as many histories; other than 1, they are other ones every time."""

SHRINK = [Phase.shrink] if os.environ.get("RETENTION_PROPERTY_SHRINK") else []
"""Looking for the smallest history that fails takes minutes: only where somebody asks for it."""


def tried_on(histories: int) -> settings:
    """Settings of a property that is tried on so many histories, the same in every run."""
    return settings(
        max_examples=max(1, round(histories * TIMES)),
        derandomize=TIMES == 1,
        database=None,
        deadline=None,
        phases=[Phase.generate, *SHRINK],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(scope="session")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Graph:
    """The project, compiled by the first test process that asks."""
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent  # shared by the workers
    folder = root / "compiled"
    manifest, done = folder / "dbt" / "manifest.json", folder / "done"
    with FileLock(root / "compiled.lock"):
        if not done.exists():
            folder.mkdir()
            manifest = compile_project(folder)
            done.touch()
    return Graph(Path(manifest))
