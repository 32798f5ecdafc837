"""The pages of a pull that is not landed yet: what survives when a pull is cut off.

Every page is one Parquet file that came into its place whole. It carries, in its file's metadata,
what it takes to go on after it, so that pages and place cannot disagree.
"""

import hashlib
import json
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
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
_OLD_SECONDS = 86400


@dataclass(frozen=True)
class StoredPage:
    """A page on the disk. Pages of one reading have one `segment`; `start` is where it began.

    `last`: the greatest cursor of the page; `resume`: as in `Page`.
    """

    path: Path
    segment: int
    rows: int
    start: Cursor | None
    last: Cursor | None
    resume: str | None


class PageFolder:
    """The pages of one pull, in order; `identity` says of which one."""

    def __init__(self, room: Path, identity: Sequence[object]) -> None:
        """Opens the folder `<room>/<hash of identity>` and removes all others in `room`."""
        digest = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:16]
        self._room = room
        self.folder = room / digest
        private_folder(room)
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

    @property
    def is_old(self) -> bool:
        """Whether the first page is so old that it says nothing about today any more."""
        return bool(self.pages) and time.time() - self.pages[0].path.stat().st_mtime > _OLD_SECONDS

    @property
    def last(self) -> Cursor | None:
        """The greatest cursor of all pages."""
        # Cursors of one column are of one type.
        return max((page.last for page in self.pages if page.last is not None), default=None)

    def add(self, page: Page, segment: int, start: Cursor | None) -> StoredPage:
        """Put a page in its place, synced."""
        path = self.folder / f"page-{len(self.pages):06d}.parquet"
        last = pc.max(page.cursors).as_py() if page.cursors is not None else None
        table = page.rows
        if page.cursors is not None:
            table = table.append_column(CURSOR, page.cursors)
        meta = {
            "segment": segment,
            "start": encoded(start),
            "last": encoded(last),
            "resume": page.resume,
        }
        table = table.replace_schema_metadata({_META: json.dumps(meta).encode()})
        with write_aside_then_rename(path) as aside:
            pq.write_table(table, aside, compression="zstd", compression_level=1)
        stored = StoredPage(path, segment, table.num_rows, start, last, page.resume)
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
    schema = pq.read_schema(path)
    meta = json.loads((schema.metadata or {})[_META])
    return StoredPage(
        path,
        meta["segment"],
        pq.read_metadata(path).num_rows,
        decoded(meta["start"]),
        decoded(meta["last"]),
        meta["resume"],
    )


def rows_schema(pages: Sequence[StoredPage]) -> pa.Schema:
    """The schema that holds the rows of all pages, without their cursors.

    Raises `pyarrow.ArrowException` where a column changed from one type to another meanwhile.
    """
    schemas = []
    for page in pages:
        schema = pq.read_schema(page.path).remove_metadata()
        place = schema.get_field_index(CURSOR)
        schemas.append(schema.remove(place) if place >= 0 else schema)
    return pa.unify_schemas(schemas, promote_options="permissive")
