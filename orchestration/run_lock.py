"""One run at a time: an operating-system lock on the data folder, held from land to release.

The lock belongs to an open file, not to a file's existence: when its holder dies, the kernel frees
it, so no run ever has to be told that a lock is stale.
"""

import fcntl
import json
import os
import socket
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

LOCK_FILE = ".run.lock"
_POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Holder:
    """Who holds the lock: process id, host, since when (ISO, UTC) and what for."""

    pid: int
    host: str
    since: str
    what: str


class RunLockedError(RuntimeError):
    """Another run holds the data folder; `holder` says who, None where that could not be read."""

    def __init__(self, lock_file: Path, holder: Holder | None, waited_seconds: float) -> None:
        self.holder = holder
        by = (
            f"{holder.what} (process {holder.pid} on {holder.host}, since {holder.since})"
            if holder
            else "another process that has not written its name yet"
        )
        waited = f" after waiting {waited_seconds:.0f} s" if waited_seconds else ""
        super().__init__(
            f"the data folder is in use by {by}{waited}. Only one run at a time may change it: "
            f"wait until that run has ended, or stop it. The lock is {lock_file}; "
            "it frees itself when its process ends, deleting the file frees nothing."
        )


class RunLock:
    """Context manager: the data folder is ours inside the block.

    `what` tells others what it is held for ("build of 2026-01-31"; no personal data). When the
    lock is taken, tries for `timeout` seconds (default: once) and raises `RunLockedError`.
    It is not reentrant: a second lock on the same folder is refused in the same process, too.
    A child made by a bare `os.fork` shares the lock and keeps it for as long as it lives; started
    programs (`subprocess`) do not.
    """

    def __init__(self, data_dir: Path, what: str = "a run", timeout: float = 0.0) -> None:
        self._file = data_dir / LOCK_FILE
        self._what = what
        self._timeout = timeout
        self._descriptor: int | None = None

    def __enter__(self) -> "RunLock":
        self._file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            self._wait_for(descriptor)
            holder = Holder(
                os.getpid(),
                socket.gethostname(),
                datetime.now(UTC).isoformat(timespec="seconds"),
                self._what,
            )
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, json.dumps(asdict(holder)).encode(), 0)
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._descriptor is None:
            return
        # The file stays: were it removed, a waiting process would get the lock of a removed file
        # while a third one makes and locks a new one.
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)
        self._descriptor = None

    def _wait_for(self, descriptor: int) -> None:
        deadline = time.monotonic() + self._timeout
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise RunLockedError(
                        self._file, read_holder(self._file), self._timeout
                    ) from None
                time.sleep(min(_POLL_SECONDS, left))
            else:
                return


def read_holder(lock_file: Path) -> Holder | None:
    """What the last holder wrote; None where there is nothing, or not yet, to read."""
    try:
        return Holder(**json.loads(lock_file.read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None
