"""The frequency cap, and which segment comes first for a customer under it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.exports import DESTINATIONS, ExportError, SegmentExport, stage

if TYPE_CHECKING:
    from conftest import Warehouse

AS_OF = date(2026, 1, 31)


def outcomes(warehouse: Warehouse, *segments: str, destination: str = "generic_csv") -> list[str]:
    """Per segment, in the order given: kept and dropped, such as `1 kept, lower_priority: 1`."""
    exports = [
        warehouse.export(destination, segment, audience=f"rtn_s{place:02}")
        for place, segment in enumerate(segments, start=1)
    ]
    found = {}
    for result in warehouse.stage(*exports).results:
        counts = result.counts
        assert counts.segment == counts.kept + sum(counts.dropped_by_reason.values())
        dropped = [f"{reason}: {n}" for reason, n in counts.dropped_by_reason.items()]
        found[result.export.segment] = ", ".join([f"{counts.kept} kept", *dropped])
    return [found[segment] for segment in segments]


def test_contacts_of_the_channel_within_the_days_count(warehouse: Warehouse) -> None:
    week = AS_OF - timedelta(days=6)
    for key in ("two", "one", "before", "after", "call", "none"):
        warehouse.contact(key)
    warehouse.contacted("two", week, AS_OF)
    warehouse.contacted("one", AS_OF)
    warehouse.contacted("before", week - timedelta(days=1), AS_OF)
    warehouse.contacted("after", AS_OF, AS_OF + timedelta(days=1))
    warehouse.contacted("call", week, AS_OF, channel="call")
    warehouse.segment("seg_a", ["two", "one", "before", "after", "call", "none"])
    warehouse.set(cap=2, cap_days=7, cap_counts="own_channel")
    assert outcomes(warehouse, "seg_a") == ["5 kept, frequency_cap: 1"]
    for counted in ("'all_channels'", "null"):
        warehouse.connection.execute(f"update segments.segment_settings set cap_counts = {counted}")
        assert outcomes(warehouse, "seg_a") == ["4 kept, frequency_cap: 2"]


def test_without_a_cap_nobody_is_dropped_for_being_contacted(warehouse: Warehouse) -> None:
    warehouse.contact("a")
    warehouse.contacted("a", *[AS_OF] * 20)
    for segment in ("seg_a", "seg_b"):
        warehouse.segment(segment, ["a"])
        warehouse.set(segment, priority=1)
    assert outcomes(warehouse, "seg_a", "seg_b") == ["1 kept", "1 kept"]


@pytest.mark.parametrize(("first", "second"), [(10, 20), (10, None), (-1, 0)])
def test_the_smaller_priority_gets_the_customer_whatever_the_order_of_audiences(
    warehouse: Warehouse, first: int, second: int | None
) -> None:
    warehouse.contact("both")
    warehouse.contact("only")
    warehouse.segment("seg_late", ["both", "only"])
    warehouse.segment("seg_early", ["both"])
    warehouse.set("seg_late", cap=1, cap_days=1, priority=second)
    warehouse.set("seg_early", cap=1, cap_days=1, priority=first)
    expected = ["1 kept, lower_priority: 1", "1 kept"]
    assert outcomes(warehouse, "seg_late", "seg_early") == expected
    assert outcomes(warehouse, "seg_early", "seg_late") == expected[::-1]


def test_a_cap_of_two_leaves_room_for_two_segments(warehouse: Warehouse) -> None:
    warehouse.contact("a")
    for priority, segment in enumerate(("seg_a", "seg_b", "seg_c")):
        warehouse.segment(segment, ["a"])
        warehouse.set(segment, cap=2, cap_days=30, priority=priority)
    expected = ["1 kept", "1 kept", "0 kept, lower_priority: 1"]
    assert outcomes(warehouse, "seg_a", "seg_b", "seg_c") == expected
    warehouse.contacted("a", AS_OF)
    expected = ["1 kept", "0 kept, lower_priority: 1", "0 kept, lower_priority: 1"]
    assert outcomes(warehouse, "seg_a", "seg_b", "seg_c") == expected


def test_only_those_who_are_in_the_earlier_file_are_taken(warehouse: Warehouse) -> None:
    warehouse.contact("held")
    warehouse.contact("twin", email="held@example.com")
    for segment in ("seg_a", "seg_b"):
        warehouse.segment(segment, {"held": 1, "twin": 2})
    warehouse.set("seg_a", cap=1, cap_days=1, priority=1, holdout_bps=10000, salt_id="s")
    warehouse.set("seg_b", cap=1, cap_days=1, priority=2)
    assert outcomes(warehouse, "seg_a", "seg_b") == [
        "0 kept, held_out: 2", "1 kept, duplicate_identifier: 1",
    ]  # fmt: skip


def test_the_gate_asks_the_holdout_before_the_cap_and_the_address_after_it(
    warehouse: Warehouse,
) -> None:
    warehouse.contact("a", email="broken")
    warehouse.contacted("a", AS_OF)
    warehouse.segment("seg_a", ["a"])
    warehouse.set(cap=1, cap_days=1)
    assert outcomes(warehouse, "seg_a") == ["0 kept, frequency_cap: 1"]
    warehouse.connection.execute("update segments.segment_settings set holdout_bps = 10000")
    warehouse.connection.execute("update segments.segment_settings set salt_id = 's'")
    assert outcomes(warehouse, "seg_a") == ["0 kept, held_out: 1"]


def test_an_audience_for_advertising_is_no_contact(warehouse: Warehouse) -> None:
    warehouse.contact("a")
    warehouse.contacted("a", AS_OF)
    warehouse.segment("seg_a", ["a"])
    warehouse.set(cap=1, cap_days=1)
    for destination in ("google_customer_match", "meta_customer_list"):
        assert outcomes(warehouse, "seg_a", destination=destination) == ["0 kept, below_minimum: 1"]


def test_one_segment_in_two_tools_is_one_contact_and_another_segment_a_second(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = replace(DESTINATIONS["generic_csv"], name="other_csv")
    every = {**DESTINATIONS, "other_csv": other}
    monkeypatch.setattr(stage, "DESTINATIONS", every)
    for module in ("destination_settings", "page"):
        monkeypatch.setattr(f"orchestration.exports.{module}.DESTINATIONS", every)
    warehouse.contact("a")
    for segment in ("seg_a", "seg_b"):
        warehouse.segment(segment, ["a"])
        warehouse.set(segment, cap=1, cap_days=1)
    results = warehouse.stage(
        warehouse.export("generic_csv", "seg_a"),
        warehouse.export("other_csv", "seg_a"),
        warehouse.export("other_csv", "seg_b", audience="rtn_s02"),
    ).results
    assert [dict(result.counts.dropped_by_reason) for result in results] == [
        {}, {}, {"lower_priority": 1},
    ]  # fmt: skip


def found(warehouse: Warehouse, *exports: SegmentExport) -> dict[str, str]:
    """Kept and dropped by destination."""
    return {
        f"{result.export.segment} {result.export.destination}": ", ".join(
            [f"{result.counts.kept} kept", *result.counts.dropped_by_reason]
        )
        for result in warehouse.stage(*exports).results
    }


def test_priority_holds_across_destinations(warehouse: Warehouse) -> None:
    """Files of the later segment's destination come first by name, and a third between them."""
    warehouse.contact("a", phone="+4915123456789")
    for segment, priority in (("seg_early", 1), ("seg_late", 3), ("seg_between", 2)):
        warehouse.segment(segment, ["a"])
        warehouse.set(segment, cap=1, cap_days=7, priority=priority)
    exports = [
        warehouse.export("call_list", "seg_late", audience="rtn_s01"),
        warehouse.export("klaviyo", "seg_late", audience="rtn_s01"),
        warehouse.export("klaviyo", "seg_early", audience="rtn_s03"),
        warehouse.export("mailchimp", "seg_between", audience="rtn_s02"),
        warehouse.export("mailchimp", "seg_early", audience="rtn_s03"),
    ]
    expected = {
        "seg_late call_list": "0 kept, lower_priority",
        "seg_late klaviyo": "0 kept, lower_priority",
        "seg_early klaviyo": "1 kept",
        "seg_between mailchimp": "0 kept, lower_priority",
        "seg_early mailchimp": "1 kept",
    }
    assert found(warehouse, *exports) == expected
    warehouse.connection.execute("update segments.segment_settings set cap_counts = 'own_channel'")
    assert found(warehouse, *exports) == {**expected, "seg_late call_list": "1 kept"}


