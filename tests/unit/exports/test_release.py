"""Release: at any moment `latest` is a complete set, also after a crash."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from orchestration import stages
from orchestration.exports import (
    DESTINATIONS,
    ExportError,
    FileClass,
    destinations,
    ledger,
    release,
    release_exports,
    sets,
    stage,
    stage_exports,
)
from orchestration.exports.manifest import CHECKSUMS
from orchestration.exports.model import Standing
from orchestration.warehouse import proof
from orchestration.warehouse.dbt import DbtError

if TYPE_CHECKING:
    from conftest import Warehouse


@pytest.fixture
def ready(warehouse: Warehouse) -> Warehouse:
    warehouse.contact("a")
    warehouse.contact("b")
    warehouse.segment("seg_a", ["a"])
    return warehouse


def complete(folder: Path) -> bool:
    """Whether `folder` is a whole set: its checksums name every file, and each is right."""
    return sets.holds(folder, folder.resolve().name.split("__")[1].split("-")[0])


def ledger_lines(warehouse: Warehouse) -> list[dict[str, object]]:
    path = warehouse.settings.state / "exports.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()]


def change(warehouse: Warehouse) -> None:
    warehouse.connection.execute("update segments.seg_a set customer_key = 'b', customer_id = 'b'")


def test_a_released_set_is_found_by_day_and_as_latest(ready: Warehouse) -> None:
    folder = ready.release(ready.export())
    exports = ready.settings.exports
    assert (exports / "latest").resolve() == (exports / "2026-01-31").resolve() == folder
    assert (exports / "latest").readlink() == Path("2026-01-31")
    assert complete(exports / "latest")
    assert not (exports / ".staging-test").exists()


def test_who_watches_is_told_how_many_audiences_and_files_are_done(ready: Warehouse) -> None:
    told: list[tuple[int, int | None]] = []

    def advance(done: int, in_all: int | None, _what: str) -> None:
        told.append((done, in_all))

    report = ready.stage(ready.export(), ready.export("meta_customer_list"), advance=advance)
    assert told[0] == (0, 2) and told[-1] == (2, 2)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    told.clear()
    folder = release_exports(report, ready.settings, advance=advance)
    files = [path for path in folder.rglob("*") if path.is_file() and path != folder / CHECKSUMS]
    assert told == [(done, len(files)) for done in range(len(files) + 1)]


def test_releasing_the_same_content_again_changes_no_byte(ready: Warehouse) -> None:
    first = ready.release(ready.export())
    stamp = (first / "index.json").stat().st_mtime_ns
    assert ready.release(ready.export()) == first
    assert (first / "index.json").stat().st_mtime_ns == stamp
    assert len(list((ready.settings.exports / ".sets").iterdir())) == 1
    assert len(ledger_lines(ready)) == 2


def test_other_content_of_the_same_day_replaces_and_deletes_nothing(ready: Warehouse) -> None:
    first = ready.release(ready.export())
    change(ready)
    second = ready.release(ready.export())
    assert first != second
    assert (ready.settings.exports / "latest").resolve() == second
    assert complete(first)


def test_files_changed_after_release_are_left_and_not_reused(ready: Warehouse) -> None:
    first = ready.release(ready.export())
    (file,) = first.rglob("*.csv")
    file.write_text("opened and saved in a spreadsheet")
    second = ready.release(ready.export())
    assert second.name == f"{first.name}-2"
    assert complete(ready.settings.exports / "latest")
    assert file.read_text() == "opened and saved in a spreadsheet"


def test_what_was_changed_while_staged_is_not_released(ready: Warehouse) -> None:
    report = ready.stage(ready.export())
    (file,) = report.staging_dir.rglob("*.csv")
    file.write_text("changed")
    with pytest.raises(ExportError, match="Stage the exports again"):
        release_exports(report, ready.settings)
    assert not (ready.settings.exports / "latest").exists()


def test_only_what_the_proven_build_gave_is_released(ready: Warehouse) -> None:
    settings = ready.settings
    report = ready.stage(ready.export())
    settings.warehouse.touch()
    with pytest.raises(DbtError, match="neither published nor exported"):
        stages.release(settings, report)
    first = replace(report, build_id=proof.give(settings))
    second = replace(report, build_id=proof.give(settings))
    with pytest.raises(DbtError, match="an earlier build"):
        stages.release(settings, first)
    proof.withdraw(settings)
    with pytest.raises(DbtError, match="neither published nor exported"):
        stages.release(settings, second)
    assert not (settings.exports / "latest").exists()
    again = replace(report, build_id=proof.give(settings))
    assert stages.release(settings, again).staging_dir == (settings.exports / "latest").resolve()


class CrashError(Exception):
    pass


STEPS = [
    (Path, "rename"),
    (Path, "replace"),
    (Path, "symlink_to"),
    (Path, "mkdir"),
    (release, "fsync_folder"),
    (release.ledger, "append"),
]


@pytest.mark.parametrize(("owner", "step"), STEPS)
@pytest.mark.parametrize("again", [0, 1, 2])
def test_after_a_crash_latest_is_a_complete_set_and_a_rerun_finishes(
    ready: Warehouse, monkeypatch: pytest.MonkeyPatch, owner: object, step: str, again: int
) -> None:
    before = ready.release(ready.export())
    change(ready)
    report = ready.stage(ready.export())
    real, calls = getattr(owner, step), []

    def crash(*args: object, **options: object) -> object:
        calls.append(args)
        if len(calls) > again:
            raise CrashError
        return real(*args, **options)

    with monkeypatch.context() as patch, suppress(CrashError):
        patch.setattr(owner, step, crash)
        release_exports(report, ready.settings)
    latest = ready.settings.exports / "latest"
    assert complete(latest)
    after = ready.release(ready.export())
    assert latest.resolve() == after != before
    assert complete(latest)
    assert complete(before)


def test_a_crash_while_staging_leaves_no_manifest_and_the_released_set(
    ready: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ready.release(ready.export())

    def crash(*_: object) -> None:
        raise CrashError

    change(ready)
    with monkeypatch.context() as patch:
        patch.setattr("orchestration.exports.produce.manifest.checksums", crash)
        with pytest.raises(CrashError):
            ready.stage(ready.export())
    staging = ready.settings.exports / ".staging-test"
    assert list(staging.rglob("*.csv"))
    assert not list(staging.rglob("manifest.json"))
    assert (ready.settings.exports / "latest").resolve() == before
    ready.stage(ready.export())
    assert len(list(staging.rglob("*.csv"))) == 1


def test_a_folder_in_the_place_of_a_link_is_not_deleted(ready: Warehouse) -> None:
    (ready.settings.exports / "2026-01-31").mkdir(parents=True)
    with pytest.raises(ExportError, match="Move it away"):
        ready.release(ready.export())


def test_staging_elsewhere_is_refused(ready: Warehouse, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="not elsewhere"):
        stage_exports(
            ready.connection, [], ready.settings, date(2026, 1, 31), tmp_path / ".staging-x"
        )


def test_times_stand_in_the_ledger_alone(ready: Warehouse) -> None:
    report = ready.stage(ready.export())
    release_exports(report, ready.settings, datetime(2031, 5, 4, 3, 2, 1, tzinfo=UTC))
    (line,) = ledger_lines(ready)
    assert line["released_at"] == "2031-05-04T03:02:01+00:00"
    result = report.results[0]
    assert line["exports"] == [
        {
            "segment": "seg_a",
            "destination": "generic_csv",
            "audience": "rtn_s01",
            "kind": "audience",
            "sync_mode": "replace",
            "hashed": None,
            "content_id": result.content_id,
            "customers": 1,
            "rows": 1,
            "files": 1,
            "dropped_by_reason": {},
        }
    ]
    texts = (p.read_text() for p in ready.settings.exports.rglob("*") if p.is_file())
    assert not any("2031" in text for text in texts)


def test_previous_content_is_that_of_the_day_before_even_after_a_torn_line(
    ready: Warehouse,
) -> None:
    path = ready.settings.state / "exports.jsonl"
    for day in (date(2025, 12, 31), date(2025, 11, 30)):
        report = ready.stage(ready.export())
        results = tuple(
            replace(r, content_id=f"of {day}", standing=Standing.RELEASED) for r in report.results
        )
        ledger.append(path, replace(report, as_of_date=day, results=results), (), datetime.now(UTC))
    with path.open("a") as file:
        file.write('{"as_of": "2025-')
    for _ in range(2):
        folder = ready.release(ready.export())
        (manifest,) = folder.rglob("manifest.json")
        assert json.loads(manifest.read_text())["previous_content_id"] == "of 2025-12-31"


def test_every_module_of_the_folder_is_a_destination() -> None:
    modules = {path.stem for path in Path(str(destinations.__file__)).parent.glob("[a-z]*.py")}
    assert set(DESTINATIONS) == modules


def test_a_file_for_people_has_a_bom_and_guarded_cells(
    ready: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = replace(DESTINATIONS["generic_csv"], name="calls", file_class=FileClass.REVIEW)
    every = {**DESTINATIONS, "calls": calls}
    monkeypatch.setattr(stage, "DESTINATIONS", every)
    monkeypatch.setattr("orchestration.exports.page.DESTINATIONS", every)
    monkeypatch.setattr("orchestration.exports.destination_settings.DESTINATIONS", every)
    ready.connection.execute("""
        update restricted.customer_contacts set phone = '+79161234567', first_name = '-Ann';
        update segments.seg_a set value = -5
    """)
    folder = ready.release(ready.export("calls"))
    (file,) = folder.rglob("*.csv")
    lines = file.read_bytes().decode("utf-8").splitlines()
    assert lines[0].startswith("\ufeffcustomer_id,")
    assert "'+79161234567" in lines[1]
    assert "'-Ann" in lines[1]
    assert ",-5.00," in lines[1]
