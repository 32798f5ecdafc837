"""`quality.exports_log`: what became of every customer of a segment, export by export, as rows.

The table is dbt's, and exports are staged after dbt has built: the rows of this run, and those of
releases for earlier days from the ledger, are entered here, before the snapshot is published.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import duckdb

from orchestration.exports import ledger, suppression_lists
from orchestration.exports.model import ExportError, ExportReport, Kind, State
from orchestration.settings import Settings
from orchestration.sql import literal

_KEPT = "kept"
_EARLIER_DAYS = 31
_FAILED_AUDIT = "failed_audit"


@dataclass(frozen=True)
class Outcome:
    """So many customers of one export that ended alike; `outcome` is `kept` or a reason."""

    export_date: str
    segment: str
    destination: str
    audience: str
    sync_mode: str
    state: str
    outcome: str
    customers: int
    segment_customers: int


def enter(connection: duckdb.DuckDBPyConnection, report: ExportReport, settings: Settings) -> int:
    """Enter the rows of the staged `report` and of earlier days' releases; returns how many.

    Rows of an earlier staging are replaced. Raises `ExportError` where an export's rows are not
    its segment's customers, and enters nothing.
    """
    rows = [*_earlier(report, settings), *_staged(connection, report)]
    _check(rows)
    day = f"date '{report.as_of_date}'"
    values = ", ".join(_row(one, day) for one in rows)
    connection.execute("begin")
    try:
        connection.execute("delete from quality.exports_log")
        if values:
            connection.execute(
                "insert into quality.exports_log (export_date, segment, destination, audience, "
                "sync_mode, state, outcome, customers, segment_customers, as_of_date) "
                f"values {values}"
            )
        connection.execute("commit")
    except duckdb.Error as error:
        connection.execute("rollback")
        raise ExportError(f"quality.exports_log cannot be completed: {error}") from error
    return len(rows)


def _staged(connection: duckdb.DuckDBPyConnection, report: ExportReport) -> Iterator[Outcome]:
    for result in report.results:
        if result.export.kind is Kind.SUPPRESSION:
            continue  # of no segment
        export, counts = result.export, result.counts
        outcomes, size = {_KEPT: counts.kept, **counts.dropped_by_reason}, counts.segment
        if result.state is State.SKIPPED:
            found = connection.execute(f'select count(*) from segments."{export.segment}"')
            size = int((found.fetchone() or (0,))[0])
            outcomes = {_KEPT: 0, _FAILED_AUDIT: size}
        for outcome, customers in outcomes.items():
            yield Outcome(
                report.as_of_date.isoformat(),
                export.segment,
                export.destination,
                export.audience,
                export.sync_mode,
                str(result.state),
                str(outcome),
                customers,
                size,
            )


def _earlier(report: ExportReport, settings: Settings) -> Iterator[Outcome]:
    days = ledger.released_by_day(settings.state / ledger.NAME, report.as_of_date)
    for day, exports in list(days.items())[-_EARLIER_DAYS:]:
        for export in exports.values():
            if export.get("audience") == suppression_lists.AUDIENCE:
                continue
            dropped: Mapping[str, int] = export.get("dropped_by_reason", {})
            kept = int(export["rows"])
            for outcome, customers in {_KEPT: kept, **dropped}.items():
                yield Outcome(
                    day,
                    str(export.get("segment", "")),
                    str(export["destination"]),
                    str(export["audience"]),
                    str(export.get("sync_mode", "")),
                    str(State.WRITTEN),
                    outcome,
                    int(customers),
                    int(export.get("customers", kept)),
                )


def _check(rows: list[Outcome]) -> None:
    sums: dict[tuple[str, str, str], int] = {}
    sizes = {}
    for one in rows:
        export = (one.export_date, one.destination, one.audience)
        sums[export] = sums.get(export, 0) + one.customers
        sizes[export] = one.segment_customers
    wrong = [" ".join(export) for export, size in sizes.items() if sums[export] != size]
    if wrong:
        raise ExportError(
            "Segments are not the sum of who was kept and who was dropped, so nothing is "
            f"published or exported; please report this: {'; '.join(wrong)}"
        )


def _row(one: Outcome, day: str) -> str:
    texts = (one.segment, one.destination, one.audience, one.sync_mode, one.state, one.outcome)
    return (
        f"(date {literal(one.export_date)}, {', '.join(map(literal, texts))}, "
        f"{one.customers}, {one.segment_customers}, {day})"
    )
