"""Landing: every new file of every source becomes typed, immutable batches, or a clear message.

All files are opened and planned before the first row is written, so that what is wrong with a
delivery as a whole is said at once, for all files together. Two workers then read pieces of files
(one file's pieces, or several files, at a time); batches come into their places and into the ledger
in the order of `sources.yml` and of the file names, whichever was ready first.
"""

import shutil
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from orchestration.entities import ENTITIES, ORDER_IDS
from orchestration.landing import quarantine
from orchestration.landing.amounts import Book
from orchestration.landing.batches import ASIDE, mapping_hash, remove_leftovers
from orchestration.landing.checks import Check, Checks, Clock, utc_now
from orchestration.landing.configured import SourceState
from orchestration.landing.contracts import Agreed, Contracts
from orchestration.landing.corrections.jobs import due_corrections, open_correction
from orchestration.landing.deliveries import Finder
from orchestration.landing.erased import ErasureList
from orchestration.landing.errors import LandingError, listed
from orchestration.landing.jobs import (
    Delivery,
    Job,
    discard,
    finish_target,
    open_job,
    problems_of,
)
from orchestration.landing.keys import check_keys
from orchestration.landing.ledger import Batch, Ledger, NewBatch
from orchestration.landing.newest import newest_event
from orchestration.landing.pulled import Pulled
from orchestration.landing.redelivery import Redeliveries
from orchestration.landing.report import LandingEvent, LandingReport
from orchestration.landing.sources import SourcesConfig
from orchestration.landing.telling import Progress, Telling
from orchestration.landing.work import open_connection
from orchestration.landing.workers import work_off
from orchestration.settings import Settings

_WORKERS = 2


def land(
    config: SourcesConfig, settings: Settings, progress: Progress, clock: Clock = utc_now
) -> LandingReport:
    """Land what is new in all sources, then what people corrected of it.

    Files whose content is known under the present mapping are skipped; a file whose source's
    mapping changed is landed anew and its older batches stop counting, as do batches of what is no
    longer mapped. Every report and every ledger entry satisfies
    `rows read = accepted + rejected + filtered`.

    Raises `LandingError` with one message per problem: files that are missing, empty, unreadable or
    without a mapped column (then nothing at all is landed), files of which too many rows are
    rejected, that changed while being read or have an unusual number of rows (then the other files
    are landed), sources that are not as fresh as they have to be. `progress` is told the result of
    every check before that; `clock` says what time it is.
    """
    with _open(config, settings, progress) as landing:
        return landing.run(clock)


def land_corrections(
    config: SourcesConfig, settings: Settings, progress: Progress
) -> LandingReport:
    """Land corrected records that are new, and nothing else."""
    with _open(config, settings, progress) as landing:
        return landing.run_corrections()


