"""A channel in a test: people go in, the files that it would be sent come out."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from orchestration.exports import DESTINATIONS, ExportResult, stage

if TYPE_CHECKING:
    from tests.unit.exports.conftest import Warehouse

PERSON: dict[str, Any] = {
    "email": " Ivan.Petrov+news@Gmail.com ",
    "phone": "8 (987) 654-32-10",
    "first_name": "Иван",
    "last_name": "Петров",
    "company_name": 'ООО "Ромашка"',
    "birth_date": "1980-05-07",
    "postal_code": " 101000 ",
    "city": "Москва",
    "country": "ru",
}


@dataclass(frozen=True)
class Sent:
    """What became of an export, and its files."""

    result: ExportResult
    folder: Path

    def bytes(self, ending: str = ".csv") -> bytes:
        (path,) = self.folder.glob(f"*{ending}")
        return path.read_bytes()

    def rows(
        self, ending: str = ".csv", delimiter: str = ",", encoding: str = "utf-8"
    ) -> list[list[str]]:
        """All lines of the file, the header among them."""
        text = self.bytes(ending).decode(encoding)
        assert "\r" not in text
        return list(csv.reader(io.StringIO(text), delimiter=delimiter, strict=True))

    @property
    def dropped(self) -> dict[str, int]:
        return dict(self.result.counts.dropped_by_reason)

    @property
    def blanks(self) -> dict[str, int]:
        return dict(self.result.blank_cells)


@dataclass
class Channel:
    """One segment, `seg_a`, on its way to a destination; minimum sizes are off unless asked for."""

    warehouse: Warehouse
    monkeypatch: pytest.MonkeyPatch

    def person(self, key: str = "c1", **columns: Any) -> None:
        self.warehouse.contact(key, **{**PERSON, **columns})

    def send(
        self,
        name: str,
        members: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        minimum: bool = False,
        limits: Mapping[str, int] | None = None,
        **options: Any,
    ) -> Sent:
        """Export everyone there is (or `members`, with values) to `name`."""
        if members is None:
            contacts = self.warehouse.connection.execute(
                "select customer_key from restricted.customer_contacts"
            ).fetchall()
            members = {key: 10 for (key,) in contacts}
        self.warehouse.connection.execute("drop table if exists segments.seg_a")
        self.warehouse.segment("seg_a", members)
        changed = {**({} if minimum else {"refuse_below": 0}), **(limits or {})}
        destination = replace(DESTINATIONS[name], **changed)
        self.monkeypatch.setattr(stage, "DESTINATIONS", {**DESTINATIONS, name: destination})
        settings = self.warehouse.settings
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        said = {name: {"headers": dict(headers or {}), "options": options}}
        # JSON is YAML.
        settings.destinations_file.write_text(json.dumps({"destinations": said}))
        result = self.warehouse.only(name)
        return Sent(result, settings.exports / ".staging-test" / name / "rtn_s01")


@pytest.fixture
def channel(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> Channel:
    return Channel(warehouse, monkeypatch)
