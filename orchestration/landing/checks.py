"""Is a delivery as large as usual, is a source fresh, are its columns those of before?

`severity` says whether an unusual number of rows or a stale source is only told (`warn`), or stops
the run before anything is published (`block`): an unusual delivery is not landed then, and comes
again in the next run; a stale source stops every run until newer events arrive.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from orchestration.landing.corrections.entries import is_correction
from orchestration.landing.durations import said
from orchestration.landing.ledger import Batch, Counts
from orchestration.landing.sources import SourcesConfig
from orchestration.landing.volume import is_judged, unusual

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The time by which freshness is judged."""
    return datetime.now(UTC)


class Check(StrEnum):
    """What is asked of every entity of every source."""

    VOLUME = "volume"
    FRESHNESS = "freshness"
    COLUMNS = "columns"


@dataclass(frozen=True)
class CheckResult:
    """The answer for one entity of one source. `blocks`: a failure stops the run."""

    check: Check
    source: str
    entity: str
    passed: bool
    blocks: bool
    message: str


@dataclass(frozen=True)
class Verdict:
    """The answers for one entity, over all sources that give it."""

    check: Check
    entity: str
    passed: bool
    blocks: bool
    messages: tuple[str, ...]


def verdicts(results: Iterable[CheckResult]) -> Iterator[Verdict]:
    """The answers by entity and check."""
    found: dict[tuple[str, Check], list[CheckResult]] = {}
    for result in results:
        found.setdefault((result.entity, result.check), []).append(result)
    for (entity, check), own in sorted(found.items()):
        failed = [result for result in own if not result.passed]
        yield Verdict(
            check,
            entity,
            passed=not failed,
            blocks=any(result.blocks for result in failed),
            messages=tuple(result.message for result in failed or own),
        )


class Checks:
    """Checks one landing. `before`: the batches that the ledger knew before it."""

    def __init__(self, config: SourcesConfig, before: Iterable[Batch]) -> None:
        self._config = config
        self._usual: dict[tuple[str, str], list[int]] = {}
        for batch in before:
            if batch.superseded_by is None and not is_correction(batch.content_hash):
                key = (batch.source, batch.entity)
                self._usual.setdefault(key, []).append(batch.counts.accepted)
        self._volumes: dict[tuple[str, str], list[tuple[bool, str]]] = {}
        self._differences: dict[tuple[str, str], list[str]] = {}

    def delivery(self, source: str, file: str, counts: Mapping[str, Counts]) -> list[str]:
        """Judge the number of rows of a file that was read; messages where it must not land."""
        refusals = []
        for entity, found in counts.items():
            expected = self._config.expected(source, entity)
            before = self._usual.get((source, entity), ())
            rows = f"{file} ({entity}): {found.accepted:,} accepted rows"
            if not is_judged(before, expected.rows):
                continue
            place = self._place(source, entity, "rows")
            fault = unusual(found.accepted, before, expected.rows, place)
            message = f"{rows}, {fault}." if fault else f"{rows}."
            self._volumes.setdefault((source, entity), []).append((not fault, message))
            if fault and expected.blocks:
                refusals.append(
                    f"{message} Nothing of it was landed. Have it delivered whole; to take it as "
                    "it is, widen `rows`."
                )
        return refusals

    def columns(self, source: str, entity: str, difference: str | None) -> None:
        """Note what is different in the columns of a delivery: None where it is the first one."""
        if difference is not None:
            self._differences.setdefault((source, entity), []).append(difference)

    def _place(self, source: str, entity: str, setting: str) -> str:
        mapping = self._config.sources[source].entities[entity]
        is_own = getattr(mapping, setting) is not None
        return self._config.place(source, *(("entities", entity) if is_own else ()), setting)

    def results(
        self, newest: Callable[[str, str], datetime | None], now: datetime
    ) -> Iterator[CheckResult]:
        """All answers: of new deliveries that there is something to hold against, and of freshness.

        `newest`: (source, entity) → its newest event that is not in the future.
        """
        for source, entities in self._config.mapped_entities().items():
            for entity in entities:
                if volumes := self._volumes.get((source, entity)):
                    yield self._volume(source, entity, volumes)
                if (differences := self._differences.get((source, entity))) is not None:
                    told = " ".join(filter(None, differences))
                    message = told or f"{source}: as they were."
                    yield CheckResult(Check.COLUMNS, source, entity, not told, False, message)
                if self._config.expected(source, entity).freshness is not None:
                    yield self._freshness(source, entity, newest(source, entity), now)

    def _volume(self, source: str, entity: str, volumes: Sequence[tuple[bool, str]]) -> CheckResult:
        faults = " ".join(text for is_usual, text in volumes if not is_usual)
        blocks = self._config.expected(source, entity).blocks
        message = faults or volumes[-1][1]
        return CheckResult(Check.VOLUME, source, entity, not faults, blocks, message)

    def _freshness(
        self, source: str, entity: str, newest: datetime | None, now: datetime
    ) -> CheckResult:
        expected = self._config.expected(source, entity)
        allowed = expected.freshness
        if allowed is None:
            raise ValueError(f"{source} ({entity}) need not be fresh")
        is_fresh = newest is not None and now - newest <= allowed
        state = "no event has landed"
        if newest is not None:
            state = f"the newest event is of {newest:%Y-%m-%d %H:%M} UTC, {said(now - newest)} ago"
        message = f"{source} ({entity}): {state}."
        if not is_fresh:
            message = (
                f"{message[:-1]}, and {self._place(source, entity, 'freshness')} asks for one of "
                f"the last {said(allowed)}. See whether the deliveries still come and are whole."
            )
        return CheckResult(Check.FRESHNESS, source, entity, is_fresh, expected.blocks, message)
