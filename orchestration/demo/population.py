"""Who the customers are: where they came from, how much they buy, what they think of the shop."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from orchestration.demo.catalogue import CATEGORIES
from orchestration.demo.places import COUNTRIES
from orchestration.demo.text import Bools, numbered
from orchestration.demo.timeline import Floats, Ints, Timeline

COMPANY_SHARE = 0.03
MOST_COMPANIES = 30_000
"""Companies have their contracts in a workbook, and a workbook must stay practical."""

BASE_SHARE = 0.15
"""Customers who were there before the first day."""
PROSPECT_SHARE = 0.05
"""Customers who never bought."""
YEARLY_GROWTH = 1.25
SECOND_CARD_SHARE = 0.008


@dataclass(frozen=True)
class Channel:
    """How people come, and how loyal those who come this way are.

    `stays_days`: mean days until they leave; `one_time`: share who never buy a second time;
    `pace`: purchases relative to the average; `opinion`: shift of satisfaction, in standard
    deviations; `cost`: what it costs to win one, in euros.
    """

    name: str
    share: float
    stays_days: float
    one_time: float
    pace: float
    opinion: float
    cost: float


CHANNELS: tuple[Channel, ...] = (
    Channel("search", 0.27, 560, 0.40, 1.0, 0.0, 24),
    Channel("social", 0.21, 300, 0.58, 0.8, -0.2, 17),
    Channel("referral", 0.12, 1150, 0.18, 1.25, 0.5, 9),
    Channel("marketplace", 0.17, 240, 0.62, 0.7, -0.4, 13),
    Channel("email", 0.08, 680, 0.32, 1.1, 0.1, 6),
    Channel("partner", 0.06, 900, 0.26, 1.15, 0.2, 28),
    Channel("offline", 0.09, 980, 0.24, 1.2, 0.3, 35),
)


@dataclass(frozen=True)
class Population:
    """A block of customers, one value per customer in every array.

    `number` is unique in the company; `country`, `channel`, `taste` (category) and `tier` (price
    level 0 to 2) are places in their lists; `original` is the row of the same person's first card
    (mostly the row itself); `arrival` is in days since the first day, negative for those who were
    there before; `pace` is purchases per year while they stay; `spend` scales baskets.
    """

    number: Ints
    is_company: Bools
    is_prospect: Bools
    is_regular: Bools
    country: Ints
    channel: Ints
    original: Ints
    arrival: Floats
    opinion: Floats
    pace: Floats
    spend: Floats
    taste: Ints
    tier: Ints

    def __len__(self) -> int:
        return len(self.number)

    @property
    def ids(self) -> pa.Array:
        return numbered("C", self.number, 8)

    @property
    def is_cyrillic(self) -> Bools:
        """Whose card is in the Cyrillic CRM."""
        cyrillic: Bools = np.array([country.cyrillic for country in COUNTRIES])[self.country]
        return cyrillic

    @property
    def has_second_card(self) -> Bools:
        second: Bools = self.original != np.arange(len(self))
        return second


def draw_population(
    rng: np.random.Generator, timeline: Timeline, first: int, size: int, customers: int
) -> Population:
    """The customers number `first` to `first + size - 1` of a company of `customers`."""
    number = np.arange(first, first + size, dtype=np.int64)
    is_company = _spread_evenly(
        number, min(round(customers * COMPANY_SHARE), MOST_COMPANIES), customers
    )
    channel = rng.choice(len(CHANNELS), size, p=[channel.share for channel in CHANNELS])
    country = rng.choice(len(COUNTRIES), size, p=[country.share for country in COUNTRIES])
    opinion = rng.standard_normal(size) + _per_channel("opinion")[channel]
    # Gamma paces: many who buy once a year, few who buy every week.
    pace = rng.gamma(1.3, 1.0, size) * 3.6 * _per_channel("pace")[channel] + 0.25
    # Log-normal with a Pareto tail: breeders and shelters buy by the pallet.
    spend = np.exp(rng.normal(0.0, 0.65, size)) * (
        1 + (rng.random(size) < 0.04) * rng.pareto(1.6, size)
    )
    original = np.arange(size)
    second = rng.random(size) < SECOND_CARD_SHARE
    second[0] = False
    second &= ~is_company & ~np.roll(is_company, 1) & ~np.roll(second, 1)
    original[second] -= 1
    return Population(
        number=number,
        is_company=is_company,
        is_prospect=~is_company & (rng.random(size) < PROSPECT_SHARE),
        is_regular=rng.random(size) < 0.3,
        country=country[original],
        channel=channel,
        original=original,
        arrival=_arrivals(rng, timeline, size),
        opinion=opinion,
        pace=np.minimum(pace, 80.0),
        spend=np.minimum(spend, 60.0),
        taste=rng.integers(0, len(CATEGORIES), size),
        tier=rng.choice(3, size, p=[0.35, 0.45, 0.2]),
    )


def arrival_weights(timeline: Timeline) -> Floats:
    """The share of all new customers who come on each day."""
    weights = timeline.season * YEARLY_GROWTH ** (np.arange(timeline.days) / 365.0)
    share: Floats = weights / weights.sum()
    return share


def _arrivals(rng: np.random.Generator, timeline: Timeline, size: int) -> Floats:
    bounds = np.concatenate(([0.0], np.cumsum(arrival_weights(timeline))))
    days = np.interp(rng.random(size), bounds, np.arange(timeline.days + 1))
    days = np.minimum(days, timeline.days - 1e-3)
    before = rng.random(size) < BASE_SHARE
    days[before] = -1500.0 * rng.beta(1.0, 1.8, int(before.sum())) - 1
    return days


def _per_channel(name: str) -> Floats:
    return np.array([getattr(channel, name) for channel in CHANNELS])


def _spread_evenly(number: Ints, marked: int, total: int) -> Bools:
    """`marked` of `total` customers, evenly over their numbers (which begin with 1)."""
    evenly: Bools = number * marked // total > (number - 1) * marked // total
    return evenly
