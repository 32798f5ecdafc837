"""Whole runs of the job, as a user starts them: in their own process and a fresh data folder."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from filelock import FileLock

REPOSITORY = Path(__file__).resolve().parents[2]
EXAMPLES = REPOSITORY / "examples"


@dataclass(frozen=True)
class Run:
    """A data folder and what the last run in it printed."""

    data_dir: Path
    output: str
    errors: str
    exit_code: int

    def mart(self, name: str) -> pd.DataFrame:
        """A table of the published snapshot, e.g. `marts.retention`."""
        return self.query(f"select * from {name}")

    def query(self, sql: str) -> pd.DataFrame:
        """An answer of the published snapshot, as BI would get it."""
        snapshot = str(self.data_dir / "published" / "current.duckdb")
        with duckdb.connect(snapshot, read_only=True) as connection:
            return connection.execute(sql).df()

    def warehouse(self, sql: str) -> pd.DataFrame:
        """An answer of the warehouse file, as an analytics engineer would get it."""
        with duckdb.connect(str(self.data_dir / "warehouse.duckdb"), read_only=True) as connection:
            return connection.execute(sql).df()


def retention(data_dir: Path, *arguments: str, **environment: str) -> Run:
    """Runs the `retention` command on `data_dir` and waits for its end."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("RETENTION_")}
    example_data = os.environ.get("RETENTION_EXAMPLE_DATA")
    if example_data:
        inherited["RETENTION_EXAMPLE_DATA"] = example_data
    done = subprocess.run(
        [sys.executable, "-m", "orchestration.cli", *arguments],
        env={**inherited, "RETENTION_DATA_DIR": str(data_dir), **environment},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    return Run(data_dir, done.stdout, done.stderr, done.returncode)


def run_job(data_dir: Path, *arguments: str, **environment: str) -> Run:
    """A run that must end well."""
    run = retention(data_dir, "run", *arguments, **environment)
    assert run.exit_code == 0, run.output + run.errors
    return run


def example_data() -> Path:
    """Where the public data sets lie; skips the test where nobody said."""
    folder = os.environ.get("RETENTION_EXAMPLE_DATA")
    if not folder:
        pytest.skip("RETENTION_EXAMPLE_DATA does not say where the public data sets lie")
    return Path(folder)


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], Run]) -> Run:
    """The run `make` makes in a folder of that name, made by the first test process that asks.

    Whoever gets it reads only: the other test processes are given the same folder.
    """
    root = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent  # shared by the workers
    data_dir, told = root / name, root / f"{name}.json"
    with FileLock(root / f"{name}.lock"):
        if not told.exists():
            data_dir.mkdir()
            run = make(data_dir)
            told.write_text(json.dumps([run.output, run.errors, run.exit_code]))
    return Run(data_dir, *json.loads(told.read_text()))


def _run_demo(data_dir: Path) -> Run:
    made = retention(data_dir, "demo", "--customers", "2000")
    assert made.exit_code == 0, made.errors
    return run_job(data_dir)


@pytest.fixture(scope="session")
def demo_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The demo company, small, run once; for reading only."""
    return once(tmp_path_factory, "demo", _run_demo)


@pytest.fixture(scope="module")
def own_demo_run(demo_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The same in a folder of the test module's own, to go on with."""
    data_dir = tmp_path_factory.mktemp("own") / "data"
    shutil.copytree(demo_run.data_dir, data_dir, symlinks=True)
    return Run(data_dir, demo_run.output, demo_run.errors, demo_run.exit_code)


@pytest.fixture(scope="session")
def online_retail_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """UCI Online Retail by its example mapping; for reading only."""
    example_data()
    sources = str(EXAMPLES / "online_retail" / "sources.yml")
    return once(
        tmp_path_factory, "online_retail", lambda folder: run_job(folder, RETENTION_SOURCES=sources)
    )


@pytest.fixture(scope="session")
def cdnow_runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Run]:
    """The CDNOW sample as of its last day, and as of 1997-09-30; for reading only."""
    example_data()
    sources = str(EXAMPLES / "cdnow" / "sources.yml")
    return (
        once(tmp_path_factory, "cdnow", lambda folder: run_job(folder, RETENTION_SOURCES=sources)),
        once(
            tmp_path_factory,
            "cdnow_1997",
            lambda folder: run_job(folder, "--as-of", "1997-09-30", RETENTION_SOURCES=sources),
        ),
    )
