"""A file that is being landed: opened and planned, worked on piece by piece, put in its place."""

import shutil
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from orchestration.entities import Entity, Type
from orchestration.landing import quarantine
from orchestration.landing.amounts import Book, Fate, accepted_amounts
from orchestration.landing.batches import (
    Stamp,
    aside_of,
    batch_id,
    folder_of,
    put_in_place,
)
from orchestration.landing.changes import change_message
from orchestration.landing.contracts import Agreed, Contracts
from orchestration.landing.erased import ErasureList
from orchestration.landing.errors import LandingError, Reason
from orchestration.landing.files import SourceFile, open_reader
from orchestration.landing.headers import Header, header_of
from orchestration.landing.keys import number_made_keys
from orchestration.landing.landed import empty_select, landed_select
from orchestration.landing.layouts import Layout
from orchestration.landing.ledger import Counts, NewBatch
from orchestration.landing.number_marks import number_problems
from orchestration.landing.plan import FilePlan, Shape, make_plan
from orchestration.landing.pulled import Pulled
from orchestration.landing.readers.base import Reader, Unread
from orchestration.landing.readers.text import encoding_remedy
from orchestration.landing.scrub import mask_rejected, scrub_parts
from orchestration.landing.sources import SourcesConfig
from orchestration.landing.types_of_texts import sniff_types
from orchestration.landing.work import PARQUET_OPTIONS, PieceResult, Tally, Target
from orchestration.settings import Settings
from orchestration.sql import literal, quoted


@dataclass(frozen=True)
class Delivery:
    """A file and what its batches are made of: its content, its source's mapping."""

    file: SourceFile
    content_hash: str
    mapping_hash: str
    stamp: Stamp
    """Taken before the content was hashed."""
    pulled: Pulled | None = None
    """The pull that the file was made of, where it is no file of the source's."""

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that tell the rows apart; empty for files."""
        return self.pulled.key if self.pulled else ()

    def batch_id(self, entity: str) -> str:
        """The id of the batch that the file is for an entity."""
        return batch_id(self.content_hash, entity, self.mapping_hash)

    def change(self) -> str | None:
        """A message where the file is not what it was when it was hashed."""
        return change_message(self.file.path, self.file.name, self.stamp, self.content_hash)


@dataclass
class Job:
    """The landing of one file. The fields below the line change while workers are at it."""

    delivery: Delivery
    plan: FilePlan
    reader: Reader
    targets: tuple[Target, ...]
    max_rejected_share: float
    agreed: Agreed | None
    """What its columns were held against; None for what is no delivery of a source."""
    # ---
    records: int = 0
    tallies: dict[str, Tally] = field(default_factory=dict)
    problem: LandingError | None = None
    open_pieces: int = 0
    is_cut_up: bool = False
    done: threading.Event = field(default_factory=threading.Event)

    def pieces(self) -> Iterator[Unread]:
        """The file's pieces; ends early once the file has a problem."""
        for piece in self.reader.pieces(self.plan):
            if self.problem:
                return
            yield piece

    def add(self, result: PieceResult) -> None:
        """Add what came out of a piece (the caller holds the lock)."""
        self.records += result.records
        for entity, tally in result.tallies.items():
            self.tallies.setdefault(entity, Tally()).add(tally)

    def rejected_by_reason(self, entity: str) -> tuple[tuple[str, int], ...]:
        """(reason, rows), most frequent first."""
        return tuple(self.tallies.get(entity, Tally()).rejected.most_common())

    @property
    def bytes_read(self) -> int:
        """How much of the file has been read."""
        size = self.delivery.stamp.size
        return size if self.done.is_set() else min(self.reader.bytes_read, size)

    def counts(self, entity: str) -> Counts:
        """The file's records for an entity so far."""
        return self.tallies.get(entity, Tally()).counts(self.records)


