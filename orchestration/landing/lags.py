"""How far behind the newest row of a source others may still appear."""

import re
from datetime import timedelta

_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
_LAG = re.compile(r"([0-9]+) *(second|minute|hour|day|week)s?")


def parse_lag(text: object) -> timedelta | int:
    """`2 days`, `90 minutes` or a whole number; raises `ValueError` for anything else."""
    written = str(text).strip().lower()
    if written.isdigit():
        return int(written)
    found = _LAG.fullmatch(written)
    if found:
        return timedelta(seconds=int(found[1]) * _UNITS[found[2]])
    raise ValueError(
        "write a number with a unit (seconds, minutes, hours, days, weeks) such as `2 days`, or a "
        "whole number where the cursor is a number"
    )
