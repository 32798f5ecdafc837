"""Who may no longer be contacted, or is in an audience that is given up, is taken out there."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from orchestration.exports import acknowledge, ledger, release_exports, stage_exports
from orchestration.exports.model import ExportResult, State
from tests.unit.exports.uploads import AUDIENCE, NOW, emails, forget, members, release

if TYPE_CHECKING:
    from conftest import Warehouse

_LEFT = ("none", "consent", "suppressed", "address", "minor", "test", "country", "erased")


@pytest.fixture
def appended(warehouse: Warehouse) -> Warehouse:
    """Customers named after what becomes of them, and one who stays, uploaded in `append`."""
    warehouse.contact("stays")
    for key in _LEFT:
        warehouse.contact(key)
    warehouse.segment("seg_a", ["stays", *_LEFT])
    release(warehouse, "append")
    acknowledge.acknowledge(warehouse.settings, AUDIENCE, "", NOW)
    return warehouse


def withdraw(warehouse: Warehouse) -> None:
    execute = warehouse.connection.execute
    execute("update restricted.consent_status set status = 'withdrawn' "
            "where customer_key = 'consent' and purpose = 'email_marketing'")  # fmt: skip
    warehouse.suppress(customer_key="suppressed", channel="email")
    warehouse.suppress(identifier="address@example.com", channel="email")
    contacts = "update restricted.customer_contacts set"
    execute(f"{contacts} birth_date = date '2015-01-01' where customer_key = 'minor'")
    execute(f"{contacts} is_test = true where customer_key = 'test'")
    execute(f"{contacts} country = 'FR' where customer_key = 'country'")
    execute("delete from restricted.customer_contacts where customer_key = 'erased'")
    execute("delete from restricted.consent_status where customer_key = 'erased'")
    warehouse.settings.destinations_file.write_text(
        "destinations:\n  generic_csv:\n    refuse_countries: [FR]\n"
    )


@pytest.mark.parametrize("stays_in_segment", [True, False])
def test_an_appended_audience_loses_those_who_may_no_longer_be_contacted(
    appended: Warehouse, *, stays_in_segment: bool
) -> None:
    withdraw(appended)
    if not stays_in_segment:
        members(appended)
    result = release(appended, "append")
    removed = sorted(f"{key}@example.com" for key in _LEFT if key != "none")
    assert emails(appended, result) == {"removes": removed}
    acknowledge.acknowledge(appended.settings, AUDIENCE, "", NOW)
    assert emails(appended, release(appended, "append")) == {}


def test_who_merely_left_the_segment_stays_in_an_appended_audience(appended: Warehouse) -> None:
    members(appended, "stays")
    assert emails(appended, release(appended, "append")) == {}


_DAY = date(2026, 2, 1)


def other(warehouse: Warehouse, day: date = _DAY) -> list[ExportResult]:
    """Stage and release an export to another audience alone."""
    warehouse.connection.execute("update segments.seg_a set as_of_date = $1", [day])
    export = warehouse.export(audience="rtn_s02")
    staging = warehouse.settings.exports / ".staging-test"
    report = stage_exports(warehouse.connection, [export], warehouse.settings, day, staging)
    release_exports(report, warehouse.settings, NOW)
    return list(report.results)


@pytest.mark.parametrize("mode", ["replace", "append", "mirror"])
def test_an_audience_that_is_given_up_is_emptied_once(warehouse: Warehouse, mode: str) -> None:
    for key in ("a", "b", "c"):
        warehouse.contact(key)
    warehouse.segment("seg_a", ["a", "b"])
    first = release(warehouse, mode)
    acknowledge.acknowledge(warehouse.settings, AUDIENCE, "", NOW)
    members(warehouse, "b", "c")
    release(warehouse, mode)
    retired, _ = other(warehouse)
    assert retired.export.is_retired
    assert (retired.state, retired.base) == (State.WRITTEN, first.content_id)
    everyone = [f"{key}@example.com" for key in "abc"]
    assert emails(warehouse, retired) == {"removes": everyone}
    # Staging the day again gives the same set.
    assert other(warehouse)[0] == retired
    index = json.loads((warehouse.settings.exports / "latest" / "index.json").read_text())
    assert [one["segment"] for one in index["exports"]] == ["retired", "seg_a"]
    assert "No segment goes to this audience" in (
        (warehouse.settings.exports / "latest" / "index.html").read_text()
    )
    last = ledger.last_releases(warehouse.settings.state / ledger.NAME)
    assert last["generic_csv", "rtn_s01"]["segment"] == "retired"
    later = other(warehouse, date(2026, 2, 28))
    assert [one.export.audience for one in later] == ["rtn_s02"]


def test_a_retired_audience_that_comes_back_is_filled_anew(warehouse: Warehouse) -> None:
    warehouse.contact("a")
    warehouse.segment("seg_a", ["a"])
    release(warehouse)
    other(warehouse)
    acknowledge.acknowledge(warehouse.settings, AUDIENCE, _released(warehouse), datetime.now(UTC))
    warehouse.connection.execute("update segments.seg_a set as_of_date = date '2026-01-31'")
    assert [(file.role, file.rows) for file in release(warehouse).files] == [("adds", 1)]


def _released(warehouse: Warehouse) -> str:
    return ledger.contents(warehouse.settings.state / ledger.NAME)["generic_csv", "rtn_s01"][-1]


def test_a_given_up_audience_of_which_nobody_is_known_is_told_of(warehouse: Warehouse) -> None:
    warehouse.contact("a")
    warehouse.segment("seg_a", ["a"])
    release(warehouse)
    forget(warehouse)
    retired, _ = other(warehouse)
    assert (retired.files, retired.state) == ((), State.WRITTEN)
    assert "empty or delete it there" in retired.warnings[0]


@pytest.mark.parametrize("destination", ["hubspot_tasks", "call_list", "salesforce_campaign"])
def test_an_audience_of_tasks_or_members_can_be_given_up(
    warehouse: Warehouse, destination: str
) -> None:
    warehouse.contact("a", phone="+4915112345678")
    warehouse.segment("seg_a", ["a"])
    release(warehouse, "append", destination=destination)
    retired = next(one for one in other(warehouse) if one.export.is_retired)
    assert {(file.role, file.rows) for file in retired.files} == {("removes", 1)}


def test_audiences_are_given_up_also_when_no_segment_is_left(warehouse: Warehouse) -> None:
    warehouse.contact("a")
    warehouse.segment("seg_a", ["a"])
    release(warehouse)
    warehouse.connection.execute("drop table segments.seg_a")
    report = warehouse.stage()
    assert [(one.export.name, len(one.files)) for one in report.results] == [
        ("generic_csv/rtn_s01", 1)
    ]
