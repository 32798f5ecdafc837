"""Spans of time as people write them."""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator

_UNITS = {"minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
_DURATION = re.compile(r"([0-9]+) *(minute|hour|day|week)s?")


def parse_duration(value: Any) -> timedelta:
    """`2 days`, `36 hours`; raises `ValueError` for anything else."""
    found = _DURATION.fullmatch(str(value).strip().lower())
    if not found:
        raise ValueError(
            "write a number with a unit (minutes, hours, days, weeks), such as `2 days`"
        )
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]])


def said(duration: timedelta) -> str:
    """`3 days`, `36 hours`: rounded down, in days from two days on."""
    hours = int(duration.total_seconds() // 3600)
    return f"{hours // 24} days" if hours >= 48 else f"{hours} hours"


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
