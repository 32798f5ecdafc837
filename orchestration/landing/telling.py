"""What a landing says: how far it is while it works, and its report at the end."""

import time
from collections.abc import Callable, Sequence

from orchestration.landing.corrections.entries import is_correction
from orchestration.landing.errors import listed
from orchestration.landing.files import SourceFile
from orchestration.landing.jobs import Job
from orchestration.landing.ledger import Batch, Counts, NewBatch
from orchestration.landing.report import FileReport, LandingEvent, LandingReport, Outcome

_TELL_SECONDS = 0.5
Progress = Callable[[LandingEvent], None]


class Telling:
    """Tells `progress` what happens, and keeps the report: `messages` and a line per batch."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._told = 0.0
        self._reports: list[FileReport] = []
        self.messages: list[str] = []

    def how_far(self, jobs: Sequence[Job], job: Job) -> None:
        """How far all files are, while `job` is the next one to come into its place.

        Not more often than anybody looks, for every telling asks all files; the end is always told.
        """
        is_end = job is jobs[-1] and job.done.is_set()
        if not is_end and time.monotonic() - self._told < _TELL_SECONDS:
            return
        self._told = time.monotonic()
        self._progress(
            LandingEvent(
                "",
                source=job.delivery.file.source,
                file=job.delivery.file.name,
                bytes_read=sum(one.bytes_read for one in jobs),
                bytes_in_all=sum(one.delivery.stamp.size for one in jobs),
            )
        )

    def known(self, file: SourceFile, batch: Batch) -> None:
        """A delivery that has landed before."""
        self._reports.append(
            FileReport(
                file.source,
                file.name,
                batch.entity,
                batch.batch_id,
                Outcome.KNOWN,
                batch.counts,
                is_correction=is_correction(batch.content_hash),
            )
        )

    def landed(self, job: Job, batch: NewBatch, seconds: float) -> None:
        """A batch that came into its place, after `seconds`."""
        file, counts = job.delivery.file, batch.counts
        tally = job.tallies.get(batch.entity)
        reasons = tuple(tally.rejected.most_common()) if tally else ()
        self._reports.append(
            FileReport(
                source=file.source,
                file=file.name,
                entity=batch.entity,
                batch_id=batch.batch_id,
                outcome=Outcome.LANDED,
                counts=counts,
                rejected_by_reason=reasons,
                is_correction=is_correction(batch.content_hash),
            )
        )
        if not counts.read:
            self.messages.append(f"{file.name}: has a header and no rows.")
        self._progress(
            LandingEvent(
                _said(counts, reasons),
                source=file.source,
                file=file.name,
                entity=batch.entity,
                counts=counts,
                seconds=seconds,
            )
        )

    def report(self) -> LandingReport:
        """All that was told."""
        return LandingReport(tuple(self._reports), tuple(self.messages))


def _said(counts: Counts, reasons: Sequence[tuple[str, int]]) -> str:
    said = (
        f"{counts.read} read = {counts.accepted} accepted + {counts.rejected} rejected "
        f"+ {counts.filtered} filtered"
    )
    return (
        f"{said} ({listed([f'{reason}: {rows}' for reason, rows in reasons])})" if reasons else said
    )
