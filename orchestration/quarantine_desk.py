"""The commands that people work with the quarantine by: settings in, sentences out."""

import os
from pathlib import Path

from orchestration.erasure import check_none_cut_off
from orchestration.landing import load_sources
from orchestration.landing.corrections.desk import export, requeue
from orchestration.landing.corrections.quarantined import EntryFilter, reasons
from orchestration.run_lock import RunLock
from orchestration.settings import Settings
from orchestration.sources_file import sources_file


def show_quarantine(settings: Settings) -> str:
    """How many entries of each kind are open and closed, as a table."""
    found = reasons(settings)
    if not found:
        return "The quarantine is empty."
    rows = [
        ("source", "entity", "reason", "open", "closed"),
        *(
            (one.source, one.entity, one.reason, f"{one.open:,}", f"{one.closed:,}")
            for one in found
        ),
    ]
    widths = [max(len(row[place]) for row in rows) for place in range(5)]
    return "\n".join(
        "  ".join(
            text.ljust(width) if place < 3 else text.rjust(width)
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def export_entries(settings: Settings, wanted: EntryFilter, to: Path) -> str:
    """Write entries to a table for a person to correct, and say what to do with it."""
    count = export(settings, wanted, to)
    return (
        f"{count:,} entries are in {to}. Correct the columns of the source there (or write "
        "`dismiss` into quarantine_action to leave a row out for good), then run\n"
        f"  retention requeue {to}"
    )


def requeue_entries(settings: Settings, path: Path) -> str:
    """Land the corrected rows of a table, and say what became of each."""
    with RunLock(settings.data_dir, what="retention requeue"):
        check_none_cut_off(settings)
        environment = {**os.environ, "RETENTION_DATA_DIR": str(settings.data_dir)}
        config = load_sources(sources_file(settings), environment)
        done = requeue(path, config, settings, lambda _event: None)
    tried = done.accepted + done.filtered + done.dismissed + len(done.still_open)
    said = [
        f"{tried:,} rows requeued = {done.accepted:,} accepted + {done.filtered:,} filtered + "
        f"{done.dismissed:,} dismissed + {len(done.still_open):,} still open"
        if tried
        else "Nothing new."
    ]
    said += [f"  {path.name} line {line}, {why}" for line, why in done.still_open]
    if done.done_before:
        said.append(f"{done.done_before:,} rows were requeued before and are done.")
    if done.unchanged:
        said.append(f"{done.unchanged:,} rows are as they were; their entries stay open.")
    if done.accepted:
        said.append("The next run (`make run`) counts what was accepted.")
    return "\n".join(said)
