"""Landing: every new file of every source becomes typed, immutable batches, or a clear message.

All files are opened and planned before the first row is written, so that what is wrong with a
delivery as a whole is said at once, for all files together. Two workers then read pieces of files
(one file's pieces, or several files, at a time); batches come into their places and into the ledger
in the order of `sources.yml` and of the file names, whichever was ready first.
"""

import shutil
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from orchestration.entities import ENTITIES
from orchestration.landing import quarantine
from orchestration.landing.batches import (
    ASIDE,
    Stamp,
    content_hash,
    mapping_hash,
    remove_leftovers,
)
from orchestration.landing.errors import LandingError, NoFileError, listed
from orchestration.landing.files import find_files
from orchestration.landing.jobs import (
    Delivery,
    Job,
    discard,
    finish_target,
    open_job,
    problems_of,
)
from orchestration.landing.keys import check_keys
from orchestration.landing.ledger import Batch, Counts, Ledger, SourceState
from orchestration.landing.report import FileReport, LandingEvent, LandingReport, Outcome
from orchestration.landing.sources import SourcesConfig
from orchestration.landing.work import open_connection
from orchestration.landing.workers import PieceQueue, raise_failure, work_through
from orchestration.settings import Settings

_WORKERS = 2
_TELL_SECONDS = 0.5
Progress = Callable[[LandingEvent], None]


def land(config: SourcesConfig, settings: Settings, progress: Progress) -> LandingReport:
    """Land what is new in all sources.

    Files whose content is known under the present mapping are skipped; a file whose source's
    mapping changed is landed anew and its older batches stop counting, as do batches of what is no
    longer mapped. Every report and every ledger entry satisfies
    `rows read = accepted + rejected + filtered`.

    Raises `LandingError` with one message per problem: files that are missing, empty, unreadable or
    without a mapped column (then nothing at all is landed), files of which too many rows are
    rejected or that changed while being read (then the other files are landed).
    """
    remove_leftovers((settings.landing, settings.quarantine))
    quarantine.restore(settings.landing, settings.quarantine)
    scratch = settings.landing / f"{ASIDE}scratch"
    scratch.mkdir(parents=True)
    settings.quarantine.mkdir(parents=True, exist_ok=True)
    try:
        with Ledger(settings.state) as ledger, ThreadPoolExecutor(_WORKERS) as pool:
            return _Landing(config, settings, progress, _Tools(ledger, pool, scratch)).run()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


@dataclass(frozen=True)
class _Tools:
    """What a landing works with, opened and closed around it."""

    ledger: Ledger
    pool: ThreadPoolExecutor
    scratch: Path


@dataclass(frozen=True)
class _Found:
    """A delivery and the entities that its source maps, new ones and known ones."""

    delivery: Delivery
    new: tuple[str, ...]
    known: tuple[Batch, ...]


