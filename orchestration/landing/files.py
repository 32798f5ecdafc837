"""The files of a source, in a fixed order, and the reader that fits each."""

import glob
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.landing.errors import LandingError, NoFileError
from orchestration.landing.readers.base import Reader
from orchestration.landing.readers.csv import CsvReader
from orchestration.landing.readers.jsonl import JsonLinesReader
from orchestration.landing.readers.parquet import ParquetReader
from orchestration.landing.readers.text import check_encoding
from orchestration.landing.readers.xlsx import XlsxReader
from orchestration.landing.sources import Source, SourcesConfig, format_of


@dataclass(frozen=True)
class SourceFile:
    """A file of a source; `name` is its path relative to what the source's `path` names."""

    source: str
    path: Path
    name: str
    format: str


def find_files(config: SourcesConfig, source: str) -> Sequence[SourceFile]:
    """The source's files in the order of their names; hidden ones are left out.

    Raises `NoFileError` where there is none.
    """
    settings = config.sources[source]
    path = config.folder / settings.path
    where = config.place(source, "path")
    if path.is_dir():
        found = [
            SourceFile(source, file, file.relative_to(path).as_posix(), form)
            for file in sorted(path.rglob("*"))
            if file.is_file() and (form := format_for(file, settings, in_folder=True))
        ]
    elif path.is_file():
        found = [SourceFile(source, path, path.name, format_for(path, settings) or "csv")]
    else:
        found = list(_matches(config.folder, source, settings))
    found = [file for file in found if not is_hidden(file.name)]
    if not found:
        raise NoFileError(
            f"{where}: source {source!r} has no file at {path}. Put the delivery there, or correct "
            "`path`."
        )
    return sorted(found, key=lambda file: natural(file.name))


def natural(name: str) -> list[tuple[int, str]]:
    """What names are ordered by: numbers in them by their value, `orders_9` before `orders_10`.

    Of two files that say nothing of their time the later one has the later versions.
    """
    parts = re.split(r"([0-9]+)", name)
    # Numbers and the texts between them take turns, so that like is compared with like.
    keys = [(int(part), "") if n % 2 else (0, part) for n, part in enumerate(parts)]
    return [*keys, (0, name)]


def _matches(folder: Path, source: str, settings: Source) -> Iterator[SourceFile]:
    """The files that a glob finds; their names are relative to its part without wildcards."""
    parts = Path(settings.path).parts
    fixed = next((n for n, part in enumerate(parts) if glob.has_magic(part)), len(parts))
    base = folder.joinpath(*parts[:fixed])
    pattern = Path(*parts[fixed:])
    for match in glob.glob(str(pattern), root_dir=base, recursive=True):  # noqa: PTH207 (root_dir)
        file = base / match
        form = format_for(file, settings)
        if file.is_file() and form:
            yield SourceFile(source, file, Path(match).as_posix(), form)


def format_for(file: Path, settings: Source, in_folder: bool = False) -> str | None:
    """The format of a source's file; None: not known, or (in a folder) not the source's."""
    by_name = format_of(file)
    if in_folder and settings.format and by_name != settings.format:
        return None
    return settings.format or by_name


def is_hidden(name: str) -> bool:
    """Whether a file is none that was delivered."""
    return any(part.startswith((".", "~$")) for part in Path(name).parts)


def open_reader(
    file: SourceFile, settings: Source, connection: duckdb.DuckDBPyConnection
) -> Reader:
    """The reader for a file. Raises `LandingError` for what makes the whole file unreadable."""
    try:
        is_empty = file.path.stat().st_size == 0
        with file.path.open("rb") as opened:
            opened.read(1)
    except OSError as error:
        raise LandingError(
            f"{file.name}: cannot be read ({error.strerror}). Check that the file is there and "
            "that you may read it."
        ) from error
    if is_empty:
        raise LandingError(
            f"{file.name}: the file is empty (0 bytes). Have it delivered again, or take it out "
            "of the folder."
        )
    if file.format in ("csv", "jsonl"):
        check_encoding(file.path, file.name, settings.encoding)
    match file.format:
        case "parquet":
            return ParquetReader(file.path, file.name, connection)
        case "jsonl":
            return JsonLinesReader(file.path, file.name, settings, connection)
        case "xlsx":
            return XlsxReader(file.path, file.name, settings)
        case _:
            return CsvReader(file.path, file.name, _with_tabs(file, settings))


def _with_tabs(file: SourceFile, settings: Source) -> Source:
    """The settings; of a `.tsv` file for which no delimiter is set, with tabs."""
    is_tsv = ".tsv" in (suffix.lower() for suffix in file.path.suffixes)
    if is_tsv and "delimiter" not in settings.model_fields_set:
        return settings.model_copy(update={"delimiter": "\t"})
    return settings
