"""When customers buy, leave and come back.

While a customer stays, purchases come at their own pace (gamma-distributed over customers), more
of them in December than in July; the time until they leave is exponential, and some leave after
the first purchase: the assumptions of Pareto/NBD and BG/NBD, plus seasons and returns.
"""

from dataclasses import dataclass

import numpy as np

from orchestration.demo.population import CHANNELS, Population
from orchestration.demo.text import Bools
from orchestration.demo.timeline import Floats, Ints, Timeline

RETURNING_SHARE = 0.14
"""Of those who left, how many come back after a long pause."""


@dataclass(frozen=True)
class Lives:
    """Per customer, in days since the first day: when they first and finally left (infinite: they
    are still there), and when they came back (infinite: they did not)."""

    left: Floats
    back: Floats
    left_for_good: Floats


@dataclass(frozen=True)
class Purchases:
    """Purchases by time: the customer's row in the block, and seconds since 1970, ascending."""

    customer: Ints
    moment: Ints

    def __len__(self) -> int:
        return len(self.customer)

    def per_customer(self, customers: int) -> Ints:
        counts: Ints = np.bincount(self.customer, minlength=customers)
        return counts


def draw_lives(rng: np.random.Generator, people: Population) -> Lives:
    """When each customer leaves and comes back; whoever is content stays longer."""
    size = len(people)
    stays = np.array([channel.stays_days for channel in CHANNELS])[people.channel]
    one_time = np.array([channel.one_time for channel in CHANNELS])[people.channel]
    content = np.exp(0.4 * people.opinion)
    stay = rng.exponential(1.0, size) * stays * content
    # Those of the base are the ones who stayed: for them there is no first purchase to leave after.
    stay[(rng.random(size) < one_time / content**0.5) & (people.arrival >= 0)] = 0.0
    left = np.maximum(people.arrival, 0.0) + stay
    returns = rng.random(size) < RETURNING_SHARE
    back = np.where(returns, left + 100 + rng.exponential(150, size), np.inf)
    left_again = back + rng.exponential(260, size)
    return Lives(left=left, back=back, left_for_good=np.where(returns, left_again, left))


def draw_purchases(
    rng: np.random.Generator, timeline: Timeline, people: Population, lives: Lives
) -> Purchases:
    """All purchases of the block within the timeline."""
    buys = ~people.is_prospect & (~people.is_company | (rng.random(len(people)) < 0.03))
    rows = np.flatnonzero(buys)
    new = rows[people.arrival[rows] >= 0]
    back = rows[lives.back[rows] < timeline.days]
    # What brings people, or brings them back, is a purchase; others follow while they stay.
    staying = np.concatenate((rows, back))
    since = np.concatenate((np.maximum(people.arrival[rows], 0.0), lives.back[back]))
    until = np.concatenate((lives.left[rows], lives.left_for_good[back]))
    span, days = _while_staying(
        rng,
        timeline.to_season(since),
        timeline.to_season(np.minimum(until, timeline.days)),
        people.pace[staying] / 365.0,
        people.is_regular[staying],
    )
    customer = np.concatenate((new, back, staying[span]))
    days = np.concatenate((people.arrival[new], lives.back[back], timeline.from_season(days)))
    moment = timeline.waking_hours(rng, np.minimum(days, timeline.days - 1e-3))
    order = np.lexsort((customer, moment))
    return Purchases(customer=customer[order], moment=moment[order])


def _while_staying(
    rng: np.random.Generator, since: Floats, until: Floats, pace: Floats, is_regular: Bools
) -> tuple[Ints, Floats]:
    """Purchases in spans of seasonal time, `pace` of them per unit: (span, time) of each."""
    length = np.maximum(until - since, 0.0)
    expected = length * pace
    counts = np.where(
        is_regular, np.floor(expected + rng.random(len(pace))), rng.poisson(expected)
    ).astype(np.int64)
    span = np.repeat(np.arange(len(pace)), counts)
    place = np.arange(len(span)) - np.repeat(np.cumsum(counts) - counts, counts)
    # Regular customers buy at even intervals, give or take; the others at any time.
    even = (place + 0.5 + rng.normal(0.0, 0.18, len(span))) / counts[span]
    share = np.clip(np.where(is_regular[span], even, rng.random(len(span))), 0.0, 1.0)
    return span, since[span] + share * length[span]
