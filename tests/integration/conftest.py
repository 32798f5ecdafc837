"""Whole runs of the job, as a user starts them: in their own process and a fresh data folder."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd
import pytest

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


@pytest.fixture(scope="session")
def demo_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The demo company, small, run once."""
    data_dir = tmp_path_factory.mktemp("demo")
    made = retention(data_dir, "demo", "--customers", "2000")
    assert made.exit_code == 0, made.errors
    return run_job(data_dir)


@pytest.fixture(scope="session")
def online_retail_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """UCI Online Retail by its example mapping."""
    example_data()
    return run_job(
        tmp_path_factory.mktemp("online_retail"),
        RETENTION_SOURCES=str(EXAMPLES / "online_retail" / "sources.yml"),
    )


@pytest.fixture(scope="session")
def cdnow_runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Run, Run]]:
    """The CDNOW sample as of its last day, and (in another folder) as of 1997-09-30."""
    example_data()
    sources = str(EXAMPLES / "cdnow" / "sources.yml")
    yield (
        run_job(tmp_path_factory.mktemp("cdnow"), RETENTION_SOURCES=sources),
        run_job(
            tmp_path_factory.mktemp("cdnow_1997"),
            "--as-of",
            "1997-09-30",
            RETENTION_SOURCES=sources,
        ),
    )
