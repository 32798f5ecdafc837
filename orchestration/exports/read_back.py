"""A written file read again, cell by cell, whatever its channel's labels, delimiter and first rows.

Needs the manifest beside it, where that is still there, for what the columns are called.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from orchestration.exports import manifest
from orchestration.exports.destination import Destination
from orchestration.exports.destinations import DESTINATIONS

_DELIMITERS = (",", ";", "\t")
_ENCODINGS = ("utf-8-sig", "windows-1251", "windows-1252")
_NAME_PARTS = 5


@dataclass(frozen=True)
class Written:
    """A CSV file: its columns by our headers (or its own label, where that is not ours any more).

    `hashed` are those of `columns` that hold hashes; `only` is the one kind of identifier that the
    file was made for, if so.
    """

    columns: tuple[str, ...]
    hashed: tuple[str, ...]
    only: str
    _lines: tuple[tuple[str, ...], ...]

    def rows(self) -> Iterator[Mapping[str, str]]:
        """Header → cell of every row of data."""
        for line in self._lines:
            yield dict(zip(self.columns, line, strict=False))


def only_of(stem: str) -> str:
    """The one kind of identifier that a file of that name (without its ending) holds, if so."""
    return "__".join(stem.split("__")[_NAME_PARTS:])


def read_back(file: Path) -> Written:
    """Read `file`, `…/<destination>/<audience>/<name>.csv`."""
    destination = DESTINATIONS.get(file.parent.parent.name)
    entry = _entry(file)
    text = _decoded(file.read_bytes())
    labels, lines = _parsed(text, tuple(entry.get("columns", ())))
    preamble = len(destination.preamble) if destination else 0
    only = only_of(file.stem)
    columns = _headers(destination, labels, only)
    hashed = set(entry.get("hashed_columns", ()))
    return Written(
        columns,
        tuple(ours for ours, label in zip(columns, labels, strict=True) if label in hashed),
        only,
        tuple(lines[preamble:]),
    )


def _entry(file: Path) -> Mapping[str, list[str]]:
    path = file.with_name(manifest.NAME)
    files = json.loads(path.read_text(encoding="utf-8"))["files"] if path.exists() else []
    return next((one for one in files if one["name"] == file.name), {})


def _decoded(content: bytes) -> str:
    for encoding in _ENCODINGS[:-1]:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode(_ENCODINGS[-1], errors="replace")


def _parsed(text: str, labels: tuple[str, ...]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Labels and rows below them; without labels beforehand they are the first line's."""
    parsed = {
        delimiter: [tuple(line) for line in csv.reader(io.StringIO(text), delimiter=delimiter)]
        for delimiter in _DELIMITERS
    }
    for lines in parsed.values():
        if lines and lines[0] == labels:
            return labels, lines[1:]
    if labels:  # a file without a header
        fitting = (one for one in parsed.values() if one and len(one[0]) == len(labels))
        return labels, next(fitting, parsed[","])
    widest = max(parsed.values(), key=lambda lines: len(lines[0]) if lines else 0)
    return (widest[0], widest[1:]) if widest else ((), [])


def _headers(
    destination: Destination | None, labels: tuple[str, ...], only: str
) -> tuple[str, ...]:
    """Our headers of the columns; of several that are labelled alike, in their order."""
    if destination is None:
        return labels
    left = [one for one in destination.fields if not only or one.header == only]
    headers = []
    for label in labels:
        match = next(
            (one for one in left if label in (one.label, one.hashed_label) or label == one.header),
            None,
        )
        if match:
            left.remove(match)
        headers.append(match.header if match else label)
    return tuple(headers)
