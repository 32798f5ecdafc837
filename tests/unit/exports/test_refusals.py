"""What is not exported, and that the message says why and names nobody."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from orchestration.exports import ExportError
from orchestration.exports.writer import checked_sha256

if TYPE_CHECKING:
    from conftest import Warehouse


@pytest.mark.parametrize(
    ("ruin", "message"),
    [
        ("drop table restricted.suppressions", "restricted.suppressions cannot be read"),
        ("drop table restricted.outbound_contacts", "outbound_contacts cannot be read"),
        ("drop table segments.segment_settings", "segments.segment_settings cannot be read"),
        ("alter table segments.segment_settings drop cap_days", "cap_days"),
        ("insert into segments.segment_settings (segment) values ('seg_aa')", "does not exist"),
        (
            "insert into segments.segment_settings (segment) values ('seg_a'), ('seg_a')",
            "'seg_a' twice",
        ),
        ("drop table segments.seg_a", "Segment 'seg_a' cannot be read"),
        ("insert into segments.seg_a from segments.seg_a", "stand twice"),
        ("update segments.seg_a set as_of_date = '2025-12-31'", "another day than 2026-01-31"),
        ("update segments.seg_a set customer_id = null", "without customer_key or customer_id"),
        (
            "insert into restricted.customer_contacts from restricted.customer_contacts",
            "rows too many",
        ),
        (
            "create or replace table segments.segment_settings as select 'seg_a' as segment, "
            "'secret' as holdout_bps, 'salt' as salt_id, 1 as cap, 1 as cap_days, "
            "'' as cap_counts, 1 as priority",
            "could not be made: ConversionException",
        ),
    ],
)
def test_errors_say_what_is_wrong_and_name_nobody(
    warehouse: Warehouse, ruin: str, message: str
) -> None:
    warehouse.contact("secret", email="secret@example.com")
    warehouse.segment("seg_a", ["secret"])
    warehouse.connection.execute(ruin)
    with pytest.raises(ExportError) as raised:
        warehouse.only()
    assert message in str(raised.value)
    assert "secret" not in str(raised.value)
    assert "export_" not in str(warehouse.connection.execute("show all tables").fetchall())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"destination": "fax"}, "There are: amocrm"),
        ({"audience": "High income!"}, "neutral code"),
        ({"audience": "a__b"}, "neutral code"),
        ({"sync_mode": "swap"}, "There are: replace, append, remove, mirror"),
        ({"hashed": True}, "no column to hash"),
    ],
)
def test_declarations_that_cannot_be_are_refused(
    warehouse: Warehouse, options: dict[str, object], message: str
) -> None:
    with pytest.raises(ExportError, match=message):
        warehouse.stage(warehouse.export(**options))


def test_two_exports_to_one_audience_are_refused(warehouse: Warehouse) -> None:
    with pytest.raises(ExportError, match="each would replace the other"):
        warehouse.stage(warehouse.export(), warehouse.export(segment="seg_b"))


@pytest.mark.parametrize("empty", [hashlib.sha256(b"").hexdigest(), hashlib.md5(b"").hexdigest()])  # noqa: S324
@pytest.mark.parametrize("place", [0, (1 << 20) - 20])
def test_the_hash_of_nothing_is_found_in_a_file(tmp_path: Path, empty: str, place: int) -> None:
    path = tmp_path / "file.csv"
    path.write_text("x" * place + empty + "\n")
    with pytest.raises(ExportError, match="empty text"):
        checked_sha256(path)
