import os
import stat
from pathlib import Path

import pytest

from orchestration import files


def test_a_link_is_swapped_without_a_moment_of_absence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = tmp_path / "current"
    for name in ("old", "new"):
        (tmp_path / name).write_text(name)
    files.atomic_symlink(link, tmp_path / "old")
    present: list[bool] = []
    unlink, symlink_to = Path.unlink, Path.symlink_to

    def watched_unlink(self: Path, missing_ok: bool = False) -> None:
        unlink(self, missing_ok)
        present.append(link.exists())

    def watched_symlink(self: Path, target: str) -> None:
        symlink_to(self, target)
        present.append(link.exists())

    monkeypatch.setattr(Path, "unlink", watched_unlink)
    monkeypatch.setattr(Path, "symlink_to", watched_symlink)
    files.atomic_symlink(link, tmp_path / "new")
    assert link.read_text() == "new"
    assert present
    assert all(present)


def test_a_link_is_relative_also_into_another_folder(tmp_path: Path) -> None:
    target = tmp_path / "exports" / "2026-01-31"
    target.mkdir(parents=True)
    (tmp_path / "links").mkdir()
    files.atomic_symlink(tmp_path / "links" / "latest", target)
    assert (tmp_path / "links" / "latest").readlink() == Path("../exports/2026-01-31")
    assert (tmp_path / "links" / "latest").resolve() == target.resolve()


def test_a_link_never_replaces_a_folder(tmp_path: Path) -> None:
    (tmp_path / "current").mkdir()
    with pytest.raises(OSError, match="current"):
        files.atomic_symlink(tmp_path / "current", tmp_path / "new")
    assert [path.name for path in tmp_path.iterdir()] == ["current"]


def test_a_file_appears_whole_at_the_end_of_the_block(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    path.write_text("old")
    with files.write_aside_then_rename(path) as aside:
        aside.write_text("new")
        assert path.read_text() == "old"
        assert (aside.parent, aside.suffix) == (tmp_path, ".csv")
        assert aside.name.startswith(".")
    assert path.read_text() == "new"
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.csv"]


def test_a_block_that_raises_leaves_the_old_file_and_nothing_aside(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    path.write_text("old")

    def write_half() -> None:
        with files.write_aside_then_rename(path) as aside:
            aside.write_text("half")
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        write_half()
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.csv"]


def test_content_is_synced_before_the_rename_and_the_folder_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.csv"
    synced: list[tuple[str, bool]] = []
    fsync = os.fsync

    def watched(descriptor: int) -> None:
        kind = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        synced.append((kind, path.exists()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    with files.write_aside_then_rename(path) as aside:
        aside.write_text("new")
    assert synced == [("file", False), ("folder", True)]


def test_syncing_something_absent_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        files.fsync_file(tmp_path / "absent")
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError):
        files.fsync_folder(tmp_path / "file")


def test_a_private_file_is_closed_to_others_and_never_replaces_one(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    former = os.umask(0)
    try:
        files.private_file(path)
    finally:
        os.umask(former)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        files.private_file(path)


def test_a_private_folder_is_closed_to_others_also_when_it_was_open(tmp_path: Path) -> None:
    made = files.private_folder(tmp_path / "a" / "restricted")
    (tmp_path / "open").mkdir(mode=0o755)
    narrowed = files.private_folder(tmp_path / "open")
    for folder in (made, narrowed):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
