"""Who was treated and who was held out, as recorded at the release: once, and for good."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from orchestration.exports import assignments

if TYPE_CHECKING:
    from conftest import Warehouse


@pytest.fixture
def ready(warehouse: Warehouse) -> Warehouse:
    """Ten customers; of two the address is broken, two granted nothing. Half are held out."""
    for n in range(1, 11):
        email = "broken" if n in (1, 2) else f"k{n}@example.com"
        consents = () if n in (3, 4) else ("email_marketing",)
        warehouse.contact(str(n), email=email, consents=consents)
    warehouse.segment("seg_a", [str(n) for n in range(1, 11)])
    warehouse.set(holdout_bps=5000, salt_id="s")
    return warehouse


def recorded(warehouse: Warehouse) -> list[dict[str, Any]]:
    """The rows of the view that dbt reads."""
    with duckdb.connect() as connection:
        connection.execute("create schema landing")
        assignments.create_view(connection, warehouse.settings)
        cursor = connection.execute(
            "select * from landing._export_assignments order by assigned_on, customer_key"
        )
        names = [one[0] for one in cursor.description or ()]
        types = [str(one[1]) for one in cursor.description or ()]
        rows = cursor.fetchall()
    kinds = {"bigint": "BIGINT", "date": "DATE", "varchar": "VARCHAR"}
    assert names == list(assignments.COLUMNS)
    assert types == [kinds[kind] for kind in assignments.COLUMNS.values()]
    return [dict(zip(names, row, strict=True)) for row in rows]


def test_before_any_release_the_view_is_empty(ready: Warehouse) -> None:
    assert recorded(ready) == []
    ready.stage(ready.export())
    assert recorded(ready) == []


def test_everyone_who_was_eligible_is_in_one_arm(ready: Warehouse) -> None:
    result = ready.only()
    ready.release(ready.export(campaign=None))
    rows = recorded(ready)
    arms = Counter(row["arm"] for row in rows)
    # The two without a consent were never in the lot; the two broken addresses were.
    assert sorted(row["customer_key"] for row in rows) == [1, 2, 5, 6, 7, 8, 9, 10]
    assert arms["held_out"] == result.counts.held_out > 0
    assert arms["treated"] == 8 - result.counts.held_out
    assert {
        (row["campaign_id"], row["segment"], row["destination"], row["audience"]) for row in rows
    } == {(None, "seg_a", "generic_csv", "rtn_s01")}
    assert {row["assigned_on"] for row in rows} == {date(2026, 1, 31)}
    (file,) = (ready.settings.state / "export_assignments").rglob("*.parquet")
    assert file.stat().st_mode & 0o777 == 0o600


def test_an_assignment_is_recorded_once_and_never_changes(ready: Warehouse) -> None:
    ready.release(ready.export())
    first = recorded(ready)
    ready.connection.execute("update segments.segment_settings set salt_id = 'other'")
    ready.contact("11")
    ready.connection.execute(
        "insert into segments.seg_a by name select '11' as customer_key, '11' as customer_id, "
        "'rtn_s01' as segment_code, 1 as value, 'EUR' as currency, "
        "date '2026-01-31' as as_of_date"
    )
    ready.release(ready.export())
    later = recorded(ready)
    assert [row for row in later if row["customer_key"] != 11] == first
    assert len(later) == len(first) + 1


def test_each_campaign_has_assignments_of_its_own(ready: Warehouse) -> None:
    ready.release(ready.export(campaign="spring"))
    ready.release(ready.export(campaign="autumn"))
    assert Counter(row["campaign_id"] for row in recorded(ready)) == {"spring": 8, "autumn": 8}


def test_what_measures_nothing_is_not_recorded(ready: Warehouse) -> None:
    ready.connection.execute("delete from segments.segment_settings")
    ready.release(ready.export())
    assert recorded(ready) == []
    ready.release(ready.export(campaign="spring"))
    assert Counter(row["arm"] for row in recorded(ready)) == {"treated": 8}


def test_who_is_forgotten_stays_under_a_pseudonym(ready: Warehouse) -> None:
    ready.release(ready.export())
    before = recorded(ready)
    changed = assignments.rename(ready.settings, {"7": "erased:1"}.get)
    after = recorded(ready)
    assert changed == 1
    renamed = [row for row in after if row not in before]
    assert [(row["customer_key"], row["customer_id"]) for row in renamed] == [(7, "erased:1")]
    assert len(after) == len(before)
