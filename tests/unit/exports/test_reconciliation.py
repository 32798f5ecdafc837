"""Segments in the reconciliation: customers = exported + held out + dropped by reason."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from orchestration.exports import ExportError
from orchestration.exports.model import ExportReport
from orchestration.exports.reconciliation import reconcile

if TYPE_CHECKING:
    from conftest import Warehouse

TABLE = """
create schema quality;
create table quality.reconciliation (
    check_name varchar, scope varchar, currency varchar, left_name varchar,
    left_value decimal(28, 2), right_name varchar, right_value decimal(28, 2),
    remainder_name varchar, remainder_parts varchar, remainder decimal(28, 2),
    difference decimal(28, 2), as_of_date date
);
insert into quality.reconciliation (check_name, scope) values ('rows_read', 'all');
"""
ROWS = (
    "select scope, left_value::integer, right_value::integer, remainder_parts, "
    "remainder::integer, difference::integer from quality.reconciliation "
    "where check_name = 'segments_are_exported' order by scope"
)


@pytest.fixture
def ready(warehouse: Warehouse) -> Warehouse:
    """Of five customers two may be written: one objected, one granted nothing, one has no data."""
    for key in ("a", "b", "c"):
        warehouse.contact(key)
    warehouse.contact("d", consents=())
    warehouse.suppress(customer_key="c", channel="all")
    warehouse.segment("seg_a", ["a", "b", "c", "d", "e"])
    warehouse.connection.execute(TABLE)
    return warehouse


def test_every_segment_and_destination_is_a_row(ready: Warehouse) -> None:
    report = ready.stage(
        ready.export(), ready.export("meta_customer_list"), ready.export("google_customer_match")
    )
    reconcile(ready.connection, report)
    assert ready.connection.execute(ROWS).fetchall() == [
        ("seg_a generic_csv rtn_s01", 5, 2, "no_consent 2.00, suppressed_customer 1.00", 3, 0),
        *(
            (f"seg_a {channel} rtn_s01", 5, 0,
             "below_minimum 2.00, no_consent 2.00, suppressed_customer 1.00", 5, 0)
            for channel in ("google_customer_match", "meta_customer_list")
        ),
    ]  # fmt: skip
    assert ready.connection.execute(
        "select distinct currency, left_name, right_name, as_of_date::varchar "
        "from quality.reconciliation where check_name = 'segments_are_exported'"
    ).fetchall() == [("XXX", "segment", "exported", "2026-01-31")]


def test_a_segment_that_failed_its_audit_is_left_out_as_a_whole(ready: Warehouse) -> None:
    reconcile(ready.connection, ready.stage(ready.export(), skip={"seg_a": "customer repeated"}))
    assert ready.connection.execute(ROWS).fetchall() == [
        ("seg_a generic_csv rtn_s01", 5, 0, "failed_audit 5.00", 5, 0)
    ]


def test_rows_of_an_earlier_staging_are_replaced_and_others_stay(ready: Warehouse) -> None:
    report = ready.stage(ready.export())
    reconcile(ready.connection, report)
    reconcile(ready.connection, report)
    counted = ready.connection.execute(
        "select check_name, count(*) from quality.reconciliation group by all order by all"
    )
    assert counted.fetchall() == [("rows_read", 1), ("segments_are_exported", 1)]


def lost_row(report: ExportReport) -> ExportReport:
    """A file that holds a row less than the gate let pass."""
    [result] = report.results
    [file] = result.files
    return replace(report, results=(replace(result, files=(replace(file, rows=file.rows - 1),)),))


def lost_reason(report: ExportReport) -> ExportReport:
    """Somebody was dropped, and nobody says why."""
    [result] = report.results
    counts = replace(result.counts, dropped_by_reason={"no_consent": 2})
    return replace(report, results=(replace(result, counts=counts),))


@pytest.mark.parametrize("lose", [lost_row, lost_reason])
def test_a_customer_who_gets_lost_stops_everything(ready: Warehouse, lose) -> None:
    report = ready.stage(ready.export())
    with pytest.raises(ExportError, match="seg_a generic_csv rtn_s01: difference 1"):
        reconcile(ready.connection, lose(report))
    assert ready.connection.execute(ROWS).fetchall() == []


def test_customers_who_join_after_staging_are_noticed(ready: Warehouse) -> None:
    report = ready.stage(ready.export())
    ready.connection.execute("insert into segments.seg_a (customer_key) values ('f')")
    with pytest.raises(ExportError, match="difference 1"):
        reconcile(ready.connection, report)
