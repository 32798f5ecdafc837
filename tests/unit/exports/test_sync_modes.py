"""Adds and removes against what was acknowledged last, by the destination's own identifiers."""

from __future__ import annotations

import csv
import hashlib
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from orchestration.exports import (
    DESTINATIONS,
    ExportError,
    acknowledge,
    release_exports,
    stage,
    stage_exports,
)
from orchestration.exports.model import ExportResult, State

if TYPE_CHECKING:
    from conftest import Warehouse

NOW = datetime(2026, 2, 1, tzinfo=UTC)
AS_OF = date(2026, 1, 31)
AUDIENCE = "generic_csv/rtn_s01"


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def ready(warehouse: Warehouse) -> Warehouse:
    for key in ("a", "b", "c"):
        warehouse.contact(key)
    warehouse.segment("seg_a", ["a", "b"])
    return warehouse


def members(warehouse: Warehouse, *keys: str) -> None:
    """Let the segment be these customers."""
    warehouse.connection.execute("delete from segments.seg_a")
    for key in keys:
        warehouse.connection.execute(
            "insert into segments.seg_a by name select $1 as customer_key, $1 as customer_id, "
            "'rtn_s01' as segment_code, 10 as value, 'EUR' as currency, "
            "date '2026-01-31' as as_of_date",
            [key],
        )


def release(warehouse: Warehouse, mode: str = "mirror", **options: Any) -> ExportResult:
    """Stage and release `seg_a`; what came of it."""
    destination = options.pop("destination", "generic_csv")
    full = options.pop("full", ())
    report = warehouse.stage(warehouse.export(destination, sync_mode=mode, **options), full=full)
    release_exports(report, warehouse.settings, NOW)
    return report.results[0]


def forget(warehouse: Warehouse) -> None:
    """Let identifiers be unknown, as those of releases are that lie too far back."""
    for state in acknowledge.states(warehouse.settings):
        state.unlink()


def rows(warehouse: Warehouse, result: ExportResult) -> dict[str, list[dict[str, str]]]:
    """The rows of the released files by role, empty cells left out."""
    folder = warehouse.settings.exports / "latest" / "/".join(result.export.pair)
    found = {}
    for entry in result.files:
        with (folder / entry.name).open(newline="") as text:
            read = [{k: v for k, v in row.items() if v} for row in csv.DictReader(text)]
        assert len(read) == entry.rows
        found[entry.role] = read
    return found


def emails(warehouse: Warehouse, result: ExportResult) -> dict[str, list[str]]:
    return {
        role: sorted(row["email"] for row in found)
        for role, found in rows(warehouse, result).items()
    }


def test_what_was_never_acknowledged_is_added_again(ready: Warehouse) -> None:
    for _ in range(2):
        assert emails(ready, release(ready)) == {"adds": ["a@example.com", "b@example.com"]}


def test_who_may_have_been_uploaded_without_a_word_is_removed(ready: Warehouse) -> None:
    release(ready)
    acknowledge.acknowledge(ready.settings, AUDIENCE, "", NOW)
    members(ready, "a", "b", "c")
    release(ready)
    members(ready, "a")
    assert emails(ready, release(ready)) == {"removes": ["b@example.com", "c@example.com"]}


def test_where_identifiers_are_not_remembered_a_mirror_writes_everyone(ready: Warehouse) -> None:
    release(ready, "replace")
    forget(ready)
    members(ready, "a")
    for _ in range(2):
        assert emails(ready, release(ready)) == {"full": ["a@example.com"]}


def test_which_of_several_contents_was_uploaded_has_to_be_said(ready: Warehouse) -> None:
    first = release(ready).content_id
    members(ready, "a")
    release(ready)
    with pytest.raises(ExportError, match=f"2 contents were released .* {first}, "):
        acknowledge.acknowledge(ready.settings, AUDIENCE, "", NOW)
    assert acknowledge.acknowledge(ready.settings, AUDIENCE, str(first), NOW) == first


def test_a_mirror_adds_who_came_and_removes_who_left(ready: Warehouse) -> None:
    first = release(ready)
    acknowledge.acknowledge(ready.settings, AUDIENCE, "", NOW)
    members(ready, "b", "c")
    result = release(ready)
    assert result.base == first.content_id
    assert emails(ready, result) == {"removes": ["a@example.com"], "adds": ["c@example.com"]}
    # Only what identifies is said of those who left.
    assert rows(ready, result)["removes"] == [{"email": "a@example.com"}]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("append", {"adds": ["c@example.com"]}),
        ("remove", {"removes": ["a@example.com"]}),
        ("replace", {"full": ["b@example.com", "c@example.com"]}),
    ],
)
def test_the_mode_says_which_files_there_are(
    ready: Warehouse, mode: str, expected: dict[str, list[str]]
) -> None:
    release(ready)
    acknowledge.acknowledge(ready.settings, AUDIENCE, "", NOW)
    members(ready, "b", "c")
    assert emails(ready, release(ready, mode)) == expected


