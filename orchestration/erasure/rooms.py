"""Forgetting in what is kept: landing, quarantine, corrections and the customer key registry."""

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.entities import ENTITIES
from orchestration.files import private_file, write_aside_then_rename
from orchestration.identity import registry
from orchestration.landing import quarantine
from orchestration.landing.corrections import store
from orchestration.landing.erased import ErasureList
from orchestration.landing.scrub import mask_rejected, scrub_parts
from orchestration.settings import Settings


def scrub_landing(settings: Settings, erased: ErasureList, pattern: str) -> int:
    """Scrub the parts of all batches, also of those that no longer count; returns how many.

    `pattern` (RE2): what is not to stand in any text.
    """
    written = 0
    with duckdb.connect(
        config={"memory_limit": "1GB", "temp_directory": str(settings.data_dir / "tmp")}
    ) as connection:
        connection.execute("set timezone = 'UTC'")
        for name, entity in ENTITIES.items():
            parts = sorted(settings.landing.glob(f"{name}/batch=*/part-*.parquet"))
            written += len(scrub_parts(entity, parts, erased, connection, pattern))
    return written


def mask_quarantine(settings: Settings, erased: ErasureList) -> int:
    """Mask rejected records in landing, and show the same in quarantine; returns how many."""
    masked = 0
    for kept in sorted(settings.landing.glob(f"*/batch=*/{quarantine.FILE}")):
        masked += mask_rejected(kept, erased)
        shown = settings.quarantine / kept.relative_to(settings.landing)
        if shown.exists() and not shown.samefile(kept):
            shown.unlink()
            quarantine.link(kept, shown)
    for alone in sorted(settings.quarantine.glob(f"*/batch=*/{quarantine.FILE}")):
        masked += mask_rejected(alone, erased)
    return masked


def mask_corrections(settings: Settings, erased: ErasureList) -> int:
    """Take the texts out of corrected records that name the person; returns how many.

    The corrected rows themselves have landed and are scrubbed there.
    """
    masked = 0
    for path in sorted((settings.landing / store.FOLDER).glob("fix-*.parquet")):
        table = pq.read_table(path)
        rows = table.to_pylist()
        concerned = [row for row in rows if erased.mentions(row["original"], row["changes"])]
        for row in concerned:
            row["original"], row["changes"] = None, "{}"
        if concerned:
            _rewrite(path, pa.Table.from_pylist(rows, table.schema))
        masked += len(concerned)
    return masked


def rename_in_registry(settings: Settings, erased: ErasureList) -> int:
    """Let the person's keys belong to their pseudonyms; returns how many entries changed."""
    changed = 0
    for path in registry.parts(settings):
        table = pq.read_table(path)
        ids = table.column("customer_id").to_pylist()
        renamed = [erased.pseudonym_of(one) or one for one in ids]
        count = sum(old != new for old, new in zip(ids, renamed, strict=True))
        table = _with(table, "customer_id", renamed)
        if "detail" in table.schema.names:
            details = table.column("detail").to_pylist()
            kept = [None if text and erased.mentions(text) else text for text in details]
            count += sum(old != new for old, new in zip(details, kept, strict=True))
            table = _with(table, "detail", kept)
        if count:
            _rewrite(path, table)
        changed += count
    return changed


def _with(table: pa.Table, column: str, values: Sequence[str | None]) -> pa.Table:
    place = table.schema.get_field_index(column)
    field = table.schema.field(place)
    return table.set_column(place, field, pa.array(values, field.type))


def _rewrite(path: Path, table: pa.Table) -> None:
    mode = path.stat().st_mode
    with write_aside_then_rename(path) as aside:
        private_file(aside)
        pq.write_table(table, aside, compression="zstd")
        aside.chmod(mode)
