"""What all readers give: a file as pieces, a piece as frames of records and damaged records.

A piece is read as a whole and is small enough to stay in memory (Parquet excepted, which stays in
its file). Every record of the file is in exactly one frame or one damaged record of one piece.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import duckdb
import pyarrow as pa

from orchestration.landing.contract_sql import Dialect
from orchestration.landing.errors import Reason
from orchestration.landing.plan import FilePlan

ROW = "_row"
"""The column of a frame that holds the record's number."""


@dataclass(frozen=True)
class Frame:
    """Records with the source's columns and `_row`.

    `table` is in memory, or the path of a Parquet file whose `_row` is the row's number in it.
    `stored` is the DuckDB type of every source column; `name` tells the frames of one piece apart.
    `may_have_blanks`: texts may have blanks around them and have to be trimmed.
    """

    table: pa.Table | Path
    stored: Mapping[str, str]
    dialect: Dialect
    rows: int
    name: str = ""
    may_have_blanks: bool = False


@dataclass(frozen=True)
class Damaged:
    """A record that cannot be taken apart into columns, so that no entity can have it."""

    row: int
    reason: Reason
    message: str
    raw: str
    record: str | None = None
    """Its columns as JSON, where they are known after all."""


@dataclass(frozen=True)
class Piece:
    """A part of a file. `records` was counted before the records were read.

    `raw` gives the text of records by their numbers, `as_json` the columns in such texts; None
    where the frame itself is all there is.
    """

    number: int
    records: int
    frames: tuple[Frame, ...]
    damaged: tuple[Damaged, ...] = ()
    raw: Callable[[Sequence[int]], list[str]] | None = None
    as_json: Callable[[Sequence[str]], list[str]] | None = None


@dataclass
class Scratch:
    """What a worker has for itself: a connection and a file that is written over and over."""

    connection: duckdb.DuckDBPyConnection
    file: Path
    threads: int = field(default=1)


class Unread(Protocol):
    """A piece that was cut off its file and is still to be read; may be done beside others."""

    def read(self, plan: FilePlan, scratch: Scratch) -> Piece:
        """The piece's records."""


class Reader(Protocol):
    """One file. Raises `LandingError` on opening for what makes the whole file unreadable."""

    columns: tuple[str, ...]
    bytes_read: int
    """How much of the file the pieces given out so far are made of; 0 where they do not tell."""

    def sample(self) -> pa.Table | None:
        """The first records, all columns VARCHAR; None where the file itself says the types."""

    def stored_types(self) -> Mapping[str, str]:
        """The DuckDB types that the file itself declares (empty: none)."""

    def first_texts(self, rows: int) -> pa.Table | None:
        """The first values of the columns that hold texts; None where those are not looked at."""

    def pieces(self, plan: FilePlan) -> Iterator[Unread]:
        """The file's pieces in order; to be asked for by one thread at a time."""
