"""Journals in `state/`: one JSON object per line, only ever added to, on disk before it counts."""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


def append(path: Path, entry: Mapping[str, Any]) -> None:
    """Enter one line; on disk when this returns. The file is its owner's alone."""
    line = json.dumps(entry, sort_keys=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "rb+") as file:
        # A line torn by a crash stays alone on its line, where reading passes over it.
        size = file.seek(0, os.SEEK_END)
        torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        file.write(("\n" if torn else "").encode() + line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def entries(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Line numbers and entries in their order; lines that a crash tore are passed over."""
    if not path.exists():
        return
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            entry = json.loads(line)
        except json.JSONDecodeError:
            continue
        if isinstance(entry, dict):
            yield number, entry
