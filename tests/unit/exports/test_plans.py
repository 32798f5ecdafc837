"""Whom released exports were to contact counts for later ones, until the contact log shows it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from orchestration.exports import SegmentExport, plans, release_exports, stage_exports
from orchestration.exports.acknowledge import acknowledge
from orchestration.exports.model import Kind

if TYPE_CHECKING:
    from conftest import Warehouse

DAY = date(2026, 2, 10)


@pytest.fixture
def ready(warehouse: Warehouse) -> Warehouse:
    for key in ("a", "b"):
        warehouse.contact(key, phone=f"+491512345678{ord(key) % 10}")
    return warehouse


def day(
    warehouse: Warehouse,
    on: date,
    *exports: SegmentExport,
    release: bool = True,
    members: tuple[str, ...] = ("a", "b"),
) -> list[str]:
    """Stage, and release, as of a day; per export kept and dropped."""
    for segment in {export.segment for export in exports}:
        warehouse.connection.execute(f"drop table if exists segments.{segment}")
        warehouse.segment(segment, members, as_of=on)
    folder = warehouse.settings.exports / ".staging-test"
    report = stage_exports(warehouse.connection, exports, warehouse.settings, on, folder)
    if release:
        release_exports(report, warehouse.settings)
    return [
        ", ".join([f"{one.counts.kept} kept", *one.counts.dropped_by_reason])
        for one in report.results
        if one.export.kind is Kind.AUDIENCE
    ]


def ready_to(warehouse: Warehouse, **settings: object) -> SegmentExport:
    warehouse.segment("seg_a", [])
    warehouse.segment("seg_b", [])
    warehouse.set("seg_a", **settings)
    warehouse.set("seg_b", **settings)
    return warehouse.export("klaviyo")


def test_a_released_plan_counts_within_the_days(ready: Warehouse) -> None:
    export = ready_to(ready, cap=1, cap_days=7)
    other = ready.export("mailchimp", "seg_b", audience="rtn_s02")
    assert day(ready, DAY, export) == ["2 kept"]
    (file,) = (ready.settings.state / plans.FOLDER).rglob("*.parquet")
    assert file.relative_to(ready.settings.state / plans.FOLDER).as_posix() == (
        "2026-02-10/klaviyo/rtn_s01.parquet"
    )
    assert file.stat().st_mode & 0o777 == 0o600
    # The same day again is the same export.
    assert day(ready, DAY, export) == ["2 kept"]
    assert day(ready, DAY + timedelta(days=6), other, release=False) == ["0 kept, frequency_cap"]
    assert day(ready, DAY + timedelta(days=7), other, release=False) == ["2 kept"]
    assert day(ready, DAY - timedelta(days=1), other, release=False) == ["2 kept"]


def test_what_was_only_staged_counts_for_nothing(ready: Warehouse) -> None:
    export = ready_to(ready, cap=1, cap_days=7)
    assert day(ready, DAY, export, release=False) == ["2 kept"]
    assert day(ready, DAY + timedelta(days=1), export, release=False) == ["2 kept"]


def test_what_the_log_shows_is_not_counted_twice(ready: Warehouse) -> None:
    export = ready_to(ready, cap=3, cap_days=7)
    assert day(ready, DAY, export) == ["2 kept"]
    # `a` had an e-mail before the plan and a call after it: the one planned is still to come.
    ready.contacted("a", DAY - timedelta(days=1))
    ready.contacted("a", DAY + timedelta(days=1), channel="call")
    # `b` got the e-mail on the day itself, and one more: one is left.
    ready.contacted("b", DAY, DAY + timedelta(days=1))
    later = DAY + timedelta(days=2)
    assert day(ready, later, export, release=False) == ["1 kept, frequency_cap"]
    ready.contacted("b", DAY + timedelta(days=1))
    assert day(ready, later, export, release=False) == ["0 kept, frequency_cap"]


def test_a_segment_in_two_tools_of_one_channel_is_one_planned_contact(ready: Warehouse) -> None:
    export = ready_to(ready, cap=2, cap_days=7)
    assert day(ready, DAY, export, ready.export("mailchimp")) == ["2 kept", "2 kept"]
    assert day(ready, DAY + timedelta(days=1), export, release=False) == ["2 kept"]


def test_the_last_release_of_a_day_is_what_was_planned(ready: Warehouse) -> None:
    export = ready_to(ready, cap=1, cap_days=7)
    day(ready, DAY, export)
    ready.connection.execute("delete from restricted.consent_status where customer_key = 'a'")
    assert day(ready, DAY, export) == ["1 kept, no_consent"]
    ready.consent("a", "email_marketing")
    assert day(ready, DAY + timedelta(days=1), export) == ["1 kept, frequency_cap"]


def test_who_stays_in_a_standing_audience_is_not_contacted_again(ready: Warehouse) -> None:
    export = ready_to(ready, cap=1, cap_days=7)
    standing = ready.export("klaviyo", sync_mode="mirror")
    assert day(ready, DAY, standing) == ["2 kept"]
    assert day(ready, DAY + timedelta(days=1), standing) == ["2 kept"]
    other = ready.export("mailchimp", "seg_b", audience="rtn_s02")
    assert day(ready, DAY + timedelta(days=2), other) == ["0 kept, frequency_cap"]
    assert day(ready, DAY + timedelta(days=2), export, release=False) == ["0 kept, frequency_cap"]


def test_who_is_known_to_be_in_a_standing_audience_is_in_no_later_plan(ready: Warehouse) -> None:
    ready_to(ready, cap=1, cap_days=7)
    standing = ready.export("klaviyo", sync_mode="mirror")
    other = ready.export("mailchimp", "seg_b", audience="rtn_s02")
    day(ready, DAY, standing)
    acknowledge(ready.settings, "klaviyo/rtn_s01", "", datetime(2026, 2, 11, tzinfo=UTC))
    ready.contact("c")
    everyone = ("a", "b", "c")
    assert day(ready, DAY + timedelta(days=1), standing, members=everyone) == ["3 kept"]
    for later, expected in ((6, "0 kept, frequency_cap"), (7, "2 kept, frequency_cap")):
        on = DAY + timedelta(days=later)
        assert day(ready, on, other, release=False, members=everyone) == [expected]


def test_plans_are_forgotten_after_a_quarter(ready: Warehouse) -> None:
    export = ready_to(ready, cap=1, cap_days=1)
    day(ready, DAY, export)
    day(ready, DAY + timedelta(days=92), export)
    assert len(list((ready.settings.state / plans.FOLDER).iterdir())) == 2
    day(ready, DAY + timedelta(days=93), export)
    assert [folder.name for folder in sorted((ready.settings.state / plans.FOLDER).iterdir())] == [
        "2026-05-13", "2026-05-14",
    ]  # fmt: skip


def test_who_is_erased_stands_in_no_plan(ready: Warehouse) -> None:
    export = ready_to(ready, cap=1, cap_days=7)
    day(ready, DAY, export)
    assert plans.forget(ready.settings, {"a": "erased:1"}.get) == 1
    assert plans.forget(ready.settings, {"a": "erased:1"}.get) == 0
    assert day(ready, DAY + timedelta(days=1), export) == ["1 kept, frequency_cap"]


def test_without_a_cap_nothing_is_remembered(ready: Warehouse) -> None:
    export = ready_to(ready)
    assert day(ready, DAY, export) == ["2 kept"]
    assert not (ready.settings.state / plans.FOLDER).exists()
