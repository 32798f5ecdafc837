"""The pages of a pull that is not landed yet: what survives when a pull is cut off.

Every page is one Parquet file that came into its place whole. It carries, in its file's metadata,
what it takes to go on after it, so that pages and place cannot disagree.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from orchestration.files import private_folder, write_aside_then_rename
from orchestration.landing.pulled.cursors import decoded, encoded
from orchestration.landing.pulled.stream import Cursor, Page

CURSOR = "__cursor"
"""The column of a page's file that holds its rows' cursors."""
_META = b"retention.page"
_COMPLETE = "complete"
_NO_LETTERS = re.compile(r"[^A-Za-z0-9_.]+")
_READABLE = 40


@dataclass(frozen=True)
class Reading:
    """One go at reading a source: its number in the pull, the cursor from which it read (None:
    from the beginning), and when it began (with offset)."""

    number: int
    start: Cursor | None
    began: datetime


@dataclass(frozen=True)
class StoredPage:
    """A page on the disk; `last` is its greatest cursor, `resume` as in `Page`."""

    path: Path
    reading: "Reading"
    rows: int
    last: Cursor | None
    resume: str | None


def room_of(pulled: Path, source: str) -> Path:
    """Where a source's pages are: a name that any file system takes, of its own for every source,
    whatever that one is called."""
    readable = _NO_LETTERS.sub("-", source)[:_READABLE]  # with `=` DuckDB would see a column
    return pulled / f"source-{readable}-{hashlib.sha256(source.encode()).hexdigest()[:12]}"


class PageFolder:
    """The pages of one pull, in order; `identity` says of which one."""

    def __init__(self, room: Path, identity: Sequence[object]) -> None:
        """Opens the folder `<room>/<hash of identity>` and removes all others in `room`."""
        digest = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:16]
        self._room = room
        self.folder = room / digest
        for folder in (room.parent, room):
            private_folder(folder)
        for other in room.iterdir():
            if other != self.folder:
                shutil.rmtree(other)
        private_folder(self.folder)
        self.pages = [_stored(path) for path in sorted(self.folder.glob("page-*.parquet"))]

    @property
    def is_complete(self) -> bool:
        """Whether the source was read to its end."""
        return (self.folder / _COMPLETE).exists()

    def complete(self) -> None:
        """Note that the source was read to its end."""
        (self.folder / _COMPLETE).touch()

    def add(self, page: Page, reading: Reading) -> StoredPage:
        """Put a page in its place, synced."""
        path = self.folder / f"page-{len(self.pages):06d}.parquet"
        table, last = page.rows, None
        if page.cursors is not None:
            last = pc.max(page.cursors).as_py()
            is_untyped = pa.types.is_null(page.cursors.type)
            cursors = page.cursors.cast(pa.string()) if is_untyped else page.cursors
            table = table.append_column(CURSOR, cursors)
        meta = {
            "reading": reading.number,
            "start": encoded(reading.start),
            "began": encoded(reading.began),
            "last": encoded(last),
            "resume": page.resume,
        }
        table = table.replace_schema_metadata({_META: json.dumps(meta).encode()})
        with write_aside_then_rename(path) as aside:
            pq.write_table(table, aside, compression="zstd", compression_level=1)
        stored = StoredPage(path, reading, table.num_rows, last, page.resume)
        self.pages.append(stored)
        return stored

    def clear(self) -> None:
        """Remove all pages: the pull begins anew."""
        shutil.rmtree(self.folder)
        private_folder(self.folder)
        self.pages = []

    def remove(self) -> None:
        """Remove the folder, and the room of its source."""
        shutil.rmtree(self._room, ignore_errors=True)


def _stored(path: Path) -> StoredPage:
    meta = json.loads((pq.read_schema(path).metadata or {})[_META])
    began = decoded(meta["began"])
    if not isinstance(began, datetime):
        raise TypeError(f"{path}: does not say when it was read")
    reading = Reading(meta["reading"], decoded(meta["start"]), began)
    rows = pq.read_metadata(path).num_rows
    return StoredPage(path, reading, rows, decoded(meta["last"]), meta["resume"])


def rows_schema(pages: Sequence[StoredPage]) -> pa.Schema:
    """The columns of all pages, without their cursors, each of a type that holds all its values.

    A column whose types have nothing in common is text, as is one of more digits than a decimal
    has in DuckDB, and one without any value.
    """
    types: dict[str, pa.DataType] = {}
    for page in pages:
        for field in pq.read_schema(page.path):
            if field.name != CURSOR:
                types[field.name] = _common(types.get(field.name, pa.null()), field.type)
    return pa.schema([(name, _readable(kind)) for name, kind in types.items()])


def _common(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    schemas = [pa.schema([("column", kind)]) for kind in (one, other)]
    try:
        return pa.unify_schemas(schemas, promote_options="permissive").field("column").type
    except pa.ArrowException:
        return pa.string()


def _readable(kind: pa.DataType) -> pa.DataType:
    return pa.string() if pa.types.is_null(kind) or pa.types.is_decimal256(kind) else kind
