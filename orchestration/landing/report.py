"""What a landing tells: events while it runs, a report when it has ended."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

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


@dataclass(frozen=True)
class LandingEvent:
    """Something happened: for logs and a progress display. `message` holds no personal data."""

    message: str
    source: str | None = None
    file: str | None = None
    entity: str | None = None
    counts: Counts | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class LandingReport:
    """A whole landing: every file of every source, and what a reader should know besides."""

    files: tuple[FileReport, ...]
    messages: tuple[str, ...]

    @property
    def landed(self) -> tuple[FileReport, ...]:
        """What is new."""
        return tuple(file for file in self.files if file.outcome is Outcome.LANDED)

    @property
    def totals(self) -> Counts:
        """The records of what is new, over all files and entities."""
        return total(file.counts for file in self.landed)


def total(counts: Iterable[Counts]) -> Counts:
    """The sum of counts."""
    read = accepted = rejected = filtered = 0
    for one in counts:
        read += one.read
        accepted += one.accepted
        rejected += one.rejected
        filtered += one.filtered
    return Counts(read, accepted, rejected, filtered)
