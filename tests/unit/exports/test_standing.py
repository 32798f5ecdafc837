"""What a run releases and what waits for a person; a crash leaves a complete set."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from orchestration.exports import (
    ExportReport,
    acknowledge,
    ledger,
    release,
    release_exports,
    sets,
    standing,
)
from orchestration.exports.destination_settings import load
from orchestration.exports.model import Standing

if TYPE_CHECKING:
    from conftest import Warehouse

NOW = datetime(2026, 2, 1, tzinfo=UTC)


@pytest.fixture
def ready(warehouse: Warehouse) -> Warehouse:
    """120 customers, for a list of fewer than 100 is refused by Meta."""
    warehouse.segment("seg_a", [])
    warehouse.connection.execute("""
        insert into segments.seg_a by name
        select 'k' || n as customer_key, 'k' || n as customer_id, 'rtn_s01' as segment_code,
            10 as value, 'EUR' as currency, date '2026-01-31' as as_of_date
        from range(120) as numbers (n);
        insert into restricted.customer_contacts by name
        select customer_key, customer_key || '@example.com' as email, 'DE' as country
        from segments.seg_a;
        insert into restricted.consent_status by name
        select customer_key, purpose, 'granted' as status from segments.seg_a
        cross join unnest(
            ['email_marketing', 'ad_user_data', 'ad_personalization']
        ) as purposes (purpose);
    """)
    return warehouse


def settings(warehouse: Warehouse, text: str) -> None:
    warehouse.settings.data_dir.mkdir(exist_ok=True)
    warehouse.settings.destinations_file.write_text(f"destinations:\n{text}")


def stage(warehouse: Warehouse) -> ExportReport:
    return warehouse.stage(
        warehouse.export(sync_mode="mirror"),
        warehouse.export("meta_customer_list", sync_mode="mirror"),
    )


def standings(folder: Path) -> dict[str, Standing | None]:
    return {one.export.destination: one.standing for one in sets.read_report(folder).results}


def files(warehouse: Warehouse) -> set[str]:
    """Destinations of which `latest` has files."""
    latest = warehouse.settings.exports / "latest"
    return {path.relative_to(latest).parts[0] for path in latest.rglob("*.csv")}


def complete(folder: Path) -> bool:
    return sets.holds(folder, folder.resolve().name.split("__")[1].split("-")[0])


def drop(warehouse: Warehouse, count: int) -> None:
    warehouse.connection.execute(
        f"delete from segments.seg_a where cast(substr(customer_key, 2) as int) >= {120 - count}"
    )


def test_what_is_manual_waits_without_files(ready: Warehouse) -> None:
    settings(ready, "  meta_customer_list: {release: manual}\n")
    folder = release_exports(stage(ready), ready.settings, NOW)
    assert standings(folder) == {"generic_csv": "released", "meta_customer_list": "waiting"}
    assert files(ready) == {"generic_csv"}
    assert complete(folder)
    page = (folder / "index.html").read_text()
    assert "Waits for its release" in page
    (entry,) = ledger.entries(ready.settings.state / ledger.NAME)
    assert [one["destination"] for one in entry["exports"]] == ["generic_csv"]
    with pytest.raises(Exception, match="Nothing was released"):
        acknowledge.acknowledge(ready.settings, "meta_customer_list/rtn_s01", "", NOW)


def test_what_waits_is_released_by_hand(ready: Warehouse) -> None:
    settings(ready, "  meta_customer_list: {release: manual}\n")
    first = release_exports(stage(ready), ready.settings, NOW)
    staged = sets.read_report(ready.settings.exports / ".staging-test")
    by_hand = standing.by_hand(load(ready.settings), ["meta_customer_list"])
    second = release_exports(staged, ready.settings, NOW, decide=by_hand)
    assert second != first
    assert files(ready) == {"generic_csv", "meta_customer_list"}
    assert complete(second)
    assert set(standings(second).values()) == {Standing.RELEASED}
    assert not (ready.settings.exports / ".staging-test").exists()
    assert acknowledge.acknowledge(ready.settings, "meta_customer_list/rtn_s01", "", NOW)


def test_what_goes_away_from_this_machine_waits_unless_it_is_told(ready: Warehouse) -> None:
    settings(ready, "  meta_customer_list: {deliver: {url: 's3://bucket/folder'}}\n")
    assert standings(release_exports(stage(ready), ready.settings, NOW)) == {
        "generic_csv": "released",
        "meta_customer_list": "waiting",
    }
    settings(
        ready,
        "  meta_customer_list: {release: automatic, deliver: {url: 's3://bucket/folder'}}\n",
    )
    folder = release_exports(stage(ready), ready.settings, NOW)
    assert set(standings(folder).values()) == {"released"}


def test_nobody_releases_what_is_paused(ready: Warehouse) -> None:
    settings(ready, "  generic_csv: {paused: true}\n")
    release_exports(stage(ready), ready.settings, NOW)
    staged = sets.read_report(ready.settings.exports / ".staging-test")
    by_hand = standing.by_hand(load(ready.settings))
    folder = release_exports(staged, ready.settings, NOW, decide=by_hand)
    assert standings(folder) == {"generic_csv": "paused", "meta_customer_list": "released"}
    assert files(ready) == {"meta_customer_list"}


def test_what_is_paused_later_on_the_day_is_released_no_longer(ready: Warehouse) -> None:
    release_exports(stage(ready), ready.settings, NOW)
    settings(ready, "  generic_csv: {paused: true}\n")
    folder = release_exports(stage(ready), ready.settings, NOW)
    assert standings(folder) == {"generic_csv": "paused", "meta_customer_list": "released"}
    assert files(ready) == {"meta_customer_list"}
    page = (folder / "index.html").read_text()
    assert "1 released · 1 paused" in page
    assert "This destination is paused." in page
    settings(ready, "  generic_csv: {paused: false}\n")
    folder = release_exports(stage(ready), ready.settings, NOW)
    assert set(standings(folder).values()) == {"released"}
    assert files(ready) == {"generic_csv", "meta_customer_list"}


def test_while_something_new_waits_the_days_earlier_files_stay(ready: Warehouse) -> None:
    before = release_exports(stage(ready), ready.settings, NOW)
    settings(ready, "  generic_csv: {release: manual}\n")
    drop(ready, 5)
    folder = release_exports(stage(ready), ready.settings, NOW)
    name = next(before.glob("generic_csv/*/*.csv")).name
    kept = next(folder.glob("generic_csv/*/*.csv"))
    assert kept.name == name
    assert kept.read_text().count("\n") == 121
    assert "Newer files of this audience wait" in (folder / "index.html").read_text()
    assert next(folder.glob("meta_customer_list/*/*.csv")).read_text().count("\n") == 116


def test_a_spoilt_file_of_the_day_is_not_taken_along(ready: Warehouse) -> None:
    before = release_exports(stage(ready), ready.settings, NOW)
    next(before.glob("generic_csv/*/*.csv")).write_text("saved in a spreadsheet")
    settings(ready, "  generic_csv: {release: manual}\n")
    drop(ready, 5)
    folder = release_exports(stage(ready), ready.settings, NOW)
    assert files(ready) == {"meta_customer_list"}
    assert complete(folder)


@pytest.mark.parametrize(("on_change", "expected"), [("warn", "released"), ("block", "blocked")])
@pytest.mark.parametrize(("dropped", "is_sudden"), [(59, False), (61, True)])
def test_a_sudden_change_of_size_waits_where_it_is_set_so(
    ready: Warehouse, on_change: str, expected: str, dropped: int, is_sudden: bool
) -> None:
    path = ready.settings.state / ledger.NAME
    report = release_exports(stage(ready), ready.settings, NOW)
    text = path.read_text().replace("2026-01-31", "2026-01-30")
    path.write_text(text)
    (ready.settings.exports / "2026-01-31").unlink()
    settings(ready, f"  generic_csv: {{max_change: 0.5, on_change: {on_change}}}\n")
    drop(ready, dropped)
    staged = ready.stage(ready.export(sync_mode="mirror"))
    own = load(ready.settings)["generic_csv"]
    assert standing.is_sudden(staged.results[0], own) == is_sudden
    assert staged.results[0].change == -dropped
    folder = release_exports(staged, ready.settings, NOW)
    assert standings(folder)["generic_csv"] == (expected if is_sudden else "released")
    assert f"−{dropped}" in (folder / "index.html").read_text()
    assert report != folder


class CrashError(Exception):
    pass


STEPS = [
    (Path, "rename"),
    (Path, "replace"),
    (os, "link"),
    (Path, "mkdir"),
    (sets, "complete"),
    (release, "fsync_folder"),
    (release, "atomic_symlink"),
    (release.ledger, "append"),
    (release, "remove_staged"),
]


@pytest.mark.parametrize(("owner", "step"), STEPS)
@pytest.mark.parametrize("again", [0, 1, 3])
def test_after_a_crash_a_release_by_hand_finishes(
    ready: Warehouse, monkeypatch: pytest.MonkeyPatch, owner: object, step: str, again: int
) -> None:
    settings(ready, "  meta_customer_list: {release: manual}\n")
    release_exports(stage(ready), ready.settings, NOW)
    latest = ready.settings.exports / "latest"
    staging = ready.settings.exports / ".staging-test"
    by_hand = standing.by_hand(load(ready.settings))
    real, calls = getattr(owner, step), []

    def crash(*args: object, **options: object) -> object:
        calls.append(args)
        if len(calls) > again:
            raise CrashError
        return real(*args, **options)

    report = sets.read_report(staging)
    with monkeypatch.context() as patch, suppress(CrashError):
        patch.setattr(owner, step, crash)
        release_exports(report, ready.settings, NOW, decide=by_hand)
    assert complete(latest)
    if staging.exists():
        again_report = sets.read_report(staging)
        release_exports(again_report, ready.settings, NOW, decide=by_hand)
    assert files(ready) == {"generic_csv", "meta_customer_list"}
    assert complete(latest)
    assert acknowledge.acknowledge(ready.settings, "meta_customer_list/rtn_s01", "", NOW)
    assert len(acknowledge.states(ready.settings)) == 2


def test_a_run_of_some_audiences_leaves_the_others_as_they_were(ready: Warehouse) -> None:
    release_exports(stage(ready), ready.settings, NOW)
    drop(ready, 10)
    chosen = standing.by_run(load(ready.settings), {("generic_csv", "rtn_s01")})
    folder = release_exports(stage(ready), ready.settings, NOW, decide=chosen)
    lengths = {
        (path.parts[-3], path.name.split("__")[2]): path.read_text().count("\n") - 1
        for path in folder.rglob("*.csv")
    }
    assert lengths == {
        ("generic_csv", "adds"): 110,
        ("generic_csv", "removes"): 10,
        ("meta_customer_list", "adds"): 120,
    }
    content = json.loads((folder / "index.json").read_text())
    assert [one["counts"]["kept"] for one in content["exports"]] == [110, 120]


def test_a_set_is_read_back_as_it_was_staged(ready: Warehouse) -> None:
    report = stage(ready)
    assert sets.read_report(report.staging_dir) == report
    assert report.as_of_date == date(2026, 1, 31)
