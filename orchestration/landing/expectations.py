"""What a source, or one of its entities, is expected to deliver: settings and their defaults.

What is set for an entity holds for it; else what is set for its source; else the default.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from orchestration.entities import ENTITIES
from orchestration.landing.durations import Duration

_T = TypeVar("_T")


class Contract(StrEnum):
    """What becomes of a delivery whose columns are not those of the one before."""

    EVOLVE = "evolve"
    """It lands; new columns go to `extra`, rows that do not fit to quarantine."""
    FREEZE = "freeze"
    """It is refused as a whole."""
    DISCARD_ROW = "discard_row"
    """It lands without the rows that have a value in a column that was not there before."""


class Rows(BaseModel):
    """How many accepted rows a delivery may have; without `min` and `max`, what is usual."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    min: int | None = Field(default=None, ge=0)
    max: int | None = Field(default=None, ge=0)
    tolerance: float | None = Field(default=None, gt=1)
    """How many times the median of the last deliveries, or which part of it: 3 is 1/3 to 3."""
    deliveries: int = Field(default=8, ge=1)
    """How many of the last deliveries the median is of."""

    @model_validator(mode="after")
    def _in_order(self) -> "Rows":
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min} is above max {self.max}")
        return self

    @property
    def times(self) -> float | None:
        """The tolerance; without any limit, the default one."""
        if self.tolerance is None and self.min is None and self.max is None:
            return _TOLERANCE
        return self.tolerance


_TOLERANCE = 5.0
SETTINGS = ("contract", "rows", "freshness", "severity")


class Expectations(BaseModel):
    """The settings; None is "not set here"."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    contract: Literal["evolve", "freeze", "discard_row"] | None = None
    rows: Rows | None = None
    freshness: Duration | None = None
    """How old the newest event may be when it is landed."""
    severity: Literal["warn", "block"] | None = None
    """Whether an unusual number of rows or a stale source is told, or stops the run."""


@dataclass(frozen=True)
class Expected:
    """What holds for one entity of one source."""

    contract: Contract
    rows: Rows
    freshness: timedelta | None
    blocks: bool


def expected(source: Expectations, entity: Expectations, name: str) -> Expected:
    """What holds for entity `name`, out of the settings of its source and its own."""

    def first(own: _T | None, shared: _T | None, default: _T) -> _T:
        return next((value for value in (own, shared) if value is not None), default)

    has_events = ENTITIES[name].event_column is not None
    return Expected(
        contract=Contract(first(entity.contract, source.contract, "evolve")),
        rows=first(entity.rows, source.rows, Rows()),
        freshness=(entity.freshness or source.freshness) if has_events else None,
        blocks=first(entity.severity, source.severity, "warn") == "block",
    )


def freshness_problems(
    source: Expectations, entities: dict[str, Expectations]
) -> Iterator[tuple[tuple[str, ...], str]]:
    """(place in the source, message) of a freshness that nothing could be compared with."""
    known = {name: ENTITIES[name].event_column for name in entities if name in ENTITIES}
    for name, mapping in entities.items():
        if mapping.freshness is not None and name in known and known[name] is None:
            yield (
                ("entities", name, "freshness"),
                f"{name} has no time of its own, so it cannot be fresh. Leave it out.",
            )
    if source.freshness is not None and known and not any(known.values()):
        yield (
            ("freshness",),
            "none of the source's entities has a time of its own. Leave it out.",
        )
