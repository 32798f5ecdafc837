"""Released files go when they are of no use; an erasure still knows who was in them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from orchestration.erasure import removes
from orchestration.erasure.expiry import delete_expired
from orchestration.erasure.person import Person
from orchestration.exports import acknowledge, ledger
from orchestration.exports.model import ExportResult
from tests.unit.exports.uploads import AUDIENCE, NOW, emails, members, release

if TYPE_CHECKING:
    from conftest import Warehouse

_SOON, _LATE = date(2026, 3, 3), date(2026, 3, 4)
"""30 and 31 days after `NOW`."""


@pytest.fixture
def ready(warehouse: Warehouse) -> Warehouse:
    for key in ("a", "b", "c"):
        warehouse.contact(key, phone="+491712345678")
    warehouse.segment("seg_a", ["a"])
    return warehouse


def contents(warehouse: Warehouse, *keys: str, **options: str) -> list[ExportResult]:
    """One release for each of `keys`, a customer who is alone in it."""
    found = []
    for key in keys:
        members(warehouse, key)
        found.append(release(warehouse, "replace", **options))
    return found


def left(warehouse: Warehouse) -> set[str]:
    """Content ids of which files lie there."""
    files = (warehouse.settings.exports / ".sets").rglob("*.csv")
    return {file.stem.split("__")[4] for file in files}


def ids(*results: ExportResult) -> set[str]:
    return {str(one.content_id) for one in results}


def test_files_go_after_their_days_but_for_those_that_latest_shows(ready: Warehouse) -> None:
    first, second, third = contents(ready, "a", "b", "c")
    assert delete_expired(ready.settings, _SOON) == 0
    assert delete_expired(ready.settings, _LATE) == 2
    assert left(ready) == ids(third)
    kept = [path.name for path in (ready.settings.exports / ".sets").rglob("manifest.json")]
    assert len(kept) == 3
    path = ready.settings.state / ledger.NAME
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    deleted = {one["content_id"]: one["deleted_on"] for one in lines if "deleted_on" in one}
    assert deleted == dict.fromkeys(ids(first, second), "2026-03-04")
    # The ledger is read as before, and nothing is deleted twice.
    assert set(ledger.contents(path)["generic_csv", "rtn_s01"]) == ids(first, second, third)
    assert ledger.previous_releases(path, _LATE)["generic_csv", "rtn_s01"].kept == 1
    assert delete_expired(ready.settings, _LATE) == 0


def test_an_acknowledgement_deletes_what_came_before(ready: Warehouse) -> None:
    first, second, third = contents(ready, "a", "b", "c")
    acknowledge.acknowledge(ready.settings, AUDIENCE, str(second.content_id), NOW)
    assert delete_expired(ready.settings, NOW.date()) == 1
    assert left(ready) == ids(second, third)
    assert ids(first).isdisjoint(left(ready))


def test_the_newest_content_stays_until_it_is_acknowledged(ready: Warehouse) -> None:
    (newest,) = contents(ready, "a")
    # `latest` shows another set when the audience waits or its segment failed its audit.
    (ready.settings.exports / "latest").unlink()
    assert delete_expired(ready.settings, _LATE) == 0
    acknowledge.acknowledge(ready.settings, AUDIENCE, str(newest.content_id), NOW)
    assert delete_expired(ready.settings, _LATE) == 1


def test_days_are_set_per_destination_and_lists_for_people_stay(ready: Warehouse) -> None:
    contents(ready, "a", "b", destination="call_list", audience="rtn_s03")
    contents(ready, "a", "b")
    ready.settings.destinations_file.write_text(
        "destinations:\n  generic_csv:\n    keep_days: 31\n  call_list:\n    keep_days: 1\n"
    )
    assert delete_expired(ready.settings, _LATE) == 0
    assert delete_expired(ready.settings, date(2026, 3, 5)) == 1


def test_an_erasure_knows_who_was_in_a_deleted_file(ready: Warehouse) -> None:
    contents(ready, "a", "b")
    delete_expired(ready.settings, _LATE)
    gone, never = (
        Person(1, (key,), emails=(f"{key}@example.com",), mailboxes=(f"{key}@example.com",))
        for key in ("a", "c")
    )
    (found,) = removes.audiences(ready.settings, gone)
    assert (found.destination, found.rows) == ("generic_csv", [{"email": "a@example.com"}])
    assert removes.audiences(ready.settings, never) == []


def test_differences_go_by_what_is_remembered_not_by_files(ready: Warehouse) -> None:
    contents(ready, "a", "b")
    acknowledge.acknowledge(
        ready.settings,
        AUDIENCE,
        ledger.contents(ready.settings.state / ledger.NAME)["generic_csv", "rtn_s01"][-1],
        datetime.now(UTC),
    )
    members(ready, "c")
    release(ready)
    delete_expired(ready.settings, _LATE)
    result = release(ready)
    assert emails(ready, result) == {"removes": ["b@example.com"], "adds": ["c@example.com"]}