def open_job(
    contracts: Contracts,
    delivery: Delivery,
    entities: Sequence[str],
    settings: Settings,
    connection: duckdb.DuckDBPyConnection,
) -> Job:
    """Open and plan a file, for these entities of its source; writes nothing.

    Raises `LandingError` with one message per problem of the file as a whole.
    """
    file, config = delivery.file, contracts.config
    source = config.sources[file.source]
    reader = open_reader(file, source, connection)
    header = header_of(reader, file.name, has_order=file.format != "jsonl")
    try:
        shape = _shape(file, reader, header, delivery.key)
        plan = _planned(config, file.source, reader, shape, connection)
    except LandingError as error:
        *others, last = error.problems
        raise LandingError(*others, last + contracts.hint(file.source, header)) from None
    agreed = contracts.agree(plan, header, entities, delivery.content_hash)
    plan = agreed.plan
    has_real_numbers = file.format != "csv"
    if problems := list(number_problems(plan, reader.sample(), file.name, has_real_numbers)):
        raise LandingError(*problems)
    targets = tuple(
        Target(
            entity,
            batch := delivery.batch_id(entity.entity.name),
            aside_of(settings.landing, entity.entity.name, batch),
            aside_of(settings.quarantine, entity.entity.name, batch),
        )
        for entity in plan.entities
        if entity.entity.name in entities
    )
    is_trickle = delivery.pulled is not None and delivery.pulled.is_trickle
    share = 1 if is_trickle else source.max_rejected_share
    return Job(delivery, plan, reader, targets, share, agreed)


def open_planned(
    config: SourcesConfig,
    file: SourceFile,
    key: tuple[str, ...],
    connection: duckdb.DuckDBPyConnection,
) -> tuple[Reader, FilePlan]:
    """A file's reader and plan; `key` tells its rows apart. Raises as `open_job` does."""
    reader = open_reader(file, config.sources[file.source], connection)
    shape = _shape(file, reader, header_of(reader, file.name, has_order=False), key)
    return reader, _planned(config, file.source, reader, shape, connection)


def _shape(file: SourceFile, reader: Reader, header: Header, key: tuple[str, ...]) -> Shape:
    return Shape(file.name, reader.columns, reader.stored_types(), key, header.objects)


def _planned(
    config: SourcesConfig,
    source: str,
    reader: Reader,
    shape: Shape,
    connection: duckdb.DuckDBPyConnection,
) -> FilePlan:
    formats = config.sources[source].number_formats

    def sniff(columns: Sequence[str]) -> dict[str, Type]:
        sample = reader.sample()
        if sample is None:
            return {}
        return sniff_types(sample.select(list(columns)), connection, formats)

    return make_plan(config, source, shape, sniff, connection)


def make_folders(job: Job) -> None:
    """Make the folders aside that the job writes to."""
    for target in job.targets:
        for folder in (target.landing, target.quarantine):
            folder.mkdir(parents=True)


def discard(job: Job) -> None:
    """Remove what the job wrote aside."""
    for target in job.targets:
        for folder in (target.landing, target.quarantine):
            shutil.rmtree(folder, ignore_errors=True)


def problems_of(job: Job) -> list[str]:
    """What is wrong with a file that was read to its end, as messages; empty if it may land."""
    file = job.delivery.file
    if change := job.delivery.change():  # first, for a change may look like any other problem
        return [change]
    if job.problem:
        return list(job.problem.problems)
    messages: list[str] = []
    for target in job.targets:
        counts = job.counts(target.entity)
        if not counts.is_balanced:
            messages.append(
                f"{file.name} ({target.entity}): {counts.read} records were read, but "
                f"{counts.accepted} accepted + {counts.rejected} rejected + {counts.filtered} "
                "filtered. Nothing of it was landed; please report this."
            )
        elif counts.rejected > job.max_rejected_share * counts.read:
            messages.append(_too_many_rejected(job, target, counts))
    return messages


def _too_many_rejected(job: Job, target: Target, counts: Counts) -> str:
    tally = job.tallies[target.entity]
    reasons = ", ".join(f"{reason}: {rows}" for reason, rows in tally.rejected.most_common())
    remedy = "Correct the mapping or the file, or raise `max_rejected_share`."
    if tally.rejected[Reason.BAD_ENCODING] * 2 > counts.rejected:
        remedy = encoding_remedy(job.delivery.file.path)
    examples = "".join(f"\n  {example}" for _, example in tally.examples)
    difference = job.agreed.differences.get(target.entity) if job.agreed else None
    if difference:
        remedy += f" {difference}"
    return (
        f"{job.delivery.file.name} ({target.entity}): {counts.rejected} of {counts.read} records "
        f"are rejected ({reasons}). {remedy} First ones:{examples}"
    )


