"""Those held out are an audience of their own where advertisements would reach them."""

from __future__ import annotations

import csv
import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from orchestration.exports import ExportError, State, assignments, sets
from orchestration.exports.acknowledge import acknowledge
from orchestration.exports.model import Kind

if TYPE_CHECKING:
    from conftest import Warehouse

IDS = [f"c{n:03}" for n in range(600)]


def is_held_out(key: str, salt: str = "s") -> bool:
    return int(hashlib.sha256(f"{salt}:{key}".encode()).hexdigest()[:8], 16) % 10000 < 5000


@pytest.fixture
def ready(warehouse: Warehouse) -> Warehouse:
    """Six hundred, half of them held out; one of these granted nothing."""
    warehouse.connection.execute(f"""
        insert into restricted.customer_contacts by name
        select key as customer_key, key || '@example.com' as email, 'DE' as country
        from (select unnest({IDS}) as key)
    """)
    silent = next(key for key in IDS if is_held_out(key))
    warehouse.connection.execute(f"""
        insert into restricted.consent_status by name
        select key as customer_key, purpose, 'granted' as status
        from (select unnest({IDS}) as key),
            (select unnest(['email_marketing', 'ad_user_data', 'ad_personalization']) as purpose)
        where key <> '{silent}'
    """)
    warehouse.segment("seg_a", IDS)
    warehouse.set(holdout_bps=5000, salt_id="s")
    return warehouse


def test_the_audience_and_its_exclusion_are_all_who_may_be_there(ready: Warehouse) -> None:
    folder = ready.release(ready.export("meta_customer_list", hashed=False))
    audience, exclusion = sets.read_report(folder).results
    assert [audience.export.pair[1], exclusion.export.pair[1]] == ["rtn_s01", "rtn_s01_x"]
    assert [audience.export.kind, exclusion.export.kind] == [Kind.AUDIENCE, Kind.EXCLUSION]
    held = [key for key in IDS if is_held_out(key)]
    assert dict(exclusion.counts.dropped_by_reason) == {
        "no_consent": 1,
        "not_held_out": len(IDS) - len(held),
    }
    assert exclusion.counts.kept == audience.counts.held_out == len(held) - 1
    found = []
    for result in (audience, exclusion):
        place = folder / "meta_customer_list" / result.export.audience
        with (place / result.files[0].name).open(newline="") as file:
            found.append({row["email"] for row in csv.DictReader(file)})
        manifest = json.loads((place / "manifest.json").read_text())
        assert manifest["audience"] == result.export.audience
        assert manifest["counts"]["kept"] == result.counts.kept
    silent = next(key for key in IDS if is_held_out(key))
    assert found[0] == {f"{key}@example.com" for key in IDS if not is_held_out(key)}
    assert found[1] == {f"{key}@example.com" for key in held if key != silent}


def test_the_index_says_that_it_is_an_exclusion(ready: Warehouse) -> None:
    folder = ready.release(ready.export("google_customer_match"))
    shown = (folder / "index.html").read_text()
    assert "Exclusion: who is held out of rtn_s01." in shown
    assert "not held out: in the audience itself" in shown
    told = json.loads((folder / "index.json").read_text())["exports"]
    assert [one["kind"] for one in told] == ["audience", "exclusion"]


def test_without_a_holdout_or_where_people_are_contacted_there_is_none(ready: Warehouse) -> None:
    assert len(ready.stage(ready.export("klaviyo"), ready.export("call_list")).results) == 2
    ready.connection.execute("update segments.segment_settings set holdout_bps = 0")
    assert len(ready.stage(ready.export("google_customer_match")).results) == 1


def test_a_campaign_excludes_those_of_its_own_draw(ready: Warehouse) -> None:
    report = ready.stage(ready.export("meta_customer_list", campaign="spring"))
    held = sum(is_held_out(key, "spring") for key in IDS)
    silent = next(key for key in IDS if is_held_out(key))
    assert report.results[1].counts.dropped_by_reason["not_held_out"] == (
        len(IDS) - held - (not is_held_out(silent, "spring"))
    )


def test_too_few_are_refused_as_of_any_audience(ready: Warehouse) -> None:
    ready.connection.execute("update segments.segment_settings set holdout_bps = 500")
    audience, exclusion = ready.stage(ready.export("google_customer_match")).results
    assert (audience.state, exclusion.state) == (State.WRITTEN, State.REFUSED)


def test_assignments_are_those_of_the_audience_alone(ready: Warehouse) -> None:
    ready.release(ready.export("meta_customer_list"))
    (file,) = (ready.settings.state / assignments.FOLDER).rglob("*.parquet")
    assert file.parent.name == "rtn_s01"


def test_who_is_held_out_no_more_is_removed(ready: Warehouse) -> None:
    export = ready.export("meta_customer_list", sync_mode="mirror")
    ready.release(export)
    acknowledge(
        ready.settings, "meta_customer_list/rtn_s01_x", "", datetime(2026, 2, 1, tzinfo=UTC)
    )
    ready.connection.execute("update segments.segment_settings set salt_id = 'other'")
    _, exclusion = ready.stage(export).results
    left = sum(is_held_out(key) and not is_held_out(key, "other") for key in IDS)
    rows = {file.role: file.rows for file in exclusion.files}
    # The one who granted nothing was never there.
    silent = next(key for key in IDS if is_held_out(key))
    assert rows["removes"] == left - (not is_held_out(silent, "other"))


def test_its_code_may_not_be_taken_by_another(ready: Warehouse) -> None:
    exports = [
        ready.export("meta_customer_list", audience=name) for name in ("rtn_s01", "rtn_s01_x")
    ]
    with pytest.raises(ExportError, match="each would replace the other"):
        ready.stage(*exports)
