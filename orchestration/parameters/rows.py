"""The rows of the seeds, one model each: what may stand in every cell.

Cells are texts; an empty one is None. Columns are those that `seeds/_seeds.yml` describes.
"""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from orchestration.entities import ENTITIES
from orchestration.parameters.fields import Grain, Write

CHANNELS = ENTITIES["interactions"].by_name["channel"].accepted
MARGIN_BANDS = ("low", "medium", "high")
QUADRANTS = {
    "I": ("low", "low"),
    "II": ("high", "low"),
    "III": ("high", "high"),
    "IV": ("low", "high"),
}
"""Loyalty and profitability of each."""


def _whole(value: object) -> object:
    if value is not None and not re.fullmatch(r"\d+", str(value)):
        raise ValueError("not a whole number")
    return value


def _channel(value: str) -> str:
    if value not in CHANNELS:
        raise ValueError("no channel")
    return value


def _day(value: object) -> date:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", str(value)):
        raise ValueError("not a day")
    return date.fromisoformat(str(value))


_Whole = Annotated[int, BeforeValidator(_whole)]
_Finite = Annotated[float, Field(allow_inf_nan=False)]

Text = Annotated[str, Write("a text")]
TextOrNone = Annotated[str | None, Write("a text, or nothing")]
Channel = Annotated[str, AfterValidator(_channel), Write(f"one of {', '.join(CHANNELS)}")]
Level = Annotated[
    Literal["basic", "reactive", "accountable", "proactive", "partnership"],
    Write("basic, reactive, accountable, proactive or partnership"),
]
Tier = Annotated[Literal["affiliated", "vip", "mass"], Write("affiliated, vip or mass")]
ParetoClass = Annotated[
    Literal["A", "B", "C", "negative", "none"], Write("A, B, C, negative or none")
]
MarginBand = Annotated[Literal["low", "medium", "high"], Write("low, medium or high")]
Quadrant = Annotated[Literal["I", "II", "III", "IV"], Write("I, II, III or IV")]
HighLow = Annotated[Literal["high", "low"], Write("high or low")]
Score = Annotated[_Whole, Field(ge=1, le=5), Write("a score from 1 to 5")]
Count = Annotated[_Whole, Field(ge=0, le=10**9), Write("a whole number from 0")]
CountOrNone = Annotated[
    Annotated[_Whole, Field(ge=0, le=10**9)] | None, Write("a whole number from 0, or nothing")
]
SomeOrNone = Annotated[
    Annotated[_Whole, Field(ge=1, le=36_500)] | None, Write("a whole number from 1, or nothing")
]
CountedChannels = Annotated[
    Literal["all_channels", "own_channel"] | None,
    Write("all_channels, own_channel, or nothing"),
]
BasisPoints = Annotated[
    Annotated[_Whole, Field(ge=0, le=10_000)] | None,
    Write("0 to 10000 (hundredths of a percent), or nothing"),
]
Rate = Annotated[_Finite, Field(ge=0, le=1), Write("a number from 0 to 1")]
Cost = Annotated[
    Decimal,
    Field(ge=0, max_digits=18, decimal_places=4),
    Write("an amount from 0 with a point and at most 4 places, such as 2.50"),
]
ExchangeRate = Annotated[
    Decimal, Field(gt=0, max_digits=24, decimal_places=12), Write("a number above 0 with a point")
]
Day = Annotated[date, BeforeValidator(_day), Write("a day as YYYY-MM-DD")]
Code = Annotated[
    str,
    BeforeValidator(lambda value: str(value or "").strip().upper()),
    Field(pattern="^[A-Z]{3}$"),
    Write("a currency code of three letters such as EUR"),
]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ExchangeRateRow(_Row):
    rate_date: Day
    currency: Code
    rate: ExchangeRate


class InteractionCostRow(_Row):
    channel: Channel
    unit_cost: Cost


class PlaybookRow(_Row):
    quadrant: Quadrant
    loyalty: HighLow
    profitability: HighLow
    name_en: Text
    name_ru: Text
    goal_en: Text
    goal_ru: Text
    next_best_action_en: Text
    next_best_action_ru: Text


class RelationshipLevelRow(_Row):
    customers_band: Text
    min_customers: Count
    margin_band: MarginBand
    relationship_level: Level
    contact_every_days: SomeOrNone


class BenchmarkRow(_Row):
    benchmark_industry: Text
    benchmark_grain: Grain
    low_below: Rate
    excellent_from: Rate
    source: Text


class RfmSegmentRow(_Row):
    recency_score: Score
    frequency_score: Score
    rfm_segment: Text
    name_ru: Text


class SegmentPlaybookRow(_Row):
    segment: Text
    action_en: TextOrNone
    action_ru: TextOrNone
    reason_en: Text
    reason_ru: Text
    due_days: SomeOrNone


class SegmentSettingsRow(_Row):
    segment: Text
    holdout_bps: BasisPoints
    salt_id: str | None
    cap: SomeOrNone
    cap_days: SomeOrNone
    cap_counts: CountedChannels
    priority: CountOrNone


class ServiceTierRuleRow(_Row):
    relationship_level: Level
    pareto_class: ParetoClass
    service_tier: Tier