def finish_target(
    job: Job,
    target: Target,
    settings: Settings,
    erased: ErasureList,
    connection: duckdb.DuckDBPyConnection,
) -> tuple[NewBatch, Book]:
    """Put an entity's batch in its place: quarantine first, then the landed rows.

    Returns it with its money. Raises `LandingError`, with nothing in its place, where money was
    lost or doubled, which is a fault of this program.
    """
    entity = target.plan.entity
    parts = sorted(target.landing.glob("part-*.parquet"))
    if not parts:
        parts = [target.landing / "part-0.parquet"]
        _write_empty(target, parts[0], connection)
    elif target.plan.makes_key:
        number_made_keys(entity, parts, connection, target.earlier)
    scrub_parts(entity, parts, erased, connection)
    counts = job.counts(entity.name)
    book = _counted_money(job, target, parts, connection)
    first, last = _event_span(entity, parts, connection)
    rejected = sorted(target.quarantine.glob("rejected-*.parquet"))
    in_quarantine = folder_of(settings.quarantine, entity.name, target.batch_id)
    if rejected:
        merged = target.quarantine / quarantine.FILE
        quarantine.merge(rejected, merged, _layout(job, target), connection)
        mask_rejected(merged, erased)
        quarantine.link(merged, target.landing / quarantine.FILE)
        put_in_place(target.quarantine, in_quarantine)
    else:
        shutil.rmtree(target.quarantine)
        shutil.rmtree(in_quarantine, ignore_errors=True)
    put_in_place(target.landing, folder_of(settings.landing, entity.name, target.batch_id))
    batch = NewBatch(
        target.batch_id,
        entity.name,
        job.delivery.file.source,
        job.delivery.file.name,
        job.delivery.content_hash,
        job.delivery.mapping_hash,
        counts,
        first,
        last,
    )
    return batch, book


def _counted_money(
    job: Job, target: Target, parts: Sequence[Path], connection: duckdb.DuckDBPyConnection
) -> Book:
    """The money of a batch, read = accepted + rejected + filtered; empty where it moves none."""
    entity = target.plan.entity
    book = job.tallies.get(entity.name, Tally()).book
    if not entity.amount:
        return book
    book.add_all(accepted_amounts(entity, parts, target.plan.varies("currency"), connection))
    problems = book.imbalances()
    if book.total(Fate.READ).rows != job.counts(entity.name).read:
        problems.append(f"{book.total(Fate.READ).rows} rows, {job.counts(entity.name).read} read")
    if problems:
        raise LandingError(
            f"{job.delivery.file.name} ({entity.name}): the money does not add up "
            f"({'; '.join(problems)}). Nothing of it was landed; please report this."
        )
    return book


def _layout(job: Job, target: Target) -> Layout:
    types = {column.name: column.type.name if column.type else None for column in job.plan.columns}
    return Layout(
        job.delivery.file.format, types, job.reader.stored_types(), target.plan.unexpected
    )


def _write_empty(target: Target, part: Path, connection: duckdb.DuckDBPyConnection) -> None:
    columns = ", ".join(quoted(column.name) for column in target.plan.landed)
    nothing = f"select {columns} from ({empty_select(target.plan.entity)})"
    connection.execute(f"copy ({nothing}) to {literal(str(part))} ({PARQUET_OPTIONS})")


def _event_span(
    entity: Entity, parts: Sequence[Path], connection: duckdb.DuckDBPyConnection
) -> tuple[str | None, str | None]:
    """Least and greatest event time of the rows, ISO in UTC."""
    if entity.event_column is None:
        return None, None
    event = f"cast({quoted(entity.event_column)} as TIMESTAMPTZ)"
    connection.execute("set TimeZone = 'UTC'")
    row = connection.execute(
        f"select strftime(min({event}), '%Y-%m-%dT%H:%M:%SZ'), "
        f"strftime(max({event}), '%Y-%m-%dT%H:%M:%SZ') "
        f"from ({landed_select(entity, parts)})"
    ).fetchone()
    return (row[0], row[1]) if row else (None, None)
