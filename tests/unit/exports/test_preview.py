"""What everybody may see of an export: shapes and sizes, no person."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from orchestration.exports import ledger, preview, release_exports

if TYPE_CHECKING:
    from conftest import Warehouse


def test_a_preview_shows_forms_and_no_value(warehouse: Warehouse) -> None:
    warehouse.contact("a", email="anna.berg7@example.com", phone="+4917123456789")
    warehouse.contact("b", email="bert@example.com")
    warehouse.segment("seg_a", ["a", "b"])
    folder = warehouse.release(warehouse.export()) / "generic_csv" / "rtn_s01"
    (entry,) = warehouse.only().files
    columns = {one.name: one for one in preview.columns_of(folder / entry.name, entry)}
    assert list(columns) == list(entry.columns)
    assert columns["phone_e164"].form == "+9"
    assert (columns["phone_e164"].filled, columns["email"].filled) == (0.5, 1.0)
    assert columns["value"].form == "9.9"
    shown = " ".join(f"{one.name} {one.form}" for one in columns.values())
    assert not any(text in shown for text in ("anna", "bert", "example", "4917", "EUR"))


def test_a_hash_is_shown_as_one() -> None:
    assert preview.form("ab" * 32) == preview.form("01" * 16) == "hash"
    assert preview.form("Élodie Müller-Ng 3b") == "a a-a 9a"
    assert preview.form("Анна.Иванова@пример.рф") == "a.a@a.a"


def test_sizes_are_those_of_the_releases_and_of_now(warehouse: Warehouse) -> None:
    warehouse.contact("a")
    warehouse.contact("b")
    warehouse.segment("seg_a", ["a", "b"])
    report = warehouse.stage(warehouse.export())
    release_exports(report, warehouse.settings, datetime(2026, 2, 1, tzinfo=UTC))
    path = warehouse.settings.state / ledger.NAME
    lines = [path.read_text().replace("2026-01-31", f"2026-01-{day}") for day in range(10, 31)]
    path.write_text("".join(lines))
    warehouse.suppress(customer_key="b", channel="all")
    result = warehouse.only()
    days = ledger.released_by_day(path, date(2026, 1, 31))
    found = preview.sizes(days, result, date(2026, 1, 31))
    assert len(found) == 12
    assert found[-2:] == [("2026-01-30", 2), ("2026-01-31", 1)]
    chart = preview.chart(found).splitlines()
    assert chart[-2] == f"2026-01-31  {'█' * 15:30}  1"
    assert chart[-3] == f"2026-01-30  {'█' * 30}  2"
