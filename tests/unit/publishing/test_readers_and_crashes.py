"""What other processes see while snapshots are published, and what a killed one leaves behind."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta

import duckdb
import pytest

from orchestration.publishing import publish_snapshot, versions
from orchestration.settings import Settings

Build = Callable[[int], None]

# Opens the link anew each time, or once; a read is torn when its rows are of several versions.
# Between reads the link is looked up as often as possible, to meet even a short absence.
READER = """
import json, sys, time, duckdb
from pathlib import Path
link, stop, ready, mode = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]
seen, reads, torn, failed, held = set(), 0, 0, [], None
while reads == 0 or not stop.exists():
    try:
        if held is None:
            held = duckdb.connect(link, read_only=True, config={"threads": 1})
        rows, low, high = held.execute(
            "select count(*), min(version), max(version) from marts.customers"
        ).fetchone()
        [(run,)] = held.execute("from quality.run_parameters").fetchall()
        torn += not (rows == 20000 and low == high == run)
        seen.add(run)
        if mode == "reopen":
            held.close()
            held = None
    except (duckdb.Error, OSError) as error:
        failed.append(str(error))
        held = None
    reads += 1
    ready.touch()
    pause = time.monotonic() + 0.02
    while mode == "reopen" and time.monotonic() < pause:
        try:
            link.stat()
        except OSError as error:
            failed.append(str(error))
    time.sleep(0.005)
print(json.dumps({"reads": reads, "torn": torn, "failed": failed, "versions": sorted(seen)}))
"""

# Publishes and dies of SIGKILL: while rows are being copied, or at the entry of a step.
PUBLISHER = """
import os, signal, sys, threading, time
from pathlib import Path
from orchestration.publishing import publish_snapshot, snapshot, versions
from orchestration.settings import Settings
data_dir, point = Path(sys.argv[1]), sys.argv[2]
settings = Settings(data_dir, data_dir / "sources.yml")

def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

def die_while_copying():
    unfinished = versions.unfinished_path(settings.published)
    while not (unfinished.exists() and unfinished.stat().st_size > 500_000):
        time.sleep(0.001)
    die()

if point == "copying":
    threading.Thread(target=die_while_copying).start()
else:
    module, name = point.split(".")
    setattr({"snapshot": snapshot, "versions": versions}[module], name, die)
publish_snapshot(settings.warehouse, settings)
"""

# Runs out of room: no file may grow beyond 600 kB. Then finds some, on the same connection.
CRAMPED = """
import json, resource, sys, duckdb
from pathlib import Path
from orchestration.publishing import PublishError, publish_snapshot
from orchestration.settings import Settings
data_dir = Path(sys.argv[1])
settings = Settings(data_dir, data_dir / "sources.yml")
connection = duckdb.connect(settings.warehouse)
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, most))
try:
    publish_snapshot(connection, settings)
except PublishError as error:
    report = {
        "error": str(error),
        "current": (settings.published / "current.duckdb").resolve().name,
        "files": sorted(path.name for path in settings.published.iterdir()),
        "attached": connection.execute(
            "select database_name from duckdb_databases() where not internal"
        ).fetchall(),
    }
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
report["then"] = publish_snapshot(connection, settings).is_new
print(json.dumps(report))
"""


def start_reader(settings: Settings, mode: str) -> Callable[[], dict[str, object]]:
    """Start a reader and wait for its first read; the returned function stops it and reports."""
    stop, ready = settings.data_dir / f"stop-{mode}", settings.data_dir / f"ready-{mode}"
    link = settings.published / "current.duckdb"
    process = subprocess.Popen(
        [sys.executable, "-c", READER, link, stop, ready, mode], stdout=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 20
    while not ready.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)

    def finish() -> dict[str, object]:
        stop.touch()
        output, _ = process.communicate(timeout=20)
        result: dict[str, object] = json.loads(output)
        return result

    return finish


def test_readers_see_whole_snapshots_only_and_old_ones_stay_open(
    settings: Settings,
    warehouse: duckdb.DuckDBPyConnection,
    build: Build,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A reader that opens anew has at least until the third next publishing, as it would have in
    # the worst case; the one that stays reads on in a file that is long removed.
    monkeypatch.setattr(versions, "KEEP_YOUNGER_THAN", timedelta(0))
    first = publish_snapshot(warehouse, settings)
    reopening = start_reader(settings, "reopen")
    staying = start_reader(settings, "stay")
    for version in range(2, 32):
        build(version)
        last = publish_snapshot(warehouse, settings)
    for _ in range(300):  # swaps alone, for the chance of meeting a gap
        versions.make_current(last.path)
    assert not first.path.exists()
    time.sleep(0.2)
    reopened, stayed = reopening(), staying()
    assert (reopened["failed"], reopened["torn"]) == ([], 0)
    assert (stayed["failed"], stayed["torn"], stayed["versions"]) == ([], 0, [1])
    seen = reopened["versions"]
    assert isinstance(seen, list)
    assert seen[-1] == 31
    assert len(seen) > 5


@pytest.mark.parametrize(
    "point",
    [
        "copying",
        "snapshot.fsync_file",
        "snapshot._check",
        "snapshot.fsync_folder",
        "versions.make_current",
        "versions.atomic_symlink",
    ],
)
def test_a_killed_run_leaves_the_former_snapshot_and_the_next_one_publishes(
    settings: Settings, warehouse: duckdb.DuckDBPyConnection, point: str
) -> None:
    former = publish_snapshot(warehouse, settings)
    warehouse.execute("""
        create or replace table marts.customers as
        select i as customer_key, 2 as version, md5(i::varchar) as label from range(300000) r(i)
    """)
    warehouse.close()
    killed = subprocess.run(
        [sys.executable, "-c", PUBLISHER, settings.data_dir, point], check=False, timeout=30
    )
    assert killed.returncode == -signal.SIGKILL
    current = settings.published / "current.duckdb"
    assert current.resolve() == former.path
    with duckdb.connect(current, read_only=True) as reader:
        assert reader.execute("select count(*) from marts.customers").fetchall() == [(20000,)]
    if point == "copying":
        assert list(settings.published.glob(".marts-*.duckdb.tmp"))

    published = publish_snapshot(settings.warehouse, settings)
    assert current.resolve() == published.path != former.path
    assert {path.name for path in settings.published.iterdir()} == {
        "current.duckdb",
        former.path.name,
        published.path.name,
    }


def test_a_full_disk_is_reported_and_the_former_snapshot_stays(
    settings: Settings, warehouse: duckdb.DuckDBPyConnection
) -> None:
    former = publish_snapshot(warehouse, settings)
    warehouse.execute("""
        create or replace table marts.customers as
        select i as customer_key, md5(i::varchar) as label from range(300000) r(i)
    """)
    warehouse.close()
    cramped = subprocess.run(
        [sys.executable, "-c", CRAMPED, settings.data_dir],
        check=True,
        capture_output=True,
        text=True,
        timeout=30,
    )
    report = json.loads(cramped.stdout)
    assert "The former snapshot is unchanged" in report["error"]
    assert "File too large" in report["error"]
    assert report["current"] == former.path.name
    assert report["files"] == ["current.duckdb", former.path.name]
    assert report["attached"] == [["warehouse"]]
    assert report["then"]
