"""What a landing tells: events while it runs, a report when it has ended."""

from dataclasses import dataclass
from enum import StrEnum

from orchestration.landing.checks import CheckResult
from orchestration.landing.ledger import Counts


class Outcome(StrEnum):
    """What became of a file for one entity."""

    LANDED = "landed"
    KNOWN = "known"
    """The same content under the same mapping had landed before."""


@dataclass(frozen=True)
class FileReport:
    """One file for one entity.

    `rejected_by_reason`: (reason, rows), most frequent first; empty for known files.
    """

    source: str
    file: str
    entity: str
    batch_id: str
    outcome: Outcome
    counts: Counts
    rejected_by_reason: tuple[tuple[str, int], ...] = ()
    is_correction: bool = False
    """Whether these are rejected records of another delivery, corrected."""


@dataclass(frozen=True)
class LandingEvent:
    """Something happened: for logs and a progress display. `message` holds no personal data.

    `bytes_read` of `bytes_in_all`: how far the landing is through its new files.
    """

    message: str
    source: str | None = None
    file: str | None = None
    entity: str | None = None
    counts: Counts | None = None
    seconds: float | None = None
    bytes_read: int = 0
    bytes_in_all: int = 0
    check: CheckResult | None = None


@dataclass(frozen=True)
class LandingReport:
    """A whole landing: every file of every source, and what a reader should know besides."""

    files: tuple[FileReport, ...]
    messages: tuple[str, ...]

    @property
    def landed(self) -> tuple[FileReport, ...]:
        """What is new."""
        return tuple(file for file in self.files if file.outcome is Outcome.LANDED)

    def counts(self, entity: str | None = None) -> Counts:
        """The records of all batches (of `entity`), new and known; each batch counts once.

        Corrected records count where they were read first, as in `quality.landing_summary`.
        """
        read = accepted = rejected = filtered = 0
        batches = {
            file.batch_id: file
            for file in self.files
            if entity in (None, file.entity) and not file.is_correction
        }
        for one in (file.counts for file in batches.values()):
            read += one.read
            accepted += one.accepted
            rejected += one.rejected
            filtered += one.filtered
        return Counts(read, accepted, rejected, filtered)
