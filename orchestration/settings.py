"""Where things lie: the data folder's rooms and the repository's own folders.

Read from the environment once, at the edge (`Settings.from_environment`); everything below takes
a `Settings` value and never looks at the environment.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
DBT_PROJECT = REPOSITORY / "dbt_project"


class SettingsError(ValueError):
    """A setting that cannot be used; the message names it, its value and the remedy."""


@dataclass(frozen=True)
class Settings:
    """The data folder's rooms. All paths are absolute."""

    data_dir: Path
    sources_file: Path
    as_of_date: date | None = None
    named_destinations: Path | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Settings from `RETENTION_DATA_DIR`, `RETENTION_SOURCES`, `RETENTION_DESTINATIONS` and
        `RETENTION_AS_OF_DATE`.

        Raises `SettingsError` for a date that is not ISO.
        """
        data_dir = Path(environment.get("RETENTION_DATA_DIR") or REPOSITORY / "data").absolute()
        configured = environment.get("RETENTION_SOURCES")
        sources_file = Path(configured).absolute() if configured else data_dir / "sources.yml"
        named = environment.get("RETENTION_DESTINATIONS")
        return cls(
            data_dir,
            sources_file,
            parse_as_of(environment.get("RETENTION_AS_OF_DATE")),
            Path(named).absolute() if named else None,
        )

    def as_of(self, day: date) -> "Settings":
        """The same settings, describing the world at the end of `day`."""
        return replace(self, as_of_date=day)

    @property
    def destinations_file(self) -> Path:
        """What is set for destinations; without that file everything is as it comes."""
        return self.named_destinations or self.data_dir / "destinations.yml"

    @property
    def inbox(self) -> Path:
        """Where deliveries arrive; they stay where they are."""
        return self.data_dir / "inbox"

    @property
    def landing(self) -> Path:
        """Typed, immutable Parquet per entity and batch."""
        return self.data_dir / "landing"

    @property
    def quarantine(self) -> Path:
        """Rejected rows with their reasons, per entity and batch."""
        return self.data_dir / "quarantine"

    @property
    def state(self) -> Path:
        """Ledger and customer key registry: with `landing`, what one backs up."""
        return self.data_dir / "state"

    @property
    def pulled(self) -> Path:
        """Pages of pulls that have not landed yet (0700); they can be pulled again."""
        return self.data_dir / "pulled"

    @property
    def identity(self) -> Path:
        """Who is whom, as dbt reads it (0700); made anew from landing and state."""
        return self.data_dir / "identity"

    @property
    def warehouse(self) -> Path:
        """The file dbt builds in; BI never opens it."""
        return self.data_dir / "warehouse.duckdb"

    @property
    def published(self) -> Path:
        """Snapshots of the marts for BI."""
        return self.data_dir / "published"

    @property
    def exports(self) -> Path:
        """Segment files for channels (0700)."""
        return self.data_dir / "exports"

    @property
    def dagster_home(self) -> Path:
        """Dagster's own storage."""
        return self.data_dir / "dagster"

    @property
    def demo(self) -> Path:
        """The demo company's files."""
        return self.data_dir / "demo"

    @property
    def demo_mark(self) -> Path:
        """Says that what has landed is the demo company's; a backup takes it along."""
        return self.state / "demo-company"

    @property
    def is_demo(self) -> bool:
        """Whether the data folder is the demo company's."""
        return self.demo.exists() or self.demo_mark.exists()


def parse_as_of(text: str | None) -> date | None:
    """The day that `text` (ISO, `2026-01-31`) names; None for nothing or an empty text."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise SettingsError(
            f"as_of_date is {text!r}, which is not a date. Write it as YYYY-MM-DD."
        ) from None