class _Landing:
    def __init__(
        self, config: SourcesConfig, settings: Settings, progress: Progress, tools: _Tools
    ) -> None:
        self.config, self.settings, self.progress = config, settings, progress
        self.ledger, self.pool, self.scratch = tools.ledger, tools.pool, tools.scratch
        self.connection = open_connection(self.scratch, threads=_WORKERS, memory="1GB")
        self.messages: list[str] = []
        self.reports: list[FileReport] = []
        self.problems: list[str] = []
        self._told = 0.0

    def run(self) -> LandingReport:
        found = self._sorted_out(self._deliveries())
        jobs = self._open_jobs(found)
        self._configure()
        for one in found:
            self._note_known(one)
        self._work(jobs)
        self._check_keys()
        if self.problems:
            raise LandingError(*self.problems)
        return LandingReport(tuple(self.reports), tuple(self.messages))

    def _deliveries(self) -> list[Delivery]:
        """All files of all sources, hashed; what cannot be found or read is noted."""
        deliveries: list[Delivery] = []
        for name, source in self.config.sources.items():
            try:
                for file in find_files(self.config, name):
                    stamp = Stamp.of(file.path)
                    content = content_hash(file.path, self.pool)
                    deliveries.append(Delivery(file, content, mapping_hash(name, source), stamp))
            except NoFileError as error:
                if self._is_restored(name):
                    self.messages.append(
                        f"source {name!r} has no file; what landed of it before counts."
                    )
                else:
                    self.problems += error.problems
            except OSError as error:
                self.problems.append(
                    f"{error.filename}: cannot be read ({error.strerror}). Check that you may."
                )
        return deliveries

    def _is_restored(self, source: str) -> bool:
        """Whether the data folder came from a backup that knows the source: nothing is published,
        though something of it has landed. Its deliveries may be gone by then."""
        return not self.settings.published.exists() and any(
            batch.source == source and batch.superseded_by is None
            for batch in self.ledger.batches()
        )

    def _sorted_out(self, deliveries: Sequence[Delivery]) -> list[_Found]:
        """Which batches of every delivery are new; of equal files, only the first one is."""
        known = {batch.batch_id: batch for batch in self.ledger.batches()}
        planned: dict[str, str] = {}
        found = []
        for delivery in deliveries:
            new: list[str] = []
            old: list[Batch] = []
            for entity in self.config.sources[delivery.file.source].entities:
                batch = delivery.batch_id(entity)
                if batch in known:
                    old.append(known[batch])
                elif batch in planned:
                    self.messages.append(
                        f"{delivery.file.name} ({entity}): the same content as {planned[batch]}; "
                        "counted once."
                    )
                else:
                    planned[batch] = delivery.file.name
                    new.append(entity)
            found.append(_Found(delivery, tuple(new), tuple(old)))
        return found

    def _open_jobs(self, found: Sequence[_Found]) -> list[Job]:
        """Everything opened and planned; whatever is wrong with any file is raised together."""
        jobs: list[Job] = []
        for one in found:
            if not one.new:
                continue
            try:
                jobs.append(
                    open_job(self.config, one.delivery, one.new, self.settings, self.connection)
                )
            except LandingError as error:
                self.problems += error.problems
        if self.problems:
            raise LandingError(*self.problems)
        return jobs

    def _configure(self) -> None:
        hashes = {name: mapping_hash(name, source) for name, source in self.config.sources.items()}
        states = [
            SourceState(name, source.covers_until, tuple(source.entities))
            for name, source in self.config.sources.items()
        ]
        retired = self.ledger.configure(states, hashes)
        if retired:
            self.messages.append(
                f"{retired} batches no longer count: sources.yml does not map them any more. "
                "They stay in landing/ and count again when the mapping is back."
            )

    def _note_known(self, one: _Found) -> None:
        for batch in one.known:
            if batch.superseded_by is not None:
                self.ledger.revive(batch)
            file = one.delivery.file
            if batch.file != file.name:
                self.messages.append(
                    f"{file.name} ({batch.entity}): the same content as {batch.file}, which has "
                    "landed; counted once."
                )
            self.reports.append(
                FileReport(
                    file.source,
                    file.name,
                    batch.entity,
                    batch.batch_id,
                    Outcome.KNOWN,
                    batch.counts,
                )
            )

    # work

    def _work(self, jobs: Sequence[Job]) -> None:
        queue = PieceQueue(jobs)
        workers = [
            self.pool.submit(work_through, queue, self.scratch / f"worker-{number}", _WORKERS)
            for number in range(_WORKERS)
        ]
        try:
            for job in jobs:
                while not job.done.wait(0.05):
                    raise_failure(workers)
                    self._tell(jobs, job)
                self._finish(job)
                self._tell(jobs, job)
        except BaseException:
            queue.stop()
            raise
        finally:
            for worker in workers:
                worker.exception()
            for job in jobs:
                discard(job)
        raise_failure(workers)

    def _tell(self, jobs: Sequence[Job], job: Job) -> None:
        """How far all files are, while `job` is the next one to come into its place.

        Not more often than anybody looks, for every telling asks all files; the end is always told.
        """
        is_end = job is jobs[-1] and job.done.is_set()
        if not is_end and time.monotonic() - self._told < _TELL_SECONDS:
            return
        self._told = time.monotonic()
        self.progress(
            LandingEvent(
                "",
                source=job.delivery.file.source,
                file=job.delivery.file.name,
                bytes_read=sum(one.bytes_read for one in jobs),
                bytes_in_all=sum(one.delivery.stamp.size for one in jobs),
            )
        )

    def _finish(self, job: Job) -> None:
        problems = problems_of(job)
        if problems:
            self.problems += problems
            return
        file = job.delivery.file
        for target in job.targets:
            started = time.monotonic()
            batch, book = finish_target(job, target, self.settings, self.connection)
            self.ledger.enter(batch, book)
            reasons = tuple(job.tallies[batch.entity].rejected.most_common()) if (
                batch.entity in job.tallies
            ) else ()  # fmt: skip
            counts = batch.counts
            self.reports.append(
                FileReport(
                    source=file.source,
                    file=file.name,
                    entity=batch.entity,
                    batch_id=batch.batch_id,
                    outcome=Outcome.LANDED,
                    counts=counts,
                    rejected_by_reason=reasons,
                )
            )
            if not counts.read:
                self.messages.append(f"{file.name}: has a header and no rows.")
            self.progress(
                LandingEvent(
                    _said(counts, reasons),
                    source=file.source,
                    file=file.name,
                    entity=batch.entity,
                    counts=counts,
                    seconds=time.monotonic() - started,
                )
            )

    def _check_keys(self) -> None:
        for entity in sorted(self._mapped()):
            if self.ledger.has_repeated_keys(entity) is None and check_keys(
                self.ledger, self.settings.landing, entity, self.connection
            ):
                self.messages.append(self._repeated(entity))

    def _repeated(self, entity: str) -> str:
        """Which files repeat keys of `entity`, and what becomes of them."""
        key = ", ".join(ENTITIES[entity].key)
        within = [
            f"{batch.file} ({batch.repeated_keys:,} rows)"
            for batch in self.ledger.live_batches(entity)
            if batch.repeated_keys
        ]
        where = f"within {listed(within, 3)}" if within else "across files"
        return (
            f"{entity}: {key} occurs more than once, {where}. The latest version counts (by "
            "updated_at where it is mapped, then by delivery, then by row); all stay in landing/."
        )

    def _mapped(self) -> set[str]:
        return {entity for names in self.config.mapped_entities().values() for entity in names}


def _said(counts: Counts, reasons: Sequence[tuple[str, int]]) -> str:
    said = (
        f"{counts.read} read = {counts.accepted} accepted + {counts.rejected} rejected "
        f"+ {counts.filtered} filtered"
    )
    return (
        f"{said} ({listed([f'{reason}: {rows}' for reason, rows in reasons])})" if reasons else said
    )
