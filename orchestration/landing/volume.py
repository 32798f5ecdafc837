"""How many rows a delivery usually has."""

from collections.abc import Sequence
from statistics import median

from orchestration.landing.expectations import Rows

FEWEST = 3
"""Deliveries without which nothing is usual yet."""


def is_judged(before: Sequence[int], rows: Rows) -> bool:
    """Whether there is anything to hold a delivery against."""
    has_limits = rows.min is not None or rows.max is not None
    return has_limits or (rows.times is not None and len(before[-rows.deliveries :]) >= FEWEST)


def unusual(accepted: int, before: Sequence[int], rows: Rows, where: str) -> str:
    """What is wrong with a number of accepted rows, as the end of a sentence; empty for nothing.

    `before`: the accepted rows of the deliveries before, in their order. `where`: the place of the
    setting, for the message.
    """
    if rows.min is not None and accepted < rows.min:
        return f"fewer than the {rows.min:,} that {where} asks for"
    if rows.max is not None and accepted > rows.max:
        return f"more than the {rows.max:,} that {where} allows"
    last = before[-rows.deliveries :]
    if rows.times is None or len(last) < FEWEST:
        return ""
    usual = median(last)
    least, most = usual / rows.times, usual * rows.times
    if least <= accepted <= most:
        return ""
    return (
        f"where the median of the last {len(last)} deliveries is {usual:,.0f} "
        f"(from {least:,.0f} to {most:,.0f} would be usual)"
    )
