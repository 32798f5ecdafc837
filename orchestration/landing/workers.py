"""Several workers on one queue of pieces: one file's pieces, or several files, at a time."""

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import duckdb
import pyarrow as pa

from orchestration.landing.errors import LandingError
from orchestration.landing.jobs import Job, make_folders
from orchestration.landing.readers.base import Scratch, Unread
from orchestration.landing.work import do_piece, open_connection


class PieceQueue:
    """Pieces of all jobs, in order, for several workers."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._lock = threading.Lock()
        self._pieces = self._all_pieces(jobs)
        self._is_stopped = False

    def _all_pieces(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Unread]]:
        for job in jobs:
            try:
                make_folders(job)
                for piece in job.pieces():
                    job.open_pieces += 1
                    yield job, piece
            except LandingError as error:
                job.problem = job.problem or error
            job.is_cut_up = True
            self._settle(job)

    def take(self) -> tuple[Job, Unread] | None:
        """The next piece; None when there is no more."""
        with self._lock:
            return None if self._is_stopped else next(self._pieces, None)

    def work(self, job: Job, piece: Unread, scratch: Scratch) -> None:
        """Do a piece and add what came out of it to its job."""
        result = problem = None
        if job.problem is None:
            try:
                result = do_piece(piece, job.plan, job.delivery.file.name, job.targets, scratch)
            except LandingError as error:
                problem = error
            except (duckdb.Error, pa.ArrowException, OSError):
                change = job.delivery.change()
                if change is None:
                    raise
                problem = LandingError(change)
        with self._lock:
            if result:
                job.add(result)
            job.problem = job.problem or problem
            job.open_pieces -= 1
            self._settle(job)

    def stop(self) -> None:
        """Give out no more pieces."""
        self._is_stopped = True

    @staticmethod
    def _settle(job: Job) -> None:
        if job.is_cut_up and job.open_pieces == 0:
            job.done.set()


def work_off(
    jobs: Sequence[Job],
    pool: ThreadPoolExecutor,
    folder: Path,
    count: int,
    tell: Callable[[Sequence[Job], Job], None],
) -> Generator[Job]:
    """Do all pieces of the jobs with `count` workers; gives each job, in order, when it is done.

    `tell` is told again and again for which job of them it waits. Raises what stops a worker.
    """
    queue = PieceQueue(jobs)
    workers = [
        pool.submit(_work_through, queue, folder / f"worker-{number}", count)
        for number in range(count)
    ]
    try:
        for job in jobs:
            while not job.done.wait(0.05):
                _raise_failure(workers)
                tell(jobs, job)
            yield job
            tell(jobs, job)
    except BaseException:
        queue.stop()
        raise
    finally:
        for worker in workers:
            worker.exception()
    _raise_failure(workers)


def _work_through(queue: PieceQueue, folder: Path, threads: int) -> None:
    """Do pieces until there are no more, with a connection and a scratch file in `folder`."""
    folder.mkdir(exist_ok=True)
    connection = open_connection(folder, threads=1)
    try:
        scratch = Scratch(connection, folder / "lines.csv", threads=threads)
        while taken := queue.take():
            job, piece = taken
            queue.work(job, piece, scratch)
            del job, piece, taken
    finally:
        connection.close()


def _raise_failure(workers: Sequence[Future[None]]) -> None:
    """Raise what stopped a worker, if anything did."""
    for worker in workers:
        if worker.done() and (error := worker.exception()):
            raise error
