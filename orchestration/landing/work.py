"""The work on one piece of one file: read, judge for every entity, write what came out.

Parquet parts and quarantine parts go into the batches' folders aside; nothing here touches what is
in its place, so any of it may fail or be cut off.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.landing import quarantine
from orchestration.landing.amounts import NO_CURRENCY, Amounts, Book, Fate
from orchestration.landing.countries import register_countries
from orchestration.landing.errors import LandingError, shown
from orchestration.landing.judge_sql import FRAME, FrameFacts, Judge, JudgeSql, Task, facts_sql
from orchestration.landing.ledger import Counts
from orchestration.landing.plan import EntityPlan, FilePlan
from orchestration.landing.readers.base import ROW, Frame, Piece, Scratch, Unread
from orchestration.sql import literal

PARQUET_OPTIONS = (
    "format parquet, parquet_version v2, compression zstd, compression_level 1, "
    "string_dictionary_page_size_limit 16384"
)
"""Measured: a quarter less time to write and a third of the size of the defaults, read as fast."""
_WORKER_MEMORY = "800MB"
_EXAMPLES = 3
_NO_SUBEXPRESSIONS = "set disabled_optimizers = 'common_subexpressions'"
_MANY_COLUMNS = 200
"""From here on looking for common subexpressions, all columns against all, takes the longest."""


@dataclass(frozen=True)
class Target:
    """Where one entity's rows of one file go, and what stands in their lineage columns."""

    plan: EntityPlan
    batch_id: str
    landing: Path
    """The batch's folder aside, in `landing/`."""
    quarantine: Path
    """The same in `quarantine/`."""
    earlier: tuple[Path, ...] = ()
    """Parts that landed before and stand before these rows: of what a correction corrects."""

    @property
    def entity(self) -> str:
        return self.plan.entity.name


@dataclass
class Tally:
    """What came out of the pieces of a file for one entity so far.

    `examples` are messages about the first rejected records, values masked where personal. `book`
    is the money that was read, rejected and filtered: what was accepted is counted once written.
    """

    accepted: int = 0
    filtered: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    examples: list[tuple[int, str]] = field(default_factory=list)
    book: Book = field(default_factory=Book)

    def add(self, other: "Tally") -> None:
        """Add what came out of another piece."""
        self.accepted += other.accepted
        self.filtered += other.filtered
        self.rejected.update(other.rejected)
        self.examples = sorted([*self.examples, *other.examples])[:_EXAMPLES]
        self.book.add_all(other.book)

    def counts(self, read: int) -> Counts:
        """The counts, with the records that were read counted elsewhere."""
        return Counts(read, self.accepted, self.rejected.total(), self.filtered)


@dataclass(frozen=True)
class PieceResult:
    """The records of a piece and their tallies by entity."""

    records: int
    tallies: Mapping[str, Tally]


def open_connection(
    temporary: Path, threads: int, memory: str = _WORKER_MEMORY
) -> duckdb.DuckDBPyConnection:
    """A connection of its own for a worker: in memory, spilling to `temporary`."""
    connection = duckdb.connect(
        config={"threads": threads, "memory_limit": memory, "temp_directory": str(temporary)}
    )
    connection.execute("set TimeZone = 'UTC'")
    connection.execute("set arrow_output_version = '1.5'")
    connection.execute("set produce_arrow_string_view = true")
    register_countries(connection)
    return connection


