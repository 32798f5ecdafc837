"""A project whose settings a test may spoil."""

import shutil
from pathlib import Path

import pytest

from orchestration.settings import DBT_PROJECT, REPOSITORY


class Project:
    """A copy of `dbt_project.yml`, the seeds and the segments' names."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copy(DBT_PROJECT / "dbt_project.yml", folder)
        shutil.copytree(REPOSITORY / "seeds", folder / "seeds")
        shutil.copytree(REPOSITORY / "models" / "segments", folder / "models" / "segments")

    def change(self, old: str, new: str, file: str = "dbt_project.yml") -> int:
        """Replaces `old`, which has to be there once; returns its line."""
        path = self.folder / file
        text = path.read_text()
        assert text.count(old) == 1, (file, old)
        path.write_text(text.replace(old, new))
        return text[: text.index(old)].count("\n") + 1

    def change_seed(self, name: str, old: str, new: str) -> int:
        return self.change(old, new, f"seeds/{name}.csv")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)
