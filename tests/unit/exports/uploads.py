"""What the tests of adds and removes do over and over: change who is in `seg_a`, and release."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from orchestration.exports import DESTINATIONS, acknowledge, release_exports, stage
from orchestration.exports.model import ExportResult

if TYPE_CHECKING:
    from conftest import Warehouse

NOW = datetime(2026, 2, 1, tzinfo=UTC)
AS_OF = date(2026, 1, 31)
AUDIENCE = "generic_csv/rtn_s01"


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def members(warehouse: Warehouse, *keys: str) -> None:
    """Let the segment be these customers."""
    warehouse.connection.execute("delete from segments.seg_a")
    for key in keys:
        warehouse.connection.execute(
            "insert into segments.seg_a by name select $1 as customer_key, $1 as customer_id, "
            "'rtn_s01' as segment_code, 10 as value, 'EUR' as currency, "
            "date '2026-01-31' as as_of_date",
            [key],
        )


def release(warehouse: Warehouse, mode: str = "mirror", **options: Any) -> ExportResult:
    """Stage and release `seg_a`; what came of it."""
    destination = options.pop("destination", "generic_csv")
    full = options.pop("full", ())
    export = warehouse.export(destination, sync_mode=mode, **options)
    report = warehouse.stage(export, full=full)
    release_exports(report, warehouse.settings, NOW)
    return next(one for one in report.results if one.export.pair == export.pair)


def forget(warehouse: Warehouse) -> None:
    """Let identifiers be unknown, as those of releases are that lie too far back."""
    for state in acknowledge.states(warehouse.settings):
        state.unlink()


def rows(warehouse: Warehouse, result: ExportResult) -> dict[str, list[dict[str, str]]]:
    """The rows of the released files by role, empty cells left out."""
    folder = warehouse.settings.exports / "latest" / "/".join(result.export.pair)
    found = {}
    for entry in result.files:
        with (folder / entry.name).open(newline="") as text:
            read = [{k: v for k, v in row.items() if v} for row in csv.DictReader(text)]
        assert len(read) == entry.rows
        found[entry.role] = read
    return found


def emails(warehouse: Warehouse, result: ExportResult) -> dict[str, list[str]]:
    return {
        role: sorted(row["email"] for row in found)
        for role, found in rows(warehouse, result).items()
    }


def limit(monkeypatch: pytest.MonkeyPatch, name: str = "generic_csv", **limits: Any) -> None:
    """Let a destination take less than it does."""
    changed = replace(DESTINATIONS[name], **limits)
    monkeypatch.setattr(stage, "DESTINATIONS", {**DESTINATIONS, name: changed})
