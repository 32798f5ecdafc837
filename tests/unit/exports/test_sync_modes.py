"""Adds and removes against what was acknowledged last, by the destination's own identifiers."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import pytest

from orchestration.exports import ExportError, acknowledge, release_exports, stage_exports
from orchestration.exports.model import State
from tests.unit.exports.uploads import (
    AS_OF,
    AUDIENCE,
    NOW,
    emails,
    forget,
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
