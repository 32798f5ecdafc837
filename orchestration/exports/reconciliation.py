"""Segments in `quality.reconciliation`: customers = exported + held out + dropped by reason.

The table is dbt's, and exports are staged after dbt has built: their rows join those of the
warehouse here, before the snapshot is published.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from orchestration.exports import quality_tables
from orchestration.exports.model import ExportError, ExportReport, ExportResult, Kind
from orchestration.landing.amounts import NO_CURRENCY
from orchestration.sql import count, literal, quoted

CHECK = "segments_are_exported"
_COLUMNS = (
    "check_name, scope, currency, left_name, left_value, right_name, right_value, remainder_name, "
    "remainder_parts, remainder, difference, as_of_date"
)


@dataclass(frozen=True)
class SegmentCheck:
    """One export: customers of the segment in the warehouse, rows in its file, who is left out."""

    scope: str
    customers: int
    exported: int
    left_out: Mapping[str, int]

    @property
    def difference(self) -> int:
        """Customers of whom nobody knows what became; below 0: who stand twice."""
        return self.customers - self.exported - sum(self.left_out.values())


def reconcile(connection: duckdb.DuckDBPyConnection, report: ExportReport) -> list[SegmentCheck]:
    """Enter one row per export of the staged `report` in `quality.reconciliation`.

    Rows of an earlier staging are replaced. Raises `ExportError` where a segment is not the sum of
    its parts, and enters nothing.
    """
    checks = [
        _check(connection, result)
        for result in report.results
        if result.export.kind in (Kind.AUDIENCE, Kind.EXCLUSION)
    ]
    wrong = [check for check in checks if check.difference]
    if wrong:
        raise ExportError(
            "Segments are not what was exported, held out or dropped, so nothing is published or "
            "exported; please report this: "
            + "; ".join(f"{check.scope}: difference {check.difference}" for check in wrong)
        )
    day = f"date '{report.as_of_date}'"
    rows = [_row(check, day) for check in checks]
    quality_tables.enter(connection, "reconciliation", _COLUMNS, rows, f"check_name = '{CHECK}'")
    return checks


def _check(connection: duckdb.DuckDBPyConnection, result: ExportResult) -> SegmentCheck:
    export = result.export
    whole = [file.rows for file in result.files if file.role == "full"]
    return SegmentCheck(
        scope=f"{export.segment} {export.destination} {export.audience}",
        customers=count(connection, f"select count(*) from segments.{quoted(export.segment)}"),
        # The writer has compared the rows of several files with the gate's.
        exported=whole[0] if len(whole) == 1 else result.counts.kept,
        left_out=result.counts.dropped_by_reason,
    )


def _row(check: SegmentCheck, day: str) -> str:
    names, parts = "null", "null"
    if check.left_out:
        by_name = sorted(check.left_out.items())
        names = literal(", ".join(name for name, _ in by_name))
        parts = literal(", ".join(f"{name} {count:.2f}" for name, count in by_name))
    return (
        f"('{CHECK}', {literal(check.scope)}, '{NO_CURRENCY}', 'segment', {check.customers}, "
        f"'exported', {check.exported}, {names}, {parts}, {sum(check.left_out.values())}, "
        f"{check.difference}, {day})"
    )
