"""Which corrected records are to be landed now, and the landing of each file's.

A corrected record stands in for the rejected one: it counts while the file that it belongs to
counts and rejects it, and no later fix corrects it again. All others are left out, which makes
another batch of the same fix: so a mended mapping that accepts the file's own record, or a table
that is delivered whole anew, never counts one record twice.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from orchestration.entities import ENTITIES, Type
from orchestration.landing import quarantine
from orchestration.landing.amounts import NO_CURRENCY, Amounts, Fate
from orchestration.landing.batches import Stamp, aside_of, mapping_hash, parts_of
from orchestration.landing.corrections.reader import CorrectionReader
from orchestration.landing.corrections.store import (
    LAND,
    CorrectedFile,
    Correction,
    Fixes,
    corrected_files,
)
from orchestration.landing.errors import LandingError
from orchestration.landing.expectations import Contract
from orchestration.landing.files import SourceFile
from orchestration.landing.headers import header_of
from orchestration.landing.jobs import Delivery, Job
from orchestration.landing.layouts import Layout
from orchestration.landing.ledger import Batch, Ledger
from orchestration.landing.plan import Shape, make_plan
from orchestration.landing.sources import SourcesConfig
from orchestration.landing.types_of_texts import sniff_types
from orchestration.landing.work import Tally, Target
from orchestration.settings import Settings


@dataclass(frozen=True)
class Due:
    """A corrected file under the present mapping: its rows that count, and those left out."""

    corrected: CorrectedFile
    origin: Batch | None
    """The live batch whose records are corrected; None where none counts any more."""
    rows: tuple[Correction, ...]
    left_out: tuple[Correction, ...]
    mapping: str

    @cached_property
    def delivery(self) -> Delivery:
        """What the batch is made of: the fix, the mapping, and which rows are left out."""
        path, file = self.corrected.path, self.corrected
        source_file = SourceFile(file.source, path, file.file, "correction")
        mapping = self.mapping
        if self.left_out:
            lines = [row.line for row in self.left_out]
            mapping = hashlib.sha256(json.dumps([mapping, lines]).encode()).hexdigest()
        return Delivery(source_file, file.content_hash, mapping, Stamp.of(path))

    @property
    def batch_id(self) -> str:
        return self.delivery.batch_id(self.corrected.entity)


def due_corrections(config: SourcesConfig, settings: Settings, ledger: Ledger) -> Iterator[Due]:
    """All corrections of what is mapped, in the order of the fixes."""
    fixes = Fixes.read(settings.landing)
    live = live_by_content(ledger) if fixes.files else {}
    for file in fixes.files:
        due = due_correction(file, fixes, live, config, settings)
        if due:
            yield due


def due_correction(
    file: CorrectedFile,
    fixes: Fixes,
    live: Mapping[tuple[str, str, str], Batch],
    config: SourcesConfig,
    settings: Settings,
) -> Due | None:
    """One of them; None where nothing is to be done with it.

    That is so where its source does not map the entity any more, and where the corrected file
    counts under an older mapping because it is not delivered any more: then its corrections stay
    as they are, too.
    """
    source = config.sources.get(file.source)
    if source is None or file.entity not in source.entities:
        return None
    origin = live.get((file.source, file.corrects, file.entity))
    # That of what is pulled says also which columns tell its rows apart.
    is_pulled = source.kind != "file"
    mapping = origin.mapping_hash if origin and is_pulled else mapping_hash(file.source, source)
    has_landed = (file.source, file.content_hash, file.entity) in live
    if origin and origin.mapping_hash != mapping and has_landed:
        return None
    rejected = _rejected_lines(origin, settings)

    def counts(row: Correction) -> bool:
        is_last = fixes.latest.get(row.entry_id, file.fix) == file.fix
        return row.action == LAND and row.line in rejected and is_last

    return Due(
        file,
        origin,
        tuple(row for row in file.rows if counts(row)),
        tuple(row for row in file.rows if not counts(row)),
        mapping,
    )


def live_by_content(ledger: Ledger) -> dict[tuple[str, str, str], Batch]:
    """(source, content hash, entity) → the batch that counts."""
    return {
        (batch.source, batch.content_hash, batch.entity): batch
        for batch in ledger.batches()
        if batch.superseded_by is None
    }


def _rejected_lines(origin: Batch | None, settings: Settings) -> frozenset[int]:
    if origin is None:
        return frozenset()
    path = quarantine.file_of(settings.landing, settings.quarantine, origin.entity, origin.batch_id)
    if path is None:
        return frozenset()
    return frozenset(pq.read_table(path, columns=["line"]).column("line").to_pylist())


def open_correction(
    due: Due,
    config: SourcesConfig,
    settings: Settings,
    ledger: Ledger,
    connection: duckdb.DuckDBPyConnection,
) -> Job:
    """Plan the landing of a file's corrected records, judged and mapped as the file itself.

    Rows that are left out are counted as filtered. Raises `LandingError` where the mapping does not
    fit the file.
    """
    file = due.corrected
    layout = layout_of(due.origin.entity, due.origin.batch_id, settings) if due.origin else Layout()
    columns = tuple(layout.types) or _columns_in(file.rows)
    reader = CorrectionReader(due.rows, columns, layout, connection)

    def types(names: Sequence[str]) -> dict[str, Type]:
        sample = reader.sample()
        formats = config.sources[file.source].number_formats
        guessed = (
            sniff_types(sample.select(list(names)), connection, formats)
            if sample is not None
            else {}
        )
        return {name: _known_type(layout, name) or guessed[name] for name in names}

    objects = header_of(reader, file.file, has_order=False).objects
    shape = Shape(file.file, reader.columns, reader.stored_types(), objects=objects)
    plan = make_plan(config, file.source, shape, types, connection)
    entity = file.entity
    judged = next(one for one in plan.entities if one.entity.name == entity)
    target = Target(
        replace(judged, unexpected=_unexpected(file, layout, config, ledger)),
        due.batch_id,
        aside_of(settings.landing, entity, due.batch_id),
        aside_of(settings.quarantine, entity, due.batch_id),
        tuple(_earlier_parts(due, settings, ledger)),
    )
    out = len(due.left_out)
    return Job(
        due.delivery,
        plan,
        reader,
        (target,),
        max_rejected_share=1,
        agreed=None,
        records=out,
        tallies={entity: _left_out(out)},
    )


def _unexpected(
    file: CorrectedFile, layout: Layout, config: SourcesConfig, ledger: Ledger
) -> tuple[str, ...]:
    """The columns in which the contract allows no value: those of the file, but for what is mapped,
    or part of the source, by now."""
    if config.expected(file.source, file.entity).contract is not Contract.DISCARD_ROW:
        return ()
    agreed = ledger.last_header(file.source, file.entity)
    return tuple(name for name in layout.unexpected if not agreed or name not in agreed.by_name)


def _left_out(rows: int) -> Tally:
    """Rows that are filtered without being read, so that their money is not known."""
    tally = Tally(filtered=rows)
    if rows:
        unread = Amounts(rows, without_amount=rows)
        tally.book.add(Fate.READ, NO_CURRENCY, unread)
        tally.book.add(Fate.FILTERED, NO_CURRENCY, unread)
    return tally


def check_corrections(
    rows: Sequence[Correction], config: SourcesConfig, settings: Settings
) -> None:
    """Raise `LandingError` for what would keep corrections from being landed at all."""
    problems: list[str] = []
    with Ledger(settings.state) as ledger, duckdb.connect() as connection:
        live = live_by_content(ledger)
        for file in corrected_files("new", settings.state, rows):
            due = due_correction(file, Fixes(()), live, config, settings)
            if due is None:
                problems.append(
                    f"{file.file} ({file.entity}): sources.yml does not map {file.entity} of "
                    f"{file.source!r} any more, so that nothing of it can be landed."
                )
                continue
            try:
                open_correction(due, config, settings, ledger, connection)
            except LandingError as error:
                problems += error.problems
    if problems:
        raise LandingError(*problems)


def layout_of(entity: str, batch: str, settings: Settings) -> Layout:
    """How a batch's file was read; an empty layout where that is not known."""
    path = quarantine.file_of(settings.landing, settings.quarantine, entity, batch)
    return Layout.of(path) if path else Layout()


def _known_type(layout: Layout, name: str) -> Type | None:
    known = layout.types.get(name)
    return Type[known] if known else None


def _columns_in(rows: Sequence[Correction]) -> tuple[str, ...]:
    names = {
        name: None
        for row in rows
        for text in (row.original, row.changes)
        if text
        for name in json.loads(text)
    }
    return tuple(names)


def _earlier_parts(due: Due, settings: Settings, ledger: Ledger) -> Iterator[Path]:
    """What landed of the corrected file before: its own rows, and those of earlier fixes."""
    if due.origin is None or not ENTITIES[due.corrected.entity].makes_key:
        return
    live = live_by_content(ledger)
    batches = [due.origin]
    for file in Fixes.read(settings.landing).files:
        if file.fix == due.corrected.fix:
            break
        if file.prefix == due.corrected.prefix:
            earlier = live.get((file.source, file.content_hash, file.entity))
            batches += [earlier] if earlier else []
    yield from parts_of(
        settings.landing, due.corrected.entity, [batch.batch_id for batch in batches]
    )
