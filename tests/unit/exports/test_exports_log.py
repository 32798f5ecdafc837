"""`quality.exports_log`: kept + dropped by reason = segment size, as rows."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from orchestration.exports import (
    ExportError,
    acknowledge,
    journal,
    ledger,
    log,
    release_exports,
    standing,
)
from orchestration.exports.destination_settings import load
from orchestration.exports.model import ExportReport, Previous, State

if TYPE_CHECKING:
    from conftest import Warehouse

TABLE = """
create schema quality;
create table quality.exports_log (
    export_date date, export_number integer, segment varchar, destination varchar,
    audience varchar, sync_mode varchar, state varchar, outcome varchar, customers bigint,
    segment_customers bigint, as_of_date date
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


def enter(warehouse: Warehouse, report: ExportReport) -> None:
    log.enter(
        warehouse.connection, report, warehouse.settings, standing.by_run(load(warehouse.settings))
    )


def entered(warehouse: Warehouse, report: ExportReport) -> list[tuple[object, ...]]:
    enter(warehouse, report)
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


STATES = (
    "select export_date::varchar, export_number, destination, state, "
    "sum(customers)::int from quality.exports_log group by all order by all"
)
NOW = datetime(2026, 2, 1, tzinfo=UTC)


def states(warehouse: Warehouse, report: ExportReport) -> list[tuple[object, ...]]:
    """Day, number, destination, state and customers of every export."""
    enter(warehouse, report)
    return warehouse.connection.execute(STATES).fetchall()


def configure(warehouse: Warehouse, **own: object) -> None:
    warehouse.settings.data_dir.mkdir(exist_ok=True)
    warehouse.settings.destinations_file.write_text(json.dumps({"destinations": own}))


def a_day_later(warehouse: Warehouse) -> None:
    """Let all that happened have happened the day before."""
    path = warehouse.settings.state / ledger.NAME
    path.write_text(path.read_text().replace("2026-01-31", "2026-01-30"))


def test_what_waits_or_is_paused_is_not_said_to_be_written(ready: Warehouse) -> None:
    configure(
        ready,
        generic_csv={"release": "manual"},
        brevo={"paused": True},
        klaviyo={"on_change": "block", "max_change": 0.1},
    )
    exports = [ready.export(name) for name in ("generic_csv", "brevo", "klaviyo", "mailchimp")]
    report = ready.stage(*exports)
    results = [
        replace(one, previous=Previous("before", 100))
        if one.export.pair == ("klaviyo", "rtn_s01")
        else one
        for one in report.results
    ]
    report = replace(report, results=tuple(results))
    assert states(ready, report) == [
        ("2026-01-31", 1, "brevo", "paused", 4),
        ("2026-01-31", 1, "generic_csv", "waiting", 4),
        ("2026-01-31", 1, "klaviyo", "blocked", 4),
        ("2026-01-31", 1, "mailchimp", "written", 4),
    ]


def test_every_export_of_earlier_days_is_kept_with_what_became_of_it(ready: Warehouse) -> None:
    configure(ready, brevo={"paused": True}, klaviyo={"release": "manual"})
    ready.segment("seg_b", ["a", "b"])
    exports = [
        *(ready.export(name) for name in ("generic_csv", "brevo", "klaviyo", "meta_customer_list")),
        ready.export("mailchimp", "seg_b"),
    ]
    report = ready.stage(*exports, skip={"seg_b": "a test failed"})
    release_exports(report, ready.settings, NOW)
    a_day_later(ready)
    before = [
        ("2026-01-30", 1, "brevo", "paused", 4),
        ("2026-01-30", 1, "generic_csv", "released", 4),
        ("2026-01-30", 1, "klaviyo", "waiting", 4),
        ("2026-01-30", 1, "mailchimp", "skipped", 2),
        ("2026-01-30", 1, "meta_customer_list", "refused", 4),
    ]
    today = ("2026-01-31", 1, "generic_csv", "written", 4)
    report = ready.stage(ready.export())
    assert states(ready, report) == [*before, today]
    assert ready.connection.execute(
        "select outcome, customers from quality.exports_log "
        "where destination = 'meta_customer_list' order by all"
    ).fetchall() == [
        ("below_minimum", 2),
        ("kept", 0),
        ("no_consent", 1),
        ("suppressed_customer", 1),
    ]


def test_what_was_released_by_hand_and_delivered_is_said_so(ready: Warehouse) -> None:
    configure(ready, generic_csv={"release": "manual"}, brevo={"release": "manual"})
    report = ready.stage(ready.export(), ready.export("brevo"))
    assert {state for _, _, _, state, _ in states(ready, report)} == {"waiting"}
    release_exports(report, ready.settings, NOW)
    staged = ready.stage(ready.export(), ready.export("brevo"))
    by_hand = standing.by_hand(load(ready.settings))
    release_exports(staged, ready.settings, NOW, decide=by_hand)
    brevo = staged.results[0]
    line = {"destination": "brevo", "audience": "rtn_s01", "content_id": brevo.content_id}
    journal.append(ready.settings.state / "deliveries.jsonl", {**line, "delivered_at": "now"})
    report = ready.stage(ready.export(), ready.export("brevo"))
    assert states(ready, report) == [  # also by a run that would let them wait again
        ("2026-01-31", 1, "brevo", "delivered", 4),
        ("2026-01-31", 1, "generic_csv", "released", 4),
    ]


def test_a_day_has_as_many_exports_as_contents(ready: Warehouse) -> None:
    """Made again it is the same one, and the log too, whatever was released in between."""
    report = ready.stage(ready.export())
    first = states(ready, report)
    release_exports(report, ready.settings, NOW)
    assert states(ready, ready.stage(ready.export())) == first
    ready.suppress(customer_key="b", channel="all")
    report = ready.stage(ready.export())
    assert states(ready, report) == [
        ("2026-01-31", 1, "generic_csv", "released", 4),
        ("2026-01-31", 2, "generic_csv", "written", 4),
    ]


def test_nothing_to_tell_is_not_a_file(ready: Warehouse) -> None:
    export = ready.export(sync_mode="mirror")
    release_exports(ready.stage(export), ready.settings, NOW)
    acknowledge.acknowledge(ready.settings, "generic_csv/rtn_s01", "", NOW)
    report = ready.stage(export)
    assert not report.results[0].files
    assert states(ready, report)[-1] == ("2026-01-31", 2, "generic_csv", "unchanged", 4)
    release_exports(report, ready.settings, NOW)
    a_day_later(ready)
    assert ("2026-01-30", 2, "generic_csv", "unchanged", 4) in states(ready, ready.stage(export))


def test_customers_of_whom_nobody_knows_stop_the_run(ready: Warehouse) -> None:
    report = ready.stage(ready.export())
    result = report.results[0]
    counts = replace(result.counts, kept=result.counts.kept - 1)
    spoilt = replace(report, results=(replace(result, counts=counts),))
    with pytest.raises(ExportError, match="2026-01-31 generic_csv rtn_s01"):
        enter(ready, spoilt)
    assert ready.connection.execute("select count(*) from quality.exports_log").fetchone() == (0,)