def do_piece(
    unread: Unread, plan: FilePlan, source_file: str, targets: Sequence[Target], scratch: Scratch
) -> PieceResult:
    """Read one piece and write its accepted and rejected records aside.

    Raises `LandingError` where records would be lost or doubled, which is a fault of this program.
    """
    connection = scratch.connection
    connection.execute(f"set TimeZone = {literal(plan.dialect.timezone)}")
    if len(plan.columns) > _MANY_COLUMNS:
        connection.execute(_NO_SUBEXPRESSIONS)
    piece = unread.read(plan, scratch)
    given = sum(frame.rows for frame in piece.frames) + len(piece.damaged)
    if given != piece.records:
        raise LandingError(
            f"{source_file}: {piece.records} records were counted and {given} read. "
            "Nothing of the file was landed; please report this."
        )
    tallies = {target.entity: Tally() for target in targets}
    for frame in piece.frames:
        in_memory = not isinstance(frame.table, Path)
        connection.execute(f"set threads = {1 if in_memory else scratch.threads}")
        if in_memory:
            connection.register(FRAME, frame.table)
        try:
            facts = _facts(plan, frame, connection)
            for target in targets:
                worker = _FrameWork(plan, source_file, target, piece, frame, facts, connection)
                tallies[target.entity].add(worker.do())
        finally:
            if in_memory:
                connection.unregister(FRAME)
    if piece.damaged:
        for target in targets:
            tallies[target.entity].add(_set_damaged_aside(plan, source_file, target, piece))
    return PieceResult(piece.records, tallies)


def _facts(plan: FilePlan, frame: Frame, connection: duckdb.DuckDBPyConnection) -> FrameFacts:
    asked = facts_sql(plan, frame)
    if asked is None:
        return FrameFacts()
    query, texts, times = asked
    answer = connection.execute(query).fetchone() or ()
    spans = {}
    for position, name in enumerate(times):
        least, greatest = answer[len(texts) + 2 * position : len(texts) + 2 * position + 2]
        if least is not None and least.year > 1 and greatest.year < 9999:  # else maybe infinite
            spans[name] = (least, greatest)
    return FrameFacts(
        frozenset(name for name, is_blank in zip(texts, answer, strict=False) if is_blank), spans
    )


