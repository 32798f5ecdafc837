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


def _parse(folder: Path, project: Path, text: str, at: int) -> None:
    """What dbt does in `folder`, told to take first."""
    parse_cache.take(folder, "main", project)
    file = folder / parse_cache.FILE
    file.write_text(text)
    os.utime(file, ns=(at, at))


def _parsed(folder: Path) -> str | None:
    file = folder / parse_cache.FILE
    return file.read_text() if file.exists() else None


def test_what_one_folder_made_another_takes(folders: tuple[Path, Path, Path]) -> None:
    project, one, two = folders
    _parse(one, project, "parsed", at=10**18)
    parse_cache.keep(one, "main", project)
    parse_cache.take(two, "main", project)
    assert _parsed(two) == "parsed"


def test_targets_have_parses_of_their_own(folders: tuple[Path, Path, Path]) -> None:
    project, one, two = folders
    _parse(one, project, "parsed", at=10**18)
    parse_cache.keep(one, "main", project)
    parse_cache.take(two, "dev", project)
    assert _parsed(two) is None


def test_a_folder_keeps_its_own_and_the_project_the_newest(
    folders: tuple[Path, Path, Path],
) -> None:
    project, one, two = folders
    _parse(one, project, "new", at=2 * 10**18)
    _parse(two, project, "old", at=10**18)
    for folder in (one, two):
        parse_cache.keep(folder, "main", project)
        parse_cache.take(folder, "main", project)
    assert _parsed(two) == "old"
    (two / parse_cache.FILE).unlink()
    parse_cache.take(two, "main", project)
    assert _parsed(two) == "new"


def test_a_parse_of_a_project_that_lies_elsewhere_is_neither_used_nor_handed_on(
    folders: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    project, one, two = folders
    _parse(one, project, "of the first place", at=10**18)
    parse_cache.keep(one, "main", project)
    moved = project.rename(tmp_path / "moved")
    parse_cache.take(two, "main", moved)
    assert _parsed(two) is None
    parse_cache.take(one, "main", moved)
    assert _parsed(one) is None
    _parse(one, moved, "of the second", at=10**17)
    parse_cache.keep(one, "main", moved)
    parse_cache.take(two, "main", moved)
    assert _parsed(two) == "of the second"


def test_nothing_to_take_or_nowhere_to_keep_is_no_error(
    folders: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    _, one, two = folders
    parse_cache.take(two, "main", tmp_path / "nowhere")
    parse_cache.keep(two, "main", tmp_path / "nowhere")
    (tmp_path / "file").write_text("")
    _parse(one, tmp_path / "file", "parsed", at=10**18)
    parse_cache.keep(one, "main", tmp_path / "file")
    assert _parsed(two) is None