@contextmanager
def _open(config: SourcesConfig, settings: Settings, progress: Progress) -> Iterator["_Landing"]:
    remove_leftovers((settings.landing, settings.quarantine))
    scratch = settings.landing / f"{ASIDE}scratch"
    scratch.mkdir(parents=True)
    settings.quarantine.mkdir(parents=True, exist_ok=True)
    try:
        with Ledger(settings.state) as ledger, ThreadPoolExecutor(_WORKERS) as pool:
            quarantine.restore(
                settings.landing,
                settings.quarantine,
                ((batch.entity, batch.batch_id) for batch in ledger.batches()),
            )
            yield _Landing(config, settings, progress, _Tools(ledger, pool, scratch))
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
        self.telling = Telling(progress)
        self.messages = self.telling.messages
        self.problems: list[str] = []
        self.redeliveries = Redeliveries(self.ledger, config)
        self.checks = Checks(config, self.ledger.batches())
        self.erased = ErasureList.read(settings.state)

    def run(self, clock: Clock) -> LandingReport:
        has = Finder(
            self.config,
            self.settings,
            self.ledger,
            self.pool,
            self.connection,
            self.progress,
            self.scratch,
        ).find()
        self.problems += has.problems
        self.messages += has.messages
        found = self._sorted_out(has.deliveries)
        jobs = self._open_jobs(found)
        self.messages += self.redeliveries.anew((one.delivery, one.new) for one in found)
        self._configure()
        for pulled in has.idle:
            self.messages.append(f"{pulled.name}: nothing new.")
            self._enter_pulled(pulled, [], [])
        for one in found:
            self._note_known(one)
        self._work(jobs)
        self._land_corrections()
        self._check_keys()
        self._tell_checks(clock())
        return self._report()

    def run_corrections(self) -> LandingReport:
        self._land_corrections()
        self._check_keys()
        return self._report()

    def _land_corrections(self) -> None:
        """One after the other: the made keys of one count on from those of the one before."""
        for due in due_corrections(self.config, self.settings, self.ledger):
            known = self.ledger.batch(due.batch_id)
            if known:
                self.ledger.revive(known)
                self.telling.known(due.delivery.file, known)
                continue
            try:
                job = open_correction(due, self.config, self.settings, self.ledger, self.connection)
            except LandingError as error:
                self.problems += error.problems
            else:
                self._work([job])

    def _report(self) -> LandingReport:
        if self.problems:
            raise LandingError(*self.problems)
        return self.telling.report()

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
        self.redeliveries.present = {*planned, *(b.batch_id for one in found for b in one.known)}
        return found

    def _open_jobs(self, found: Sequence[_Found]) -> list[Job]:
        """Everything opened and planned; whatever is wrong with any file is raised together."""
        jobs: list[Job] = []
        contracts = Contracts(self.config, self.ledger.last_header, self.ledger.header_of_content)
        for one in found:
            if not one.new:
                continue
            try:
                job = open_job(contracts, one.delivery, one.new, self.settings, self.connection)
                if job.agreed:
                    differences = filter(None, job.agreed.differences.values())
                    self.messages += dict.fromkeys(differences)
                jobs.append(job)
            except LandingError as error:
                change = one.delivery.change()
                self.problems += [change] if change else error.problems
                if one.delivery.pulled:
                    one.delivery.pulled.discard()
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
        pulled = one.delivery.pulled
        if pulled and not one.new:
            self._enter_pulled(pulled, [], [batch.batch_id for batch in one.known])
        for batch in one.known:
            if batch.superseded_by is not None and not pulled:
                self.ledger.revive(batch)
            file = one.delivery.file
            if not pulled:
                self.messages += self.redeliveries.known(batch, file)
            if batch.file != file.name and not pulled:
                self.messages.append(
                    f"{file.name} ({batch.entity}): the same content as {batch.file}, which has "
                    "landed; counted once."
                )
            self.telling.known(file, batch)

    # work

    def _work(self, jobs: Sequence[Job]) -> None:
        try:
            with closing(
                work_off(jobs, self.pool, self.scratch, _WORKERS, self.telling.how_far)
            ) as done:
                for job in done:
                    self._finish(job)
        finally:
            for job in jobs:
                discard(job)

    def _finish(self, job: Job) -> None:
        file = job.delivery.file
        problems = problems_of(job)
        pulled = job.delivery.pulled
        # What is read on brings as much as there was to bring.
        is_whole = job.agreed and (not pulled or pulled.replaces)
        if is_whole and not problems:
            problems = self.checks.delivery(
                file.source,
                file.name,
                {target.entity: job.counts(target.entity) for target in job.targets},
            )
        if problems:
            self.problems += problems
            if pulled:
                pulled.discard()
            return
        if pulled:
            self._finish_pulled(job, pulled)
            return
        for target in job.targets:
            started = time.monotonic()
            batch, book = finish_target(job, target, self.settings, self.erased, self.connection)
            if job.agreed:
                self.messages += self.redeliveries.new(batch, target.plan.makes_key)
            self.ledger.enter(batch, book)
            if job.agreed:
                self._note_columns(job.agreed, batch)
                self.redeliveries.replaced(batch, file.name)
            self.telling.landed(job, batch, time.monotonic() - started)

    def _finish_pulled(self, job: Job, pulled: Pulled) -> None:
        """All batches of a pull are entered at once, with the place where it ended."""
        started = time.monotonic()
        batches = [
            finish_target(job, target, self.settings, self.erased, self.connection)
            for target in job.targets
        ]
        source = self.config.sources[job.delivery.file.source]
        self._enter_pulled(pulled, batches, [job.delivery.batch_id(e) for e in source.entities])
        for batch, _ in batches:
            if job.agreed:
                self._note_columns(job.agreed, batch)
            self.telling.landed(job, batch, time.monotonic() - started)

    def _enter_pulled(
        self, pulled: Pulled, new: Sequence[tuple[NewBatch, Book]], whole: Sequence[str]
    ) -> None:
        """`whole`: the ids of all batches of the pull."""
        self.ledger.enter_pulled(new, pulled.state, whole if pulled.replaces else None)
        pulled.discard()

    def _note_columns(self, agreed: Agreed, batch: NewBatch) -> None:
        self.ledger.note_header(batch.batch_id, agreed.headers[batch.entity])
        self.checks.columns(batch.source, batch.entity, agreed.differences.get(batch.entity))

    def _check_keys(self) -> None:
        for entity in sorted(self._mapped()):
            if self.ledger.has_repeated_keys(entity) is None and check_keys(
                self.ledger, self.settings.landing, entity, self.connection
            ):
                self.messages.append(self._repeated(entity))

    def _tell_checks(self, now: datetime) -> None:
        """Every check's result to whoever follows; what blocks is a problem."""

        def newest(source: str, entity: str) -> datetime | None:
            batches = self.ledger.live_batches(entity)
            own = (batch for batch in batches if batch.source == source)
            return newest_event(own, now, self.settings.landing, self.connection)

        for result in self.checks.results(newest, now):
            self.progress(
                LandingEvent(
                    result.message, source=result.source, entity=result.entity, check=result
                )
            )
            if not result.passed and result.check is not Check.COLUMNS:
                if not result.blocks:
                    self.messages.append(result.message)
                elif result.check is Check.FRESHNESS:
                    self.problems.append(f"{result.message} Until then nothing is published.")

    def _repeated(self, entity: str) -> str:
        """Which files repeat keys of `entity`, and what becomes of them."""
        key = ", ".join(ENTITIES[entity].key)
        within = [
            f"{batch.file} ({batch.repeated_keys:,} rows)"
            for batch in self.ledger.live_batches(entity)
            if batch.repeated_keys
        ]
        where = f"within {listed(within, 3)}" if within else "across files"
        sources = sorted({batch.source for batch in self.ledger.live_batches(entity)})
        numberings = (
            f" If {listed(sources, 3)} number their orders each by itself, give one of them an "
            "`order_ids` of its own."
            if len(sources) > 1 and set(ENTITIES[entity].key) & ORDER_IDS
            else ""
        )
        return (
            f"{entity}: {key} occurs more than once, {where}. The latest version counts (by "
            "updated_at where it is mapped, then by delivery, then by row); all stay in landing/."
            f"{numberings}"
        )

    def _mapped(self) -> set[str]:
        return {entity for names in self.config.mapped_entities().values() for entity in names}
