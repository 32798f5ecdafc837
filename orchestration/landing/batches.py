"""Batches: what identifies one, and how it comes into its place whole or not at all."""

import hashlib
import json
import shutil
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from orchestration.entities import ENTITIES
from orchestration.files import fsync_file, fsync_folder
from orchestration.landing import expectations
from orchestration.landing.errors import LandingError
from orchestration.landing.sources import Source

ASIDE = ".tmp-"
"""Begins the names of folders that are not yet in place."""

_SEGMENT = 16 << 20
_VERSION = 2
"""To be raised when the same file and mapping land differently than before."""


@dataclass(frozen=True)
class Stamp:
    """What shows that a file was changed: its size in bytes, the times of change of its content
    and of its status in nanoseconds, and which file it is."""

    size: int
    changed: int
    status_changed: int
    identity: tuple[int, int]

    @classmethod
    def of(cls, path: Path) -> "Stamp":
        status = path.stat()
        return cls(
            status.st_size,
            status.st_mtime_ns,
            status.st_ctime_ns,
            (status.st_dev, status.st_ino),
        )


def content_hash(path: Path, pool: ThreadPoolExecutor | None = None) -> str:
    """sha256 over the sha256 of every 16 MiB of the file, so that several cores can do it."""
    size = path.stat().st_size
    each = pool.map if pool else map
    whole = hashlib.sha256()
    for digest in each(partial(_segment_hash, path), range(0, max(size, 1), _SEGMENT)):
        whole.update(digest)
    return whole.hexdigest()


def _segment_hash(path: Path, start: int) -> bytes:
    digest = hashlib.sha256()
    left = _SEGMENT
    with path.open("rb", buffering=0) as file:
        file.seek(start)
        buffer = memoryview(bytearray(1 << 20))
        while left and (count := file.readinto(buffer[: min(left, len(buffer))])):
            digest.update(buffer[:count])
            left -= count
    return digest.digest()


def mapping_hash(name: str, source: Source, key: Sequence[str] = ()) -> str:
    """What all batches of a source depend on besides the file: its settings and the contracts.

    Where a delivery lies, the days covered, the share that may be rejected, what a file means that
    comes again and what is expected of a delivery do not change how it is landed. `key`: the
    columns by which a table tells its rows apart.
    """
    settings = source.settings_that_land()
    for expecting in (settings, *settings["entities"].values()):
        for expectation in expectations.SETTINGS:
            expecting.pop(expectation, None)
    contracts = {
        entity: [
            [column.name, column.type, column.required, column.key, list(column.accepted)]
            for column in ENTITIES[entity].columns
        ]
        for entity in source.entities
    }
    return _hash([_VERSION, name, settings, contracts, *key])


def batch_id(content: str, entity: str, mapping: str) -> str:
    """16 hexadecimal digits: the same content under the same mapping is the same batch."""
    return _hash([content, entity, mapping])[:16]


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def folder_of(room: Path, entity: str, batch: str) -> Path:
    """Where a batch stands in `landing/` or `quarantine/`."""
    return room / entity / f"batch={batch}"


def aside_of(room: Path, entity: str, batch: str) -> Path:
    """Where a batch is written before it is in its place."""
    return room / f"{ASIDE}{entity}-{batch}"


def put_in_place(aside: Path, folder: Path) -> None:
    """Sync what is in `aside` and rename it to `folder`, over what a broken run left there."""
    for file in sorted(aside.iterdir()):
        fsync_file(file)
    fsync_folder(aside)
    folder.parent.mkdir(parents=True, exist_ok=True)
    if folder.exists():
        shutil.rmtree(folder)
    aside.rename(folder)
    fsync_folder(folder.parent)


def remove_leftovers(rooms: Iterable[Path]) -> int:
    """Remove what a broken run left aside; returns how many folders that were."""
    count = 0
    for room in rooms:
        for leftover in sorted(room.glob(f"{ASIDE}*")) if room.is_dir() else ():
            shutil.rmtree(leftover)
            count += 1
    return count


def parts_of(landing: Path, entity: str, batches: Sequence[str]) -> list[Path]:
    """The Parquet files of batches, in the order of the batches; raises for a missing batch."""
    parts: list[Path] = []
    for batch in batches:
        folder = folder_of(landing, entity, batch)
        found = sorted(folder.glob("part-*.parquet"), key=lambda path: (len(path.name), path.name))
        if not found:
            raise LandingError(
                f"{folder} is missing or empty, though the ledger knows the batch. Restore the "
                "folder `landing` from the backup of the same day as `state`."
            )
        parts += found
    return parts
