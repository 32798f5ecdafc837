"""A seed as a table of texts with its lines, held against what `_seeds.yml` says of it."""

import csv
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from orchestration.landing.errors import did_you_mean
from orchestration.settings import SettingsError

DESCRIBED_IN = "_seeds.yml"


@dataclass(frozen=True)
class SeedTable:
    """A seed: what `_seeds.yml` says of it and what stands in its file.

    `rows`: line of the file (from 1) → value by column, an empty
    cell as None. `content_hash`: of the file's bytes.
    """

    name: str
    description: str
    columns: tuple[str, ...]
    rows: dict[int, dict[str, str | None]]
    content_hash: str

    @property
    def file(self) -> str:
        """As messages name it."""
        return file_of(self.name)

    def at(self, line: int) -> str:
        return f"{self.file} line {line}"


def file_of(name: str) -> str:
    """A seed's file, as messages name it."""
    return f"seeds/{name}.csv"


def read_seeds(folder: Path) -> tuple[list[SeedTable], list[str]]:
    """All seeds that `_seeds.yml` describes, by name, and what is wrong with their files.

    A file whose lines or columns cannot be told apart is only among the problems.
    """
    described = yaml.safe_load((folder / DESCRIBED_IN).read_text(encoding="utf-8"))["seeds"]
    tables: list[SeedTable] = []
    problems: list[str] = []
    for seed in sorted(described, key=lambda one: str(one["name"])):
        columns = tuple(str(column["name"]) for column in seed["columns"])
        try:
            content, rows = _read(folder / f"{seed['name']}.csv", columns)
        except SettingsError as error:
            problems.append(str(error))
            continue
        hashed = hashlib.sha256(content).hexdigest()
        tables.append(
            SeedTable(seed["name"], " ".join(seed["description"].split()), columns, rows, hashed)
        )
    return tables, problems


def _read(path: Path, columns: Sequence[str]) -> tuple[bytes, dict[int, dict[str, str | None]]]:
    """The file's bytes and its rows. Raises `SettingsError` for one that is missing or not UTF-8,
    other columns than the described, and lines with more or fewer cells."""
    file = file_of(path.stem)
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except FileNotFoundError:
        raise SettingsError(
            f"{file} is missing; take it back from the project's history."
        ) from None
    except UnicodeDecodeError:
        raise SettingsError(f"{file} is not UTF-8. Save it as UTF-8.") from None
    lines = csv.reader(text.splitlines(keepends=True))
    header = next(lines, [])
    _check_header(file, header, columns)
    rows: dict[int, dict[str, str | None]] = {}
    before = lines.line_num
    for cells in lines:
        line, before = before + 1, lines.line_num
        if not cells:
            continue
        if len(cells) != len(header):
            raise SettingsError(
                f"{file} line {line}: {len(cells)} cells instead of {len(header)}. Quote texts "
                "that hold commas."
            )
        rows[line] = {
            name: cell if cell.strip() else None for name, cell in zip(header, cells, strict=True)
        }
    return content, rows


def _check_header(file: str, header: Sequence[str], columns: Sequence[str]) -> None:
    if sorted(header) == sorted(columns):
        return
    lacking = [name for name in columns if name not in header]
    unknown = [name for name in header if name not in columns]
    near = next((said for name in unknown if (said := did_you_mean(name, lacking))), "")
    raise SettingsError(
        f"{file} line 1: the columns are {','.join(header)}; write {','.join(columns)}.{near}"
    )
