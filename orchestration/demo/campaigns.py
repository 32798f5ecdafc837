"""The campaigns that bring customers: one per paid channel and quarter."""

import numpy as np
import pyarrow as pa

from orchestration.demo.population import CHANNELS, Population
from orchestration.demo.text import chosen, given
from orchestration.demo.timeline import Ints, Timeline

PAID_CHANNELS = ("search", "social", "marketplace", "partner")


def campaigns_of(timeline: Timeline, people: Population) -> pa.Array:
    """The campaign that brought each customer; none for those who were there before."""
    day = np.maximum(people.arrival, 0.0).astype(np.int64)
    return given(campaigns_at(timeline, people.channel, day), people.arrival >= 0)


def campaigns_at(timeline: Timeline, channel: Ints, day: Ints) -> pa.Array:
    """The campaign (`A-social-2025Q3`) of a channel on a day; none for channels without any."""
    of_day = [f"{date.year}Q{(date.month + 2) // 3}" for date in timeline.all_days]
    quarters = list(dict.fromkeys(of_day))
    quarter = np.array([quarters.index(name) for name in of_day], dtype=np.int64)
    labels = [
        f"A-{paid.name}-{name}" if paid.name in PAID_CHANNELS else None
        for paid in CHANNELS
        for name in quarters
    ]
    return chosen(labels, channel * len(quarters) + quarter[day])