def test_one_segment_in_two_channels_contacts_twice(warehouse: Warehouse) -> None:
    warehouse.contact("a", phone="+4915123456789")
    warehouse.contact("b", phone="+4915123456780", consents=["email_marketing"])
    warehouse.segment("seg_a", ["a", "b"])
    warehouse.set(cap=1, cap_days=7)
    exports = [warehouse.export(name) for name in ("klaviyo", "call_list", "mailchimp")]
    assert found(warehouse, *exports) == {
        "seg_a call_list": "1 kept, no_consent",
        "seg_a klaviyo": "1 kept, lower_priority",
        "seg_a mailchimp": "1 kept, lower_priority",
    }


def test_a_paused_destination_takes_nothing_from_others(warehouse: Warehouse) -> None:
    warehouse.contact("a")
    for segment, priority in (("seg_a", 1), ("seg_b", 2)):
        warehouse.segment(segment, ["a"])
        warehouse.set(segment, cap=1, cap_days=7, priority=priority)
    exports = [
        warehouse.export("klaviyo", "seg_a"),
        warehouse.export("mailchimp", "seg_b", audience="rtn_s02"),
    ]
    assert found(warehouse, *exports)["seg_b mailchimp"] == "0 kept, lower_priority"
    warehouse.settings.data_dir.mkdir(parents=True, exist_ok=True)
    warehouse.settings.destinations_file.write_text("destinations: {klaviyo: {paused: true}}")
    assert found(warehouse, *exports) == {"seg_a klaviyo": "1 kept", "seg_b mailchimp": "1 kept"}


