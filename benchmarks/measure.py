"""A command as a process of its own: wall and CPU seconds, peak memory of all that it started."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")
_SAMPLE_SECONDS = 0.1


class CommandError(RuntimeError):
    """A measured command failed; the message ends with what it wrote last."""


@dataclass(frozen=True)
class Usage:
    """What a command cost. `peak_bytes`: resident memory of the process and its children."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    output: str


def measured(
    command: Sequence[str], environment: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Usage:
    """Runs `command` to its end. Raises `CommandError` where it fails.

    CPU is the kernel's account (`wait4`) of the process and all children it waited for. Memory is
    the larger of the kernel's peak of one process and of samples over the whole tree (pages that
    processes share count once for each: never too little).
    """
    started = time.monotonic()
    process = subprocess.Popen(
        command,
        env={**os.environ, **(environment or {})},
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    sampler = _Sampler(process.pid)
    sampler.start()
    output = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    sampler.stop()
    if process.returncode:
        raise CommandError(f"{' '.join(command)} failed:\n{output[-3000:]}")
    return Usage(
        seconds,
        usage.ru_utime + usage.ru_stime,
        max(usage.ru_maxrss * 1024, sampler.peak_bytes),
        output,
    )


def python(*arguments: str) -> list[str]:
    """The command line of this interpreter."""
    return [sys.executable, *arguments]


class _Sampler(threading.Thread):
    """Looks at the memory of a process and all its descendants, ten times a second."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.peak_bytes = 0
        self._pid = pid
        self._stopped = threading.Event()

    def run(self) -> None:
        while not self._stopped.wait(_SAMPLE_SECONDS):
            self.peak_bytes = max(self.peak_bytes, sum(map(_resident, _tree(self._pid))))

    def stop(self) -> None:
        self._stopped.set()
        self.join()


def _tree(pid: int) -> list[int]:
    found = [pid]
    for parent in found:
        try:
            tasks = list(Path(f"/proc/{parent}/task").iterdir())
        except OSError:
            continue
        for task in tasks:
            try:
                found += map(int, (task / "children").read_text().split())
            except OSError:  # it ended meanwhile
                continue
    return found


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0
