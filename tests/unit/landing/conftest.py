"""A company in a temporary folder: its sources.yml, its deliveries, what landed of them."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from textwrap import dedent
from typing import Any

import duckdb
import pytest

from orchestration.landing import (
    LandingError,
    LandingEvent,
    LandingReport,
    create_landing_views,
    land,
    load_sources,
)
from orchestration.settings import Settings

Row = tuple[Any, ...]


class Company:
    """Writes files, lands them, asks what landed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = Settings(folder / "data", folder / "sources.yml")
        self.events: list[LandingEvent] = []

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def sources(self, text: str) -> None:
        self.write("sources.yml", dedent(text))

    def land(self, **environment: str) -> LandingReport:
        config = load_sources(self.settings.sources_file, environment)
        return land(config, self.settings, self.events.append)

    def fails(self, **environment: str) -> tuple[str, ...]:
        """The messages of a landing that has to fail."""
        with pytest.raises(LandingError) as caught:
            self.land(**environment)
        return caught.value.problems

    def query(self, sql: str) -> Sequence[Row]:
        with duckdb.connect() as connection:
            connection.execute("set TimeZone = 'UTC'")
            create_landing_views(connection, self.settings)
            return connection.execute(sql).fetchall()

    def quarantine(self) -> Sequence[Row]:
        return self.query(
            "select line, column_name, value, reason from landing._quarantine order by entity, line"
        )


LINES = """
sources:
  shop:
    kind: file
    path: {path}
    {settings}
    entities:
      order_lines:
        {where}
        columns: {{order_line_id: id, order_id: order, quantity: quantity, unit_price: price,
                  ordered_at: at{more}}}
"""


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Company:
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)  # no power cuts here, and quicker
    return Company(tmp_path / "the company's folder")


@pytest.fixture
def shop(company: Company) -> Callable[..., Company]:
    """A company whose order lines are mapped from columns id, order, quantity, price, at."""

    def made(
        path: str = "lines.csv", settings: str = "", where: str = "", more: str = ""
    ) -> Company:
        company.sources(LINES.format(path=path, settings=settings, where=where, more=more))
        return company

    return made
