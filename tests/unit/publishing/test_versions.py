import os
import time
from pathlib import Path

from orchestration.publishing import versions

NOW = 1_800_000_000.0
HOUR = 3600.0


def make(folder: Path, name: str, hours_old: float) -> Path:
    path = folder / name
    path.write_text(name)
    os.utime(path, (NOW - hours_old * HOUR, NOW - hours_old * HOUR))
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_last_three_versions_stay_whatever_their_age(tmp_path: Path) -> None:
    for number in range(5):
        make(tmp_path, f"marts-{number}.duckdb", hours_old=1000 - number)
    removed = versions.remove_old_versions(tmp_path, NOW, lambda line: None)
    assert names(tmp_path) == ["marts-2.duckdb", "marts-3.duckdb", "marts-4.duckdb"]
    assert sorted(path.name for path in removed) == ["marts-0.duckdb", "marts-1.duckdb"]


def test_versions_younger_than_a_day_stay_however_many(tmp_path: Path) -> None:
    for number in range(30):
        make(tmp_path, f"marts-{number:02}.duckdb", hours_old=number)
    versions.remove_old_versions(tmp_path, NOW, lambda line: None)
    assert len(names(tmp_path)) == 25


def test_the_current_version_is_never_removed(tmp_path: Path) -> None:
    old = make(tmp_path, "marts-old.duckdb", hours_old=1000)
    for number in range(4):
        make(tmp_path, f"marts-{number}.duckdb", hours_old=100)
    (tmp_path / "current.duckdb").symlink_to(old.name)
    versions.remove_old_versions(tmp_path, NOW, lambda line: None)
    assert old.exists()


def test_a_version_that_becomes_current_again_counts_as_newest(tmp_path: Path) -> None:
    old = make(tmp_path, "marts-old.duckdb", hours_old=0)
    os.utime(old, (0, 0))
    versions.make_current(old)
    assert time.time() - old.stat().st_mtime < 60


def test_a_version_that_cannot_be_removed_is_reported(tmp_path: Path) -> None:
    for number in range(4):
        make(tmp_path, f"marts-{number}.duckdb", hours_old=100 - number)
    stuck = tmp_path / "marts-stuck.duckdb"
    stuck.mkdir()
    os.utime(stuck, (0, 0))
    lines: list[str] = []
    removed = versions.remove_old_versions(tmp_path, NOW, lines.append)
    assert [path.name for path in removed] == ["marts-0.duckdb"]
    assert "marts-stuck.duckdb could not be removed" in lines[0]


def test_leftovers_go_and_the_folders_of_readers_stay(tmp_path: Path) -> None:
    for leftover in (
        ".marts-17.duckdb.tmp",
        ".marts-17.duckdb.tmp.wal",
        ".aside-17-current.duckdb",
        "current.duckdb.wal",
        "marts-1.duckdb.wal",
    ):
        (tmp_path / leftover).write_text("")
    make(tmp_path, "marts-1.duckdb", hours_old=1)
    (tmp_path / "marts-1.duckdb.tmp").mkdir()  # where a reader of the snapshot spills
    versions.remove_leftovers(tmp_path)
    assert names(tmp_path) == ["marts-1.duckdb", "marts-1.duckdb.tmp"]
