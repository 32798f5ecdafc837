"""The ledger: which batches have landed, in which order, and which of them count.

A batch counts ("is live") until a batch of the same file under a newer mapping replaces it, or its
source no longer maps its entity. The sequence decides which of two versions of a key is the later.
Wall-clock times stand only in `landed_at` and are never shown to the warehouse.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import TracebackType

from orchestration.landing import configured, headers, key_checks, pulls, sequences
from orchestration.landing.amounts import Amounts, Book, Fate
from orchestration.landing.configured import SourceState
from orchestration.landing.headers import Header
from orchestration.landing.pulls import PullState
from orchestration.landing.sequences import FileContent

FILE = "ledger.sqlite"
_BOOKS = (pulls, headers, configured, key_checks)

_SCHEMA = """
create table if not exists batches (
    sequence integer primary key,
    batch_id text not null unique,
    entity text not null,
    source text not null,
    file text not null,
    content_hash text not null,
    mapping_hash text not null,
    rows_read integer not null,
    rows_accepted integer not null,
    rows_rejected integer not null,
    rows_filtered integer not null,
    repeated_keys integer,
    min_event text,
    max_event text,
    superseded_by text,
    landed_at text not null,
    check (rows_read = rows_accepted + rows_rejected + rows_filtered)
);
create table if not exists batch_amounts (
    batch_id text not null references batches (batch_id),
    fate text not null,
    currency text not null,
    rows integer not null,
    amount text not null,
    without_amount integer not null,
    unreadable integer not null,
    primary key (batch_id, fate, currency)
);
"""


@dataclass(frozen=True)
class Counts:
    """Records of one file for one entity: read = accepted + rejected + filtered."""

    read: int
    accepted: int
    rejected: int
    filtered: int

    @property
    def is_balanced(self) -> bool:
        """Whether every record that was read is accounted for exactly once."""
        return self.read == self.accepted + self.rejected + self.filtered


@dataclass(frozen=True)
class NewBatch:
    """A batch that has come into its place and is to be entered.

    `min_event`, `max_event`: least and greatest event time, ISO in UTC, None where there is none.
    """

    batch_id: str
    entity: str
    source: str
    file: str
    content_hash: str
    mapping_hash: str
    counts: Counts
    min_event: str | None
    max_event: str | None


@dataclass(frozen=True)
class Batch(NewBatch):
    """A batch as the ledger knows it.

    `repeated_keys`: rows whose key occurs more than once in the batch (versions: all are kept, the
    last counts); None where it was not counted. `superseded_by`: None while the batch is live.
    """

    sequence: int
    repeated_keys: int | None
    superseded_by: str | None


class Ledger:
    """`state/ledger.sqlite`, open inside a `with` block; every change is one transaction."""

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / FILE
        self._opened: sqlite3.Connection | None = None

    def __enter__(self) -> "Ledger":
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._opened = sqlite3.connect(self._path, isolation_level=None)
        self._opened.execute("pragma synchronous = full")
        self._opened.executescript(_SCHEMA + "".join(book.SCHEMA for book in _BOOKS))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._opened:
            self._opened.close()
            self._opened = None

    @property
    def _connection(self) -> sqlite3.Connection:
        if self._opened is None:
            raise RuntimeError("the ledger is used outside its `with` block")
        return self._opened

    def batches(self) -> list[Batch]:
        """All batches, in the order of their sequence."""
        return self._select("true", ())

    def batch(self, batch_id: str) -> Batch | None:
        """The batch of this id, None where there is none."""
        return next(iter(self._select("batch_id = ?", (batch_id,))), None)

    def live_batches(self, entity: str) -> list[Batch]:
        """The batches of an entity that count, in the order of their sequence."""
        return self._select("entity = ? and superseded_by is null", (entity,))

    def last_landing(self) -> date | None:
        """The day, in UTC, on which the last batch was entered; None where there is none."""
        (landed_at,) = self._connection.execute("select max(landed_at) from batches").fetchone()
        return datetime.fromisoformat(landed_at).date() if landed_at else None

    def _select(self, condition: str, values: Sequence[str]) -> list[Batch]:
        rows = self._connection.execute(
            "select batch_id, entity, source, file, content_hash, mapping_hash, rows_read, "
            "rows_accepted, rows_rejected, rows_filtered, min_event, max_event, sequence, "
            f"repeated_keys, superseded_by from batches where {condition} order by sequence",
            values,
        )
        return [
            Batch(
                batch_id=row[0],
                entity=row[1],
                source=row[2],
                file=row[3],
                content_hash=row[4],
                mapping_hash=row[5],
                counts=Counts(*row[6:10]),
                min_event=row[10],
                max_event=row[11],
                sequence=row[12],
                repeated_keys=row[13],
                superseded_by=row[14],
            )
            for row in rows
        ]

    def amounts(self) -> Iterator[tuple[str, Fate, str, Amounts]]:
        """Batch id, fate, currency and amounts of every batch that moves money.

        Batches that landed before amounts were counted have none.
        """
        for batch, fate, currency, rows, amount, *rest in self._connection.execute(
            "select batch_amounts.* from batch_amounts inner join batches using (batch_id) "
            "order by sequence, fate, currency"
        ):
            yield batch, Fate(fate), currency, Amounts(rows, Decimal(amount), *rest)

    def enter(self, batch: NewBatch, book: Book) -> None:
        """Enter a batch at the end of the sequence, or in the place of an older one of the same
        content, which is superseded. Raises `ValueError` where the counts do not add up.
        """
        with self._transaction() as connection:
            self._insert(connection, batch, book)
            self._supersede_others(connection, batch)

    def enter_pulled(
        self,
        batches: Sequence[tuple[NewBatch, Book]],
        state: PullState,
        whole: Sequence[str] | None,
    ) -> None:
        """Enter what a pull brought, together with the place where it ended.

        `whole`: the ids of all batches that a whole reading is made of, new and known ones: they
        replace all others of the source. None for a source that is read on from a cursor: all
        batches of its present mapping count. Raises `ValueError` as `enter` does.
        """
        with self._transaction() as connection:
            for batch, book in batches:
                self._insert(connection, batch, book)
            pulls.let_count(connection, state, whole)
            pulls.write_state(connection, state)

    def pull_state(self, source: str, mapping_hash: str) -> PullState:
        """Where the last pull of a source ended."""
        return pulls.read_state(self._connection, source, mapping_hash)

    def content_of(self, source: str, file: str, mark: str) -> str | None:
        """The content hash of an object of a store, where it was read and has not changed."""
        return pulls.read_content(self._connection, source, file, mark)

    def note_content(self, source: str, file: str, mark: str, content_hash: str) -> None:
        """Remember what an object of a store holds while it has `mark`."""
        with self._transaction() as connection:
            pulls.write_content(connection, source, file, mark, content_hash)

    @staticmethod
    def _insert(connection: sqlite3.Connection, batch: NewBatch, book: Book) -> None:
        if not batch.counts.is_balanced:
            raise ValueError(f"{batch.file} ({batch.entity}): the rows do not add up")
        counts = batch.counts
        connection.execute(
            "insert into batches (batch_id, entity, source, file, content_hash, mapping_hash, "
            "rows_read, rows_accepted, rows_rejected, rows_filtered, min_event, max_event, "
            "landed_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                batch.batch_id, batch.entity, batch.source, batch.file, batch.content_hash,
                batch.mapping_hash, counts.read, counts.accepted, counts.rejected,
                counts.filtered, batch.min_event, batch.max_event,
                datetime.now(UTC).isoformat(timespec="seconds"),
            ),
        )  # fmt: skip
        connection.executemany(
            "insert into batch_amounts values (?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    batch.batch_id, fate.value, currency, amounts.rows, str(amounts.amount),
                    amounts.without_amount, amounts.unreadable,
                )
                for fate, currency, amounts in book
            ],
        )  # fmt: skip

    def note_header(self, batch_id: str, header: Header) -> None:
        """Remember the columns under which a batch was accepted."""
        headers.write(self._connection, batch_id, header)

    def last_header(self, source: str, entity: str) -> Header | None:
        """The columns of the last accepted delivery of an entity; None where none are known."""
        return headers.latest(self._connection, source, entity)

    def header_of_content(self, source: str, entity: str, content_hash: str) -> Header | None:
        """The header under which a content was accepted before; None where it was not."""
        return headers.of_content(self._connection, source, entity, content_hash)

    def revive(self, batch: NewBatch | Batch) -> None:
        """Let a batch count again, and supersede those of the same file under other mappings."""
        with self._transaction() as connection:
            connection.execute(
                "update batches set superseded_by = null where batch_id = ?", (batch.batch_id,)
            )
            self._supersede_others(connection, batch)

    @staticmethod
    def _supersede_others(connection: sqlite3.Connection, batch: NewBatch) -> None:
        former = connection.execute(
            "update batches set superseded_by = ? where source = ? and content_hash = ? "
            "and entity = ? and batch_id <> ? and superseded_by is null returning sequence",
            (batch.batch_id, batch.source, batch.content_hash, batch.entity, batch.batch_id),
        ).fetchall()
        sequences.take_place(connection, batch.batch_id, [place for (place,) in former])

    def make_latest(self, content: FileContent) -> bool:
        """Let a batch that its file goes back to count as the latest; see `sequences`."""
        with self._transaction() as connection:
            return sequences.make_latest(connection, content)

    def replace_others(self, content: FileContent, kept: AbstractSet[str]) -> None:
        """Let nothing else that was in a file count, but for the batches in `kept`."""
        with self._transaction() as connection:
            sequences.replace_others(connection, content, kept)

    def configure(self, sources: Sequence[SourceState], mapping_hashes: Mapping[str, str]) -> int:
        """Remember what is configured; batches of what is not mapped any more stop counting.

        Batches that come back under the mapping that they were landed with count again. Returns
        how many batches stopped counting.
        """
        with self._transaction() as connection:
            return configured.write(connection, sources, mapping_hashes)

    def sources(self) -> list[SourceState]:
        """What is configured, as it was at the last landing, in the order of `sources.yml`."""
        return configured.read(self._connection)

    def has_repeated_keys(self, entity: str) -> bool | None:
        """Whether a key of the entity occurs more than once over its live batches.

        None where that was not counted for exactly these batches (`keys.check_keys` does).
        """
        return key_checks.read(self._connection, entity)

    def note_keys(
        self, entity: str, has_repeated_keys: bool, repeated: Iterable[tuple[str, int]]
    ) -> None:
        """Remember a count of keys: over all live batches, and (batch id, rows) within batches."""
        with self._transaction() as connection:
            key_checks.write(connection, entity, has_repeated_keys, repeated)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """`begin immediate` … `commit`, or `rollback` where the block raises."""
        self._connection.execute("begin immediate")
        try:
            yield self._connection
        except BaseException:
            self._connection.execute("rollback")
            raise
        self._connection.execute("commit")
