import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from orchestration.run_lock import LOCK_FILE, RunLock, RunLockedError, read_holder

HOLD = """
import sys, time
from pathlib import Path
from orchestration.run_lock import RunLock
with RunLock(Path(sys.argv[1]), "build of 2026-01-31"):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def start_holder(data_dir: Path, seconds: float) -> subprocess.Popen[str]:
    """A process that has the lock when this returns."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, data_dir, str(seconds)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_the_loser_is_told_who_holds_the_lock_and_gets_it_after_a_kill(tmp_path: Path) -> None:
    holder = start_holder(tmp_path, 60)
    try:
        with pytest.raises(RunLockedError) as caught, RunLock(tmp_path):
            pytest.fail("two processes hold the lock")
    finally:
        holder.kill()  # SIGKILL: the holder cleans nothing up
        holder.communicate()
    message = str(caught.value)
    assert f"build of 2026-01-31 (process {holder.pid} on " in message
    assert "since 20" in message
    assert caught.value.holder is not None
    assert caught.value.holder.pid == holder.pid
    with RunLock(tmp_path, "the next run"):
        now = read_holder(tmp_path / LOCK_FILE)
        assert now is not None
        assert (now.pid, now.what) == (os.getpid(), "the next run")


def test_a_run_waits_up_to_its_timeout(tmp_path: Path) -> None:
    holder = start_holder(tmp_path, 2.0)
    started = time.monotonic()
    with pytest.raises(RunLockedError, match="after waiting"), RunLock(tmp_path, timeout=0.3):
        pytest.fail("two processes hold the lock")
    assert 0.3 <= time.monotonic() - started < 1.9
    with RunLock(tmp_path, timeout=20):
        assert holder.wait(timeout=20) == 0
    holder.communicate()


def test_the_lock_is_free_again_after_the_block_also_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), RunLock(tmp_path):
        _ = 1 / 0
    assert read_holder(tmp_path / LOCK_FILE) is None
    with RunLock(tmp_path):
        pass


def test_the_lock_is_not_reentrant(tmp_path: Path) -> None:
    with RunLock(tmp_path, "outer"):
        with (
            pytest.raises(RunLockedError, match=f"outer .process {os.getpid()} "),
            RunLock(tmp_path),
        ):
            pytest.fail("the lock was given twice")
        # The refused attempt must not have freed the outer lock.
        with pytest.raises(RunLockedError), RunLock(tmp_path):
            pytest.fail("the lock was given twice")


def test_programs_started_by_a_run_do_not_keep_its_lock(tmp_path: Path) -> None:
    with RunLock(tmp_path):
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        with RunLock(tmp_path):
            pass
    finally:
        child.kill()
        child.communicate()


def test_a_data_folder_is_made_and_a_holder_without_a_name_is_said_so(tmp_path: Path) -> None:
    data_dir = tmp_path / "new" / "data"
    with RunLock(data_dir):
        (data_dir / LOCK_FILE).write_text("{")
        with pytest.raises(RunLockedError, match="has not written its name"), RunLock(data_dir):
            pytest.fail("the lock was given twice")
