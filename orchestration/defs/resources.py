"""The one resource: the data folder, held by one run at a time."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
from pydantic import Field

from orchestration.run_lock import RunLock
from orchestration.settings import Settings, parse_as_of


class DataFolder(dg.ConfigurableResource["DataFolder"]):
    """The data folder, locked from the first step of a run to its last."""

    as_of_date: str = Field(
        default="",
        description=(
            "Describe the world at the end of this day (YYYY-MM-DD). "
            "Empty: the last day with an order."
        ),
    )
    lock_timeout_seconds: float = Field(
        default=0.0, description="How long to wait for another run before giving up."
    )

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["DataFolder"]:
        with RunLock(
            self.settings().data_dir,
            what=f"Dagster run {context.run_id or ''}".strip(),
            timeout=self.lock_timeout_seconds,
        ):
            yield self

    def settings(self) -> Settings:
        """The settings of the environment, with this run's as_of_date where it is given."""
        settings = Settings.from_environment()
        asked = parse_as_of(self.as_of_date)
        return settings if asked is None else settings.as_of(asked)