def test_cells_of_destinations_in_turn_are_their_own(warehouse: Warehouse) -> None:
    """Files that are made in turns equal those that are made one destination after another."""
    for key in ("a", "b", "c"):
        warehouse.contact(key, first_name=key, phone=f"+491512345678{ord(key) % 10}")
    for priority, segment in enumerate(("seg_a", "seg_b", "seg_c")):
        warehouse.segment(segment, ["a", "b", "c"])
        warehouse.set(segment, priority=priority)
    exports = [
        warehouse.export(name, segment, audience=f"rtn_{segment[4:]}")
        for segment in ("seg_a", "seg_b", "seg_c")
        for name in ("klaviyo", "google_customer_match", "call_list", "sms_gateway", "mailchimp")
    ]
    plain = warehouse.stage(*exports)
    warehouse.connection.execute("update segments.segment_settings set cap = 99, cap_days = 1")
    assert warehouse.stage(*exports).set_id == plain.set_id


def test_a_contact_channel_is_a_word_of_the_contact_log() -> None:
    words = {"call", "e-mail", "visit", "chat", "letter", "sms", None}
    assert {destination.contact_channel for destination in DESTINATIONS.values()} <= words


@pytest.mark.parametrize(("cap", "days"), [(0, 7), (2, 0), (2, None), (None, 7), (-1, 7)])
def test_a_cap_that_cannot_be_is_refused(
    warehouse: Warehouse, cap: int | None, days: int | None
) -> None:
    warehouse.contact("a")
    warehouse.segment("seg_a", ["a"])
    warehouse.set(cap=cap, cap_days=days)
    with pytest.raises(ExportError, match=r"seg_a.*cap_days"):
        warehouse.only()


SEGMENTS = ("seg_a", "seg_b", "seg_c")
SETTINGS = st.tuples(
    st.sampled_from([None, (1, 1), (1, 3), (2, 3)]), st.sampled_from([None, 1, 2, 2])
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.sets(st.integers(0, 4), min_size=1), min_size=3, max_size=3),
    st.lists(SETTINGS, min_size=3, max_size=3),
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=6),
)
def test_outcomes_equal_those_of_a_simple_loop(
    new_warehouse: Callable[[], Warehouse],
    members: list[set[int]],
    chosen: list[tuple[tuple[int, int] | None, int | None]],
    log: list[tuple[int, int]],
) -> None:
    """Contacts `log`: (customer, days before `AS_OF`)."""
    warehouse = new_warehouse()
    for n in range(5):
        warehouse.contact(f"p{n}")
    for n, ago in log:
        warehouse.contacted(f"p{n}", AS_OF - timedelta(days=ago))
    for segment, people, (cap, priority) in zip(SEGMENTS, members, chosen, strict=True):
        warehouse.segment(segment, [f"p{n}" for n in sorted(people)])
        contacts, days = cap or (None, None)
        warehouse.set(segment, cap=contacts, cap_days=days, priority=priority)
    planned: Counter[int] = Counter()
    expected = {}
    for place in sorted(range(3), key=lambda n: (chosen[n][1] or 9, n)):
        cap, _ = chosen[place]
        dropped: Counter[str] = Counter()
        kept = []
        for n in members[place]:
            logged = sum(who == n and cap is not None and ago < cap[1] for who, ago in log)
            if cap and logged >= cap[0]:
                dropped["frequency_cap"] += 1
            elif cap and logged + planned[n] >= cap[0]:
                dropped["lower_priority"] += 1
            else:
                kept.append(n)
        planned.update(kept)
        told = [f"{reason}: {number}" for reason, number in sorted(dropped.items())]
        expected[place] = ", ".join([f"{len(kept)} kept", *told])
    assert outcomes(warehouse, *SEGMENTS) == [expected[place] for place in range(3)]
    warehouse.connection.close()