@dataclass(frozen=True)
class _FrameWork:
    plan: FilePlan
    source_file: str
    target: Target
    piece: Piece
    frame: Frame
    facts: FrameFacts
    connection: duckdb.DuckDBPyConnection

    def do(self) -> Tally:
        """Judge the frame's records for one entity and write them aside."""
        try:
            return self._do(guarded=False)
        except (duckdb.OutOfMemoryException, duckdb.IOException, duckdb.InternalException):
            raise
        except duckdb.Error:  # an expression raises for some record: reject that one
            # A subexpression that stands twice would be computed outside of its try().
            self.connection.execute(_NO_SUBEXPRESSIONS)
            try:
                return self._do(guarded=True)
            except duckdb.Error as error:
                raise LandingError(
                    f"{self.source_file} ({self.target.entity}): an expression of the mapping "
                    f"cannot be computed: {type(error).__name__}. Use try_cast instead of cast, "
                    "and guard divisions."
                ) from None  # DuckDB's message holds values
            finally:
                self.connection.execute("reset disabled_optimizers")

    def _do(self, guarded: bool) -> Tally:
        lineage = {
            "_source": self.plan.source,
            "_batch": self.target.batch_id,
            "_file": self.source_file,
        }
        judge = Judge(Task(self.plan, self.target.plan), self.frame, self.facts, lineage, guarded)
        queries = judge.queries()
        tally = Tally()
        if queries.read:
            for _, currency, *counted in self.connection.execute(queries.read).fetchall():
                tally.book.add(Fate.READ, currency, Amounts(*counted))
        part = self.target.landing / self._part_name("part")
        copied = self.connection.execute(
            f"copy ({queries.accepted}) to {literal(str(part))} ({PARQUET_OPTIONS})"
        ).fetchone()
        written = int(copied[0]) if copied else 0
        if not written:
            part.unlink(missing_ok=True)
        tally.accepted = written
        if written == self.frame.rows:  # every record was accepted: there is nothing to ask
            return tally
        accepted = self._count_fates(queries, tally)
        if written != accepted:
            raise LandingError(
                f"{self.source_file} ({self.target.entity}): {accepted} records were accepted and "
                f"{written} written. Nothing of the file was landed; please report this."
            )
        return tally

    def _count_fates(self, queries: JudgeSql, tally: Tally) -> int:
        """Enter what was filtered and rejected; returns how many records were accepted."""
        fates = {-1: Fate.FILTERED, 0: Fate.ACCEPTED, 1: Fate.REJECTED}
        found = Book()
        for fate, currency, *counted in self.connection.execute(queries.fates).fetchall():
            found.add(fates[fate], currency, Amounts(*counted))
        tally.filtered = found.total(Fate.FILTERED).rows
        if found.total(Fate.REJECTED).rows:
            self._set_aside(queries, tally)
        if self.target.plan.entity.amount:
            tally.book.add_all(found.without(Fate.ACCEPTED))
        return found.total(Fate.ACCEPTED).rows

    def _part_name(self, kind: str) -> str:
        name = f"-{self.frame.name}" if self.frame.name else ""
        return f"{kind}-{self.piece.number}{name}.parquet"

    def _set_aside(self, queries: JudgeSql, tally: Tally) -> None:
        found = self.connection.execute(f"{queries.rejected} order by {ROW}").to_arrow_table()
        rows = found.column(ROW)
        raw = records = found.column("raw")
        if self.piece.raw:
            texts = self.piece.raw(rows.to_pylist())
            raw = pa.array(texts, pa.string())
            if self.piece.as_json:
                records = pa.array(self.piece.as_json(texts), pa.string())
        faults = [
            quarantine.Fault(problem.column, problem.reason.value, problem.message)
            for problem in queries.problems
        ]
        judged = quarantine.Judged(
            rows,
            found.column("row_key"),
            found.column("_verdict"),
            found.column("value"),
            raw,
            records,
        )
        table = quarantine.judged_rows(self._origin, judged, faults)
        pq.write_table(table, self.target.quarantine / self._part_name("rejected"))
        tally.rejected.update(table.column("reason").to_pylist())
        first = found.slice(0, _EXAMPLES).to_pylist()
        for row in first:
            problem = queries.problems[row["_verdict"] - 1]
            value = f" = {shown(row['value'], problem.personal)}" if row["value"] else ""
            place = f"row {row['row_key']}" if self._shows_keys else f"line {row[ROW]}"
            tally.examples.append(
                (
                    row[ROW],
                    f"{self.source_file} {place}, column {problem.column}{value}: "
                    f"{problem.reason}: {problem.message}",
                )
            )

    @property
    def _shows_keys(self) -> bool:
        """Whether messages tell rows apart by keys: there are some, and they are not personal."""
        unmapped = {column.name for column in self.target.plan.unmapped}
        return bool(self.plan.key) and all(
            name in unmapped or not self.plan.by_name[name].personal for name in self.plan.key
        )

    @property
    def _origin(self) -> quarantine.Origin:
        return quarantine.Origin(self.target.entity, self.plan.source, self.source_file)


def _set_damaged_aside(plan: FilePlan, file: str, target: Target, piece: Piece) -> Tally:
    origin = quarantine.Origin(target.entity, plan.source, file)
    table = quarantine.damaged_rows(origin, piece.damaged)
    pq.write_table(table, target.quarantine / f"rejected-{piece.number}-damaged.parquet")
    tally = Tally(rejected=Counter(one.reason.value for one in piece.damaged))
    if target.plan.entity.amount:
        unreadable = Amounts(rows=len(piece.damaged), unreadable=len(piece.damaged))
        for fate in (Fate.READ, Fate.REJECTED):
            tally.book.add(fate, NO_CURRENCY, unreadable)
    tally.examples = [
        (one.row, f"{file} line {one.row}: {one.reason}: {one.message}")
        for one in sorted(piece.damaged, key=lambda one: one.row)[:_EXAMPLES]
    ]
    return tally
