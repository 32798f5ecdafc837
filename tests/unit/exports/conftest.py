"""A small warehouse in memory, with the tables that exports read."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.exports import (
    ExportReport,
    ExportResult,
    SegmentExport,
    release_exports,
    stage_exports,
)
from orchestration.settings import Settings

AS_OF = date(2026, 1, 31)
PURPOSES = (
    "email_marketing",
    "sms_marketing",
    "call_marketing",
    "ad_user_data",
    "ad_personalization",
)

SCHEMA = """
create schema segments;
create schema restricted;
create table restricted.customer_contacts (
    customer_key varchar, customer_id varchar, email varchar, phone varchar, first_name varchar,
    last_name varchar, company_name varchar, birth_date date, gender varchar, street varchar,
    postal_code varchar, city varchar, region varchar, country varchar, language varchar,
    is_test boolean
);
create table restricted.consent_status (
    customer_key varchar, purpose varchar, status varchar, recorded_at timestamptz, expires_on date
);
create table restricted.suppressions (
    customer_key varchar, identifier varchar, channel varchar, reason varchar,
    recorded_at timestamptz
);
create table restricted.outbound_contacts (
    customer_key varchar, channel varchar, contact_date date
);
create table segments.segment_settings (
    segment varchar, holdout_bps integer, salt_id varchar, cap integer, cap_days integer,
    cap_counts varchar, priority integer
);
"""


@dataclass
class Warehouse:
    """A warehouse whose rows tests put in by name, and the data folder of its exports."""

    connection: duckdb.DuckDBPyConnection
    settings: Settings

    def add(self, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
        for row in rows:
            names = ", ".join(row)
            marks = ", ".join("?" * len(row))
            self.connection.execute(
                f"insert into {table} ({names}) values ({marks})", list(row.values())
            )

    def contact(self, key: str, *, consents: Iterable[str] = PURPOSES, **columns: Any) -> None:
        """A contact that, unless told otherwise, may be exported everywhere by its e-mail."""
        row = {"customer_key": key, "email": f"{key}@example.com", "country": "DE", **columns}
        self.add("restricted.customer_contacts", [row])
        self.consent(key, *consents)

    def consent(self, key: str, *purposes: str, **columns: Any) -> None:
        for purpose in purposes:
            row = {"customer_key": key, "purpose": purpose, "status": "granted", **columns}
            self.add("restricted.consent_status", [row])

    def suppress(self, **columns: Any) -> None:
        self.add("restricted.suppressions", [columns])

    def set(self, segment: str = "seg_a", **columns: Any) -> None:
        """What marketing sets for `segment`."""
        self.add("segments.segment_settings", [{"segment": segment, **columns}])

    def contacted(self, key: str, *days: date, channel: str = "e-mail") -> None:
        """Contacts of the log."""
        rows = [{"customer_key": key, "channel": channel, "contact_date": day} for day in days]
        self.add("restricted.outbound_contacts", rows)

    def segment(
        self, name: str, members: Mapping[str, Any] | Iterable[str], as_of: date = AS_OF
    ) -> None:
        """A segment of customers (key = id), with values where a mapping is given."""
        values = members if isinstance(members, Mapping) else dict.fromkeys(members, 10)
        self.connection.execute(f"""
            create table segments.{name} (
                customer_key varchar, customer_id varchar, segment_code varchar,
                value decimal(18, 2), currency varchar, as_of_date date,
                suggested_action_en varchar, suggested_action_ru varchar, reason_en varchar,
                reason_ru varchar, due_date date, last_order_date date, manager_id varchar
            )""")
        for key, value in values.items():
            self.connection.execute(
                f"insert into segments.{name} "
                "values (?, ?, 'rtn_s01', ?, 'EUR', ?, 'Call', 'Звонок', 'Silent', 'Молчит', "
                "date '2026-02-14', date '2025-11-02', 'm1')",
                [key, key, value, as_of],
            )

    @staticmethod
    def export(
        destination: str = "generic_csv", segment: str = "seg_a", **options: Any
    ) -> SegmentExport:
        return SegmentExport(segment, destination, options.pop("audience", "rtn_s01"), **options)

    def only(self, destination: str = "generic_csv") -> ExportResult:
        """The result of exporting `seg_a` to `destination`."""
        return self.stage(self.export(destination)).results[0]

    def dropped(self, destination: str = "generic_csv") -> dict[str, int]:
        """Customers of `seg_a` who do not go to `destination`, by reason."""
        return dict(self.only(destination).counts.dropped_by_reason)

    def stage(self, *exports: SegmentExport, **options: Any) -> ExportReport:
        staging = self.settings.exports / ".staging-test"
        return stage_exports(self.connection, exports, self.settings, AS_OF, staging, **options)

    def release(self, *exports: SegmentExport, **options: Any) -> Path:
        return release_exports(self.stage(*exports, **options), self.settings)


@pytest.fixture
def new_warehouse(tmp_path: Path) -> Iterator[Callable[[], Warehouse]]:
    made: list[Warehouse] = []

    def make() -> Warehouse:
        connection = duckdb.connect()
        connection.execute(SCHEMA)
        data_dir = tmp_path / f"data{len(made)}"
        made.append(Warehouse(connection, Settings(data_dir, data_dir / "sources.yml")))
        return made[-1]

    yield make
    for warehouse in made:
        warehouse.connection.close()


@pytest.fixture
def warehouse(new_warehouse: Callable[[], Warehouse]) -> Warehouse:
    return new_warehouse()
