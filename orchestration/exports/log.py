"""`quality.exports_log`: what became of every customer of a segment, export by export, as rows.

The table is dbt's, and exports are staged after dbt has built: the rows of this run, and those of
every run before from the ledger, are entered here, before the snapshot is published.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

import duckdb

from orchestration.exports import ledger, quality_tables
from orchestration.exports.delivery import arrived
from orchestration.exports.model import (
    ExportError,
    ExportReport,
    ExportResult,
    Kind,
    Standing,
    State,
)
from orchestration.exports.standing import Decide
from orchestration.settings import Settings
from orchestration.sql import literal

_KEPT = "kept"
_RELEASED, _DELIVERED, _UNCHANGED = "released", "delivered", "unchanged"
_COLUMNS = (
    "export_date, export_number, segment, destination, audience, sync_mode, state, outcome, "
    "customers, segment_customers, as_of_date"
)


@dataclass(frozen=True)
class Made:
    """One export of one day; runs that made the same again are one with it."""

    export_date: str
    segment: str
    destination: str
    audience: str
    sync_mode: str
    state: str
    content_id: str
    customers: int
    kept: int
    dropped: Mapping[str, int]

    @property
    def stream(self) -> tuple[str, str, str]:
        """Day, destination and audience."""
        return self.export_date, self.destination, self.audience

    @property
    def identity(self) -> object:
        """What makes it the same as another of its stream."""
        return self.content_id or (self.state, self.customers, tuple(sorted(self.dropped.items())))

    @property
    def outcomes(self) -> Mapping[str, int]:
        return {_KEPT: self.kept, **self.dropped}


def enter(
    connection: duckdb.DuckDBPyConnection,
    report: ExportReport,
    settings: Settings,
    decide: Decide,
) -> int:
    """Enter the rows of the staged `report` and of all earlier runs; returns how many.

    `decide` says which exports the run goes on to release. Rows of an earlier staging are replaced.
    Raises `ExportError` where an export's rows are not its segment's customers, and enters nothing.
    """
    known: dict[tuple[str, str, str], dict[object, Made]] = {}
    for made in _earlier(report.as_of_date, settings):
        _add(known, made)
    for result in report.results:
        if result.export.kind is not Kind.SUPPRESSION:  # those are of no segment
            _add(known, _staged(result, report.as_of_date, decide))
    _check(made for of_stream in known.values() for made in of_stream.values())
    there = arrived(settings)
    day = f"date '{report.as_of_date}'"
    rows = [
        row
        for of_stream in known.values()
        for number, made in enumerate(of_stream.values(), start=1)
        for row in _rows(_with_arrival(made, there), number, day)
    ]
    quality_tables.enter(connection, "exports_log", _COLUMNS, rows)
    return len(rows)


def _add(known: dict[tuple[str, str, str], dict[object, Made]], made: Made) -> None:
    """Enter an export, or what became of one that is known: nothing takes a release back."""
    of_stream = known.setdefault(made.stream, {})
    before = of_stream.get(made.identity)
    # A run that makes again what it released before says the same of it as the first one.
    if before and before.state == _RELEASED and made.state != State.WRITTEN:
        made = replace(made, state=_RELEASED)
    of_stream[made.identity] = made


def _earlier(until: date, settings: Settings) -> Iterator[Made]:
    for day, export in ledger.made(settings.state / ledger.NAME, until):
        if export.get("kind") == Kind.SUPPRESSION:
            continue
        state = str(export.get("state", _RELEASED if export.get("files", 1) else _UNCHANGED))
        kept = int(export["rows"])
        yield Made(
            day,
            str(export.get("segment", "")),
            str(export["destination"]),
            str(export["audience"]),
            str(export.get("sync_mode", "")),
            state,
            str(export["content_id"] or ""),
            int(export.get("customers", kept)),
            kept,
            export.get("dropped_by_reason", {}),
        )


def _staged(result: ExportResult, day: date, decide: Decide) -> Made:
    export, counts = result.export, result.counts
    return Made(
        day.isoformat(),
        export.segment,
        export.destination,
        export.audience,
        export.sync_mode,
        _state(result, decide),
        result.content_id or "",
        counts.segment,
        counts.kept,
        {str(reason): count for reason, count in counts.dropped_by_reason.items()},
    )


def _state(result: ExportResult, decide: Decide) -> str:
    if result.state is not State.WRITTEN:
        return str(result.state)
    standing = decide(result)
    if standing is not Standing.RELEASED:
        return str(standing)
    return str(State.WRITTEN) if result.files else _UNCHANGED


def _with_arrival(made: Made, there: Collection[tuple[str, str, str]]) -> Made:
    has_arrived = (made.destination, made.audience, made.content_id) in there
    return replace(made, state=_DELIVERED) if has_arrived and made.state == _RELEASED else made


def _check(exports: Iterable[Made]) -> None:
    wrong = [" ".join(one.stream) for one in exports if sum(one.outcomes.values()) != one.customers]
    if wrong:
        raise ExportError(
            "Segments are not the sum of who was kept and who was dropped, so nothing is "
            f"published or exported; please report this: {'; '.join(wrong)}"
        )


def _rows(made: Made, number: int, day: str) -> Iterator[str]:
    texts = (made.segment, made.destination, made.audience, made.sync_mode, made.state)
    for outcome, customers in made.outcomes.items():
        yield (
            f"(date {literal(made.export_date)}, {number}, "
            f"{', '.join(map(literal, (*texts, outcome)))}, {customers}, {made.customers}, {day})"
        )
