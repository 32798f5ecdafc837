"""A parse that is kept with the project is taken by folders that have none."""

import os
from pathlib import Path

import pytest

from orchestration.warehouse import parse_cache


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A project and two data folders' places for dbt."""
    made = tuple(tmp_path / name for name in ("project", "one", "two"))
    for folder in made:
        folder.mkdir()
    return made[0], made[1], made[2]


def _write(folder: Path, text: str, at: int) -> Path:
    file = folder / parse_cache.FILE
    file.write_text(text)
    os.utime(file, ns=(at, at))
    return file


def test_what_one_folder_made_another_takes(folders: tuple[Path, Path, Path]) -> None:
    project, one, two = folders
    _write(one, "parsed", at=10**18)
    parse_cache.keep(one, "main", project)
    parse_cache.take(two, "main", project)
    assert (two / parse_cache.FILE).read_text() == "parsed"
    assert [file.name for file in two.iterdir()] == [parse_cache.FILE]


def test_targets_have_parses_of_their_own(folders: tuple[Path, Path, Path]) -> None:
    project, one, two = folders
    _write(one, "parsed", at=10**18)
    parse_cache.keep(one, "main", project)
    parse_cache.take(two, "dev", project)
    assert not list(two.iterdir())


def test_a_folder_keeps_its_own_and_the_project_the_newest(
    folders: tuple[Path, Path, Path],
) -> None:
    project, one, two = folders
    _write(one, "new", at=2 * 10**18)
    _write(two, "old", at=10**18)
    for folder in (one, two):
        parse_cache.keep(folder, "main", project)
        parse_cache.take(folder, "main", project)
    assert (two / parse_cache.FILE).read_text() == "old"
    (two / parse_cache.FILE).unlink()
    parse_cache.take(two, "main", project)
    assert (two / parse_cache.FILE).read_text() == "new"


def test_nothing_to_take_or_nowhere_to_keep_is_no_error(
    folders: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    _, one, two = folders
    parse_cache.take(two, "main", tmp_path / "nowhere")
    parse_cache.keep(two, "main", tmp_path / "nowhere")
    _write(one, "parsed", at=10**18)
    (tmp_path / "file").write_text("")
    parse_cache.keep(one, "main", tmp_path / "file")
    assert not list(two.iterdir())