def test_what_was_written_and_not_acknowledged_does_not_count(ready: Warehouse) -> None:
    first = release(ready)
    acknowledge.acknowledge(ready.settings, AUDIENCE, "", NOW)
    members(ready, "b", "c")
    second = release(ready)
    members(ready, "c")
    third = release(ready)
    assert third.base == first.content_id
    removed = ["a@example.com", "b@example.com"]
    assert emails(ready, third) == {"removes": removed, "adds": ["c@example.com"]}
    # Had the second been uploaded, only b would have to go.
    acknowledge.acknowledge(ready.settings, AUDIENCE, str(second.content_id), NOW)
    assert emails(ready, release(ready)) == {"removes": ["b@example.com"]}


def test_a_changed_address_is_one_remove_and_one_add(ready: Warehouse) -> None:
    release(ready)
    acknowledge.acknowledge(ready.settings, AUDIENCE, "", NOW)
    ready.connection.execute(
        "update restricted.customer_contacts set email = 'new@example.com' where customer_key = 'a'"
    )
    assert emails(ready, release(ready)) == {
        "removes": ["a@example.com"],
        "adds": ["new@example.com"],
    }


def test_who_withdraws_is_removed(ready: Warehouse) -> None:
    release(ready)
    acknowledge.acknowledge(ready.settings, AUDIENCE, "", NOW)
    ready.suppress(identifier="a@example.com", channel="email")
    assert emails(ready, release(ready)) == {"removes": ["a@example.com"]}


def test_nothing_new_is_no_file_but_a_manifest(ready: Warehouse) -> None:
    release(ready)
    acknowledge.acknowledge(ready.settings, AUDIENCE, "", NOW)
    result = release(ready)
    folder = ready.settings.exports / "latest" / "generic_csv" / "rtn_s01"
    manifest = json.loads((folder / "manifest.json").read_text())
    assert (result.state, result.files, manifest["files"]) == (State.WRITTEN, (), [])
    assert manifest["previous_content_id"] == result.base
    assert "Nothing to upload" in (ready.settings.exports / "latest" / "index.html").read_text()


def test_everybody_on_demand_whatever_was_acknowledged(ready: Warehouse) -> None:
    release(ready)
    acknowledge.acknowledge(ready.settings, AUDIENCE, "", NOW)
    result = release(ready, full=[AUDIENCE])
    assert emails(ready, result) == {"full": ["a@example.com", "b@example.com"]}
    acknowledge.acknowledge(ready.settings, AUDIENCE, "", NOW)
    members(ready, "b")
    assert emails(ready, release(ready)) == {"removes": ["a@example.com"]}


def test_a_mirror_goes_by_an_acknowledged_replacement(ready: Warehouse) -> None:
    release(ready, "replace")
    acknowledge.acknowledge(ready.settings, AUDIENCE, "", NOW)
    members(ready, "b", "c")
    assert emails(ready, release(ready)) == {
        "removes": ["a@example.com"],
        "adds": ["c@example.com"],
    }


def limit(monkeypatch: pytest.MonkeyPatch, name: str = "generic_csv", **limits: Any) -> None:
    """Let a destination take less than it does."""
    changed = replace(DESTINATIONS[name], **limits)
    monkeypatch.setattr(stage, "DESTINATIONS", {**DESTINATIONS, name: changed})


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


def test_identifiers_are_remembered_and_removed_as_they_were_sent(ready: Warehouse) -> None:
    ready.connection.execute("update restricted.customer_contacts set phone = '+4917123456' || "
                             "case customer_key when 'a' then '78' else '79' end")  # fmt: skip
    ready.connection.execute("delete from segments.seg_a")
    for n in range(120):
        ready.contact(f"k{n}")
    members(ready, "a", *(f"k{n}" for n in range(120)))
    release(ready, destination="meta_customer_list")
    name = "meta_customer_list/rtn_s01"
    acknowledge.acknowledge(ready.settings, name, "", NOW)
    members(ready, *(f"k{n}" for n in range(119)))
    result = release(ready, destination="meta_customer_list")
    (file,) = rows(ready, result).values()
    assert sorted((row.get("email"), row.get("phone")) for row in file if row.get("email")) == [
        (mail, None) for mail in sorted([sha256("a@example.com"), sha256("k119@example.com")])
    ]
    assert [row["phone"] for row in file if "phone" in row] == [sha256("491712345678")]


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


