"""`quality.exports_log`: kept + dropped by reason = segment size, as rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from orchestration.exports import ExportError, ledger, log, release_exports
from orchestration.exports.model import ExportReport, State

if TYPE_CHECKING:
    from conftest import Warehouse

TABLE = """
create schema quality;
create table quality.exports_log (
    export_date date, segment varchar, destination varchar, audience varchar, sync_mode varchar,
    state varchar, outcome varchar, customers bigint, segment_customers bigint, as_of_date date
)
"""
ROWS = (
    "select destination, state, outcome, customers, segment_customers from quality.exports_log "
    "where export_date = '2026-01-31' order by all"
)


@pytest.fixture
def ready(warehouse: Warehouse) -> Warehouse:
    """Of four customers two may be written: one objected, one granted nothing."""
    for key in ("a", "b", "c"):
        warehouse.contact(key)
    warehouse.contact("d", consents=())
    warehouse.suppress(customer_key="c", channel="all")
    warehouse.segment("seg_a", ["a", "b", "c", "d"])
    warehouse.connection.execute(TABLE)
    return warehouse


def entered(warehouse: Warehouse, report: ExportReport) -> list[tuple[object, ...]]:
    log.enter(warehouse.connection, report, warehouse.settings)
    return warehouse.connection.execute(ROWS).fetchall()


def test_every_outcome_is_a_row(ready: Warehouse) -> None:
    report = ready.stage(ready.export(), ready.export("meta_customer_list"))
    expected = [
        ("generic_csv", "written", "kept", 2, 4),
        ("generic_csv", "written", "no_consent", 1, 4),
        ("generic_csv", "written", "suppressed_customer", 1, 4),
        ("meta_customer_list", "refused", "below_minimum", 2, 4),
        ("meta_customer_list", "refused", "kept", 0, 4),
        ("meta_customer_list", "refused", "no_consent", 1, 4),
        ("meta_customer_list", "refused", "suppressed_customer", 1, 4),
    ]
    assert entered(ready, report) == expected
    assert entered(ready, report) == expected  # again, in its place


def test_a_segment_that_failed_its_audit_is_said_to_have_reached_nobody(ready: Warehouse) -> None:
    report = ready.stage(ready.export(), skip={"seg_a": "a test failed"})
    assert report.results[0].state is State.SKIPPED
    assert entered(ready, report) == [
        ("generic_csv", "skipped", "failed_audit", 4, 4),
        ("generic_csv", "skipped", "kept", 0, 4),
    ]


def test_earlier_days_stand_as_they_were_released(ready: Warehouse) -> None:
    report = ready.stage(ready.export())
    release_exports(report, ready.settings, datetime(2026, 2, 1, tzinfo=UTC))
    path = ready.settings.state / ledger.NAME
    path.write_text(path.read_text().replace("2026-01-31", "2026-01-30"))
    ready.suppress(customer_key="b", channel="all")
    entered(ready, ready.stage(ready.export()))
    assert ready.connection.execute(
        "select export_date::varchar, outcome, customers from quality.exports_log order by all"
    ).fetchall() == [
        ("2026-01-30", "kept", 2),
        ("2026-01-30", "no_consent", 1),
        ("2026-01-30", "suppressed_customer", 1),
        ("2026-01-31", "kept", 1),
        ("2026-01-31", "no_consent", 1),
        ("2026-01-31", "suppressed_customer", 2),
    ]


def test_customers_of_whom_nobody_knows_stop_the_run(ready: Warehouse) -> None:
    report = ready.stage(ready.export())
    result = report.results[0]
    counts = replace(result.counts, kept=result.counts.kept - 1)
    spoilt = replace(report, results=(replace(result, counts=counts),))
    with pytest.raises(ExportError, match="2026-01-31 generic_csv rtn_s01"):
        log.enter(ready.connection, spoilt, ready.settings)
    assert ready.connection.execute("select count(*) from quality.exports_log").fetchone() == (0,)
