"""What a value of a setting may be, each with the words that say so to whoever wrote another.

`write` completes the sentence "…; write ‹a whole number from 1›". Values are taken as YAML gives
them: a number in quotes is a text, and no number.
"""

import math
import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, Strict
from pydantic.fields import FieldInfo


@dataclass(frozen=True)
class Write:
    """What one has to write for a value to be taken."""

    text: str
    is_text: bool = False
    """Whether the value is a text itself, so that quotes are not what is wrong with it."""


def what_to_write(field: FieldInfo) -> Write:
    """The words that stand in the annotation of a field."""
    return next(one for one in field.metadata if isinstance(one, Write))


def _number(value: Any) -> Any:
    if isinstance(value, bool):  # which Python takes for 0 and 1
        raise ValueError("not a number")  # noqa: TRY004  (pydantic reports values, not types)
    return value


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError("not a number")
    return value


_Number = Annotated[float, Strict(), BeforeValidator(_number), AfterValidator(_finite)]
_Whole = Annotated[int, Strict(), BeforeValidator(_number)]

_MOST_DAYS = 36_500
_DAYS = f"a whole number of days from 0 to {_MOST_DAYS}"

Share = Annotated[_Number, Field(ge=0, le=1), Write("a number from 0 to 1")]
Positive = Annotated[_Number, Field(gt=0, le=1_000_000), Write("a number above 0")]
NotNegative = Annotated[_Number, Field(ge=0, le=1_000_000), Write("a number from 0")]
FromNone = Annotated[_Whole, Field(ge=0, le=10**9), Write("a whole number from 0")]
FromOne = Annotated[_Whole, Field(ge=1, le=10**9), Write("a whole number from 1")]
Days = Annotated[_Whole, Field(ge=0, le=_MOST_DAYS), Write(_DAYS)]
SomeDays = Annotated[_Whole, Field(ge=1, le=_MOST_DAYS), Write(_DAYS.replace("from 0", "from 1"))]
DaysOrNull = Annotated[
    Annotated[_Number, Field(gt=0, le=_MOST_DAYS)] | None,
    Write(f"a number of days above 0, up to {_MOST_DAYS}, or null"),
]
MonthOfYear = Annotated[_Whole, Field(ge=1, le=12), Write("a whole number from 1 to 12")]
History = Annotated[_Whole, Field(ge=1, le=120), Write("a whole number from 1 to 120")]
YesOrNo = Annotated[bool, Strict(), Write("true or false")]

Weekday = Annotated[Literal["monday", "sunday"], Write("monday or sunday", is_text=True)]
Unit = Annotated[
    Literal["person", "household", "company"],
    Write("person, household or company", is_text=True),
]
GRAINS = ("week", "month", "quarter", "year", "rolling_30d", "rolling_90d", "rolling_365d")
Grain = Annotated[
    Literal["week", "month", "quarter", "year", "rolling_30d", "rolling_90d", "rolling_365d"],
    Write(f"one of {', '.join(GRAINS)}", is_text=True),
]
Name = Annotated[str, Strict(), Field(pattern=r"\S"), Write("a name", is_text=True)]


@cache
def time_zones() -> frozenset[str]:
    """The IANA names; what a machine calls its own zone is none."""
    return frozenset(available_timezones() - {"localtime", "Factory"})


def _known_time_zone(value: str) -> str:
    if value not in time_zones():
        raise ValueError("no time zone")
    return value


TimeZone = Annotated[
    str,
    Strict(),
    AfterValidator(_known_time_zone),
    Write("an IANA name such as Europe/Berlin", is_text=True),
]


def _currency(value: Any) -> Any:
    if value is not None and not (
        isinstance(value, str) and re.fullmatch("[A-Za-z]{3}", value.strip())
    ):
        raise ValueError("no currency")
    return value


Currency = Annotated[
    str | None,
    BeforeValidator(_currency),
    Write("a code of three letters such as EUR, or null", is_text=True),
]
_FIRST_DAY = date(1970, 1, 1)


def _day(value: Any) -> Any:
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        day = value
    elif isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        day = date.fromisoformat(value)
    else:
        raise ValueError("no day")
    if day is not None and day < _FIRST_DAY:
        raise ValueError("too early")
    return day


Day = Annotated[
    date | None,
    BeforeValidator(_day),
    Write(f"a day from {_FIRST_DAY} on as YYYY-MM-DD, or null", is_text=True),
]
_THRESHOLD = re.compile(r"median|mean|percentile:(\d+(?:\.\d+)?)|fixed:-?\d+(?:\.\d+)?")


def _threshold(value: str) -> str:
    found = _THRESHOLD.fullmatch(value)
    if found is None or (found[1] and float(found[1]) > 100):
        raise ValueError("no threshold")
    return value


Threshold = Annotated[
    str,
    Strict(),
    AfterValidator(_threshold),
    Write(
        "median, mean, percentile:NN with a number from 0 to 100, or fixed:N with any number",
        is_text=True,
    ),
]
