"""What people do with the quarantine: take entries out, bring them back corrected."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from orchestration.entities import ENTITIES
from orchestration.landing.corrections.edits import Edits, Requeued
from orchestration.landing.corrections.jobs import check_corrections, layout_of
from orchestration.landing.corrections.quarantined import (
    Entry,
    EntryFilter,
    quarantine_views,
    read_entries,
)
from orchestration.landing.corrections.sheet import ID, OURS, SheetRow, read_sheet, write_sheet
from orchestration.landing.corrections.store import Correction, add_fix
from orchestration.landing.errors import LandingError, did_you_mean, listed
from orchestration.landing.land import land_corrections
from orchestration.landing.sources import SourcesConfig
from orchestration.landing.telling import Progress
from orchestration.settings import Settings
from orchestration.sql import literals

NO_RATE = "no_exchange_rate"
MIXED = "mixed_currencies"
"""Reasons of rows that landed, which no correction of rejected rows mends."""


def export(settings: Settings, wanted: EntryFilter, to: Path) -> int:
    """Write entries to a table that a person corrects (`sheet`); returns how many.

    Raises `LandingError` where nothing fits, naming what there is.
    """
    if wanted.entity and wanted.entity not in ENTITIES:
        raise LandingError(
            f"{wanted.entity!r} is no entity.{did_you_mean(wanted.entity, ENTITIES)} "
            f"Known: {listed(list(ENTITIES))}."
        )
    if wanted.reason == NO_RATE:
        raise LandingError(
            "Rows without an exchange rate are sound: they wait for a rate and leave the "
            "quarantine by themselves. Deliver exchange_rates for their days, or add them to "
            "seeds/exchange_rates.csv, and run again."
        )
    if wanted.reason == MIXED:
        raise LandingError(
            "Orders in several currencies have landed: they leave the quarantine by themselves. "
            "Deliver the order or its lines again with the right currency, and run again."
        )
    with quarantine_views(settings) as connection:
        entries = read_entries(connection, wanted.sql())
    if not entries:
        raise LandingError(
            "No entry of the quarantine is like this. `retention quarantine show` lists what there "
            "is."
        )
    names = dict.fromkeys(_file_columns(entries, settings))
    if clash := set(names) & set(OURS):
        raise LandingError(
            f"column {min(clash)!r} of the source has a name that the export needs itself. "
            "Rename it in the source."
        )
    return write_sheet(to, [*OURS, *names], (_sheet_row(entry) for entry in entries))


def _file_columns(entries: Iterable[Entry], settings: Settings) -> Iterator[str]:
    """The columns of the entries' files, those of each file in their order."""
    seen = set()
    for entry in entries:
        if entry.batch not in seen:
            seen.add(entry.batch)
            yield from layout_of(entry.entity, entry.batch, settings).types
        yield from entry.texts


def _sheet_row(entry: Entry) -> dict[str, str]:
    return {
        **entry.texts,
        ID: entry.entry_id,
        "quarantine_source": entry.source,
        "quarantine_entity": entry.entity,
        "quarantine_file": entry.file,
        "quarantine_line": str(entry.line),
        "quarantine_reason": entry.reason,
        "quarantine_column": entry.column or "",
        "quarantine_value": entry.value or "",
        "quarantine_message": entry.message,
        "quarantine_raw_row": entry.raw_row,
    }


def requeue(path: Path, config: SourcesConfig, settings: Settings, progress: Progress) -> Requeued:
    """Land the corrected records of a table and close the entries of those that are accepted.

    Rows that are as they were stay open, rows that were requeued before are passed over: the same
    table twice does nothing new. Raises `LandingError`, having done nothing, that names every row
    whose id is unknown, stands twice, or is closed already by another correction.
    """
    land_corrections(config, settings, progress)  # what an earlier requeue was cut off from
    columns, rows = read_sheet(path)
    fix = Edits(path.name, columns, _open_and_closed(rows, settings), settings)
    corrections = [found for row in rows if (found := fix.correction(row))]
    if fix.problems:
        raise LandingError(*fix.problems)
    if corrections:
        check_corrections(corrections, config, settings)
        add_fix(settings.landing, corrections)
        land_corrections(config, settings, progress)
        _count_outcomes(corrections, settings, fix.done)
    return fix.done


def _open_and_closed(rows: Sequence[SheetRow], settings: Settings) -> dict[str, Entry]:
    ids = literals(sorted({row.cells[ID].strip() for row in rows}))
    with quarantine_views(settings) as connection:
        found = read_entries(connection, f"entry_id in ({ids})") if rows else []
    return {entry.entry_id: entry for entry in found}


def _count_outcomes(corrections: Sequence[Correction], settings: Settings, done: Requeued) -> None:
    with quarantine_views(settings) as connection:
        ids = literals(row.entry_id for row in corrections)
        entries = {e.entry_id: e for e in read_entries(connection, f"entry_id in ({ids})")}
    for row in corrections:
        entry = entries[row.entry_id]
        match entry.closed_as:
            case "accepted":
                done.accepted += 1
            case "filtered":
                done.filtered += 1
            case "dismissed":
                done.dismissed += 1
            case _:
                column = f"column {entry.column}: " if entry.column else ""
                done.still_open.append((row.fix_line, f"{column}{entry.reason}: {entry.message}"))
