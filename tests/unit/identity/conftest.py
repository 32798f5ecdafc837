"""A company whose landed rows tests put in by name, and what identity makes of them."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.entities import ENTITIES
from orchestration.identity.overrides import Override
from orchestration.identity.resolve import resolve_landed
from orchestration.identity.rules import Rules
from orchestration.identity.tables import path_of
from orchestration.landing.landed import empty_select
from orchestration.settings import Settings
from orchestration.sql import literal


class Company:
    """Rows of landing, and the registry in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(folder, folder / "sources.yml")
        self.rules = Rules()
        self.sequence = 0
        self._connection = duckdb.connect(config={"threads": 2})
        self._connection.execute("create schema landing")
        for name, entity in ENTITIES.items():
            self._connection.execute(
                f"create table landing.{name} as select *, 0::bigint as _sequence "
                f"from ({empty_select(entity)})"
            )

    def land(self, entity: str, *rows: Mapping[str, Any], source: str = "crm") -> "Company":
        """Another batch of an entity."""
        self.sequence += 1
        cells = [
            {"_source": source, **row, "_row": number, "_sequence": self.sequence}
            for number, row in enumerate(rows, 1)
        ]
        for names in {tuple(row) for row in cells}:
            values = ", ".join(
                f"({', '.join(_literal(row[name]) for name in names)})"
                for row in cells
                if tuple(row) == names
            )
            self._connection.execute(
                f"insert into landing.{entity} ({', '.join(names)}) values {values}"
            )
        return self

    def customer(self, customer_id: str, *, source: str = "crm", **columns: Any) -> "Company":
        """A record of the CRM, of Germany unless told otherwise."""
        row = {"customer_id": customer_id, "country": "DE", **columns}
        return self.land("customers", row, source=source)

    def order(self, order_id: str, *, source: str = "shop", **columns: Any) -> "Company":
        row = {"order_id": order_id, "ordered_at": "2026-01-01 00:00:00+00", **columns}
        return self.land("orders", row, source=source)

    def resolve(self) -> dict[str, int]:
        """customer_id → key, after another run."""
        resolve_landed(self._connection, self.settings, self.rules, self.sequence)
        return dict(self.table("customer_keys", "customer_id, customer_key"))

    def customers(self) -> set[frozenset[str]]:
        """Who is one customer, after another run; each alone is left out."""
        groups: dict[int, set[str]] = {}
        for identity, key in self.resolve().items():
            groups.setdefault(key, set()).add(identity)
        return {frozenset(group) for group in groups.values() if len(group) > 1}

    def table(self, name: str, columns: str = "*") -> list[tuple[Any, ...]]:
        """Rows of a table that the last run wrote, sorted."""
        file = path_of(self.settings, name)
        return self._connection.execute(
            f"select {columns} from read_parquet('{file}') order by all"
        ).fetchall()

    def decide(self, *decisions: tuple[str, str, str]) -> "Company":
        """What people wrote: (identity, join or split, identity)."""
        overrides = tuple(
            Override(*sorted((one, other)), decision, f"because {line}", line)
            for line, (one, decision, other) in enumerate(decisions, 2)
        )
        self.rules = Rules(**{**vars(self.rules), "overrides": overrides})
        return self

    def rule(self, **rules: Any) -> "Company":
        self.rules = Rules(**{**vars(self.rules), **rules})
        return self


def _literal(value: Any) -> str:
    if value is None:
        return "null"
    return literal(json.dumps(value) if isinstance(value, dict) else str(value))


@pytest.fixture(autouse=True)
def no_power_cuts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is synced: quicker."""
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return Company(tmp_path)