def test_the_same_content_gives_the_same_bytes(ready: Warehouse) -> None:
    release(ready)
    acknowledge.acknowledge(ready.settings, AUDIENCE, "", NOW)
    members(ready, "b", "c")
    folder = ready.settings.exports / "latest" / "generic_csv" / "rtn_s01"
    seen = []
    for _ in range(2):
        release(ready)
        seen.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert seen[0] == seen[1]
    assert len(seen[0]) == 4


def test_what_is_remembered_is_the_owners_alone(ready: Warehouse) -> None:
    release(ready)
    (state,) = acknowledge.states(ready.settings)
    assert state.stat().st_mode & 0o777 == 0o600
    assert state.parent.stat().st_mode & 0o777 == 0o700


def test_only_what_was_released_can_be_acknowledged(ready: Warehouse) -> None:
    with pytest.raises(ExportError, match="Nothing was released to 'generic_csv/rtn_s01'"):
        acknowledge.acknowledge(ready.settings, AUDIENCE, "", NOW)
    result = release(ready)
    with pytest.raises(ExportError, match=f"No content 'ff'.*{result.content_id}"):
        acknowledge.acknowledge(ready.settings, AUDIENCE, "ff", NOW)


def test_what_nothing_goes_by_any_more_is_forgotten(ready: Warehouse) -> None:
    contents = []
    for keys in ("a", "b", "c"):
        members(ready, keys)
        contents.append(str(release(ready).content_id))
    acknowledge.acknowledge(ready.settings, AUDIENCE, contents[1], NOW)
    assert {state.stem for state in acknowledge.states(ready.settings)} == {*contents[1:]}


def test_a_name_that_is_no_audience_is_refused(ready: Warehouse) -> None:
    with pytest.raises(ExportError, match="No segment goes to generic_csv/other"):
        release(ready, full=["generic_csv/other"])


def test_each_audience_goes_by_its_own_word(ready: Warehouse) -> None:
    release(ready)
    acknowledge.acknowledge(ready.settings, AUDIENCE, "", NOW)
    other = release(ready, audience="rtn_s02")
    assert other.base is None
    assert [file.role for file in other.files] == ["adds"]


@pytest.mark.parametrize(
    ("destination", "column"),
    [
        ("hubspot_tasks", "Task Key"),
        ("call_list", "task_key"),
        ("bitrix24", "Ключ задачи"),
        ("amocrm", "Задача - ключ"),
    ],
)
def test_a_customer_gets_one_task_for_a_month_and_another_in_the_next(
    ready: Warehouse, destination: str, column: str
) -> None:
    ready.connection.execute(
        "update restricted.customer_contacts set phone = '+491511234567' || "
        "case customer_key when 'a' then 1 when 'b' then 2 else 3 end"
    )

    def tasks(*, day: date = AS_OF) -> list[str]:
        ready.connection.execute("update segments.seg_a set as_of_date = $1", [day])
        export = ready.export(destination, sync_mode="append")
        staging = ready.settings.exports / ".staging-test"
        report = stage_exports(ready.connection, [export], ready.settings, day, staging)
        folder = release_exports(report, ready.settings, NOW) / destination / "rtn_s01"
        acknowledge.acknowledge(ready.settings, f"{destination}/rtn_s01", "", NOW)
        lines = [line for file in folder.glob("*.csv") for line in file.read_text().splitlines()]
        return [line for line in lines if column not in line]

    def key(customer: str, period: str) -> str:
        return sha256(f"{customer}|rtn_s01|{period}")[:16]

    first = tasks()
    assert len(first) == 2
    assert all(any(key(one, "2026-01") in line for line in first) for one in "ab")
    # Another number is no other task.
    ready.connection.execute(
        "update restricted.customer_contacts set phone = '+4915112345679' where customer_key = 'a'"
    )
    members(ready, "a", "b", "c")
    (added,) = tasks()
    assert key("c", "2026-01") in added
    again = tasks(day=date(2026, 2, 28))
    assert len(again) == 3
    assert all(any(key(one, "2026-02") in line for line in again) for one in "abc")
    assert tasks(day=date(2026, 2, 28)) == []
