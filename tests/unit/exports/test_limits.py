"""What a channel takes: a list beyond that is refused, removes never are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from orchestration.exports import acknowledge
from orchestration.exports.model import State
from tests.unit.exports.uploads import (
    AUDIENCE,
    NOW,
    emails,
    forget,
    limit,
    members,
    release,
    rows,
    sha256,
)

if TYPE_CHECKING:
    from conftest import Warehouse


@pytest.fixture
def ready(warehouse: Warehouse) -> Warehouse:
    for key in ("a", "b", "c"):
        warehouse.contact(key)
    warehouse.segment("seg_a", ["a", "b"])
    return warehouse


@pytest.mark.parametrize("limits", [{"refuse_above": 1}, {"most_bytes": 160}])
def test_adds_above_a_maximum_are_refused_and_removes_divided(
    ready: Warehouse, monkeypatch: pytest.MonkeyPatch, limits: dict[str, int]
) -> None:
    for key in ("d", "e", "f"):
        ready.contact(key)
    members(ready, "a", "b", "c")
    release(ready)
    acknowledge.acknowledge(ready.settings, AUDIENCE, "", NOW)
    members(ready, "c", "d", "e", "f")
    limit(monkeypatch, **limits)
    result = release(ready)
    assert [(file.role, file.rows) for file in result.files] == [("removes", 1), ("removes", 1)]
    assert [file.name[-6:] for file in result.files] == ["-1.csv", "-2.csv"]
    folder = ready.settings.exports / "latest" / AUDIENCE
    texts = "".join((folder / file.name).read_text() for file in result.files)
    assert sorted(texts.count(f"{key}@example.com") for key in "abcdef") == [0, 0, 0, 0, 1, 1]
    assert (result.counts.kept, result.counts.dropped_by_reason) == (1, {"above_maximum": 3})
    assert "to be added have to wait" in result.warnings[0]
    # Who was not added is not taken to be there.
    monkeypatch.undo()
    acknowledge.acknowledge(ready.settings, AUDIENCE, "", NOW)
    assert len(emails(ready, release(ready))["adds"]) == 3


def test_currencies_are_those_of_who_is_kept(ready: Warehouse) -> None:
    for key in (f"k{n}" for n in range(120)):
        ready.contact(key)
    members(ready, "a", *(f"k{n}" for n in range(120)))
    ready.connection.execute("update segments.seg_a set currency = 'USD' where customer_key = 'a'")
    refused = release(ready, "replace", destination="meta_value_list")
    assert refused.counts.dropped_by_reason == {"above_maximum": 121}
    assert "2 currencies" in refused.reason
    ready.suppress(customer_key="a", channel="meta")
    kept = release(ready, "replace", destination="meta_value_list")
    assert [file.rows for file in kept.files] == [120]


def test_a_replacement_that_cannot_be_written_still_removes(
    ready: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    members(ready, "a", "b", "c")
    first = release(ready, "replace")
    acknowledge.acknowledge(ready.settings, AUDIENCE, "", NOW)
    members(ready, "a", "b")
    ready.suppress(customer_key="a", channel="email")
    limit(monkeypatch, refuse_below=2)
    result = release(ready, "replace")
    assert emails(ready, result) == {"removes": ["a@example.com", "c@example.com"]}
    assert (result.counts.kept, result.counts.dropped_by_reason) == (1, {"suppressed_customer": 1})
    folder = ready.settings.exports / "latest" / AUDIENCE
    said = json.loads((folder / "manifest.json").read_text())
    assert (said["sync_mode"], said["previous_content_id"]) == ("replace", first.content_id)
    assert [file["role"] for file in said["files"]] == ["removes"]
    assert said["warnings"][0].startswith(
        "1 rows are left, and CSV for mail tools takes no list of fewer"
    )
    # Once they were taken out they are removed no more.
    acknowledge.acknowledge(ready.settings, AUDIENCE, "", NOW)
    members(ready)
    assert emails(ready, release(ready, "replace")) == {"removes": ["b@example.com"]}


def test_a_replacement_without_a_word_still_removes_who_may_be_there(
    ready: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(ready, "replace")
    limit(monkeypatch, refuse_below=2)
    members(ready, "b", "c")
    ready.suppress(customer_key="c", channel="email")
    for _ in range(2):
        result = release(ready, "replace")
        assert emails(ready, result) == {"removes": ["a@example.com"]}
    assert result.counts.dropped_by_reason == {"suppressed_customer": 1, "below_minimum": 1}
    # b may be there still.
    acknowledge.acknowledge(ready.settings, AUDIENCE, str(result.content_id), NOW)
    members(ready)
    assert emails(ready, release(ready, "replace")) == {"removes": ["b@example.com"]}


def test_who_was_uploaded_without_being_remembered_is_said(
    ready: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(ready, "replace")
    forget(ready)
    members(ready, "b", "c")
    release(ready, "replace")
    members(ready, "b")
    limit(monkeypatch, refuse_below=2)
    result = release(ready, "replace")
    assert emails(ready, result) == {"removes": ["c@example.com"]}
    assert "Not everybody is known" in result.warnings[2]


def test_where_nothing_was_uploaded_nothing_is_written(
    ready: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(monkeypatch, refuse_below=3)
    result = release(ready, "replace")
    assert (result.state, result.files) == (State.REFUSED, ())
    assert result.counts.dropped_by_reason == {"below_minimum": 2}
    assert not acknowledge.states(ready.settings)


def test_each_list_of_one_kind_is_judged_by_itself(
    ready: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready.connection.execute(
        "update restricted.customer_contacts set phone = '+4915112345678' where customer_key = 'a'"
    )
    ready.connection.execute(
        "update restricted.customer_contacts set email = null, phone = '+4915112345679' "
        "where customer_key = 'b'"
    )
    limit(monkeypatch, "vk", refuse_below=2)
    members(ready, "a", "b", "c")
    result = release(ready, "replace", destination="vk")
    # Two have a phone, two an address: of both lists there are enough.
    assert [file.rows for file in result.files] == [2, 2]
    members(ready, "a", "b")
    result = release(ready, "replace", destination="vk")
    # One has an address and is in the list of phones: the other list only loses whom it may have.
    assert [(file.role, file.rows) for file in result.files] == [("removes", 1), ("full", 2)]
    assert result.counts.kept == 2
    members(ready, "b", "c")
    result = release(ready, "replace", destination="vk")
    assert {file.role for file in result.files} == {"removes"}
    assert result.counts.dropped_by_reason == {"below_minimum": 2}


def test_too_few_adds_wait_and_removes_never_do(ready: Warehouse) -> None:
    keys = [f"k{n}" for n in range(150)]
    for key in keys:
        ready.contact(key)
    members(ready, *keys[:120])
    first = release(ready, destination="meta_customer_list")
    assert [file.role for file in first.files] == ["adds"]
    acknowledge.acknowledge(ready.settings, "meta_customer_list/rtn_s01", "", NOW)
    members(ready, *keys[1:125])
    second = release(ready, destination="meta_customer_list")
    found = rows(ready, second)
    assert [row["email"] for row in found["removes"]] == [sha256("k0@example.com")]
    assert "adds" not in found
    assert second.counts.kept == 119
    assert second.counts.dropped_by_reason == {"below_minimum": 5}
    # Those who waited are not taken to be there: they come when there are enough of them.
    acknowledge.acknowledge(ready.settings, "meta_customer_list/rtn_s01", "", NOW)
    more = [f"m{n}" for n in range(100)]
    for key in more:
        ready.contact(key)
    members(ready, *keys[1:125], *more)
    third = rows(ready, release(ready, destination="meta_customer_list"))
    assert set(third) == {"adds"}
    assert len(third["adds"]) == 105
