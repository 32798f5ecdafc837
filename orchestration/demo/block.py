"""A block of customers: the unit in which the demo company is drawn and written."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from orchestration.demo.behaviour import Lives, Purchases, draw_lives, draw_purchases
from orchestration.demo.population import Population, draw_population
from orchestration.demo.streams import Purpose, stream
from orchestration.demo.timeline import DAY, Floats, Ints, Timeline


@dataclass(frozen=True)
class Block:
    """Customers who follow one another by number, their lives and their purchases.

    `number` counts blocks from 0; `customers` is the size of the whole company.
    """

    seed: int
    number: int
    customers: int
    timeline: Timeline
    people: Population
    lives: Lives
    purchases: Purchases

    def draws(self, purpose: Purpose) -> np.random.Generator:
        """This block's random stream for a purpose, from its beginning."""
        return stream(self.seed, purpose, self.number)

    @cached_property
    def orders(self) -> Ints:
        """How many orders each customer placed."""
        return self.purchases.per_customer(len(self.people))

    @cached_property
    def since(self) -> Floats:
        """The day of the timeline since which each customer is there."""
        since: Floats = np.maximum(self.people.arrival, 0.0)
        return since

    @cached_property
    def stayed(self) -> Floats:
        """For how many days of the timeline each customer was there."""
        last = self.timeline.days - 1e-3
        stayed: Floats = np.maximum(np.minimum(self.lives.left_for_good, last) - self.since, 0.0)
        return stayed

    def some_day(self, rng: np.random.Generator, rows: Ints) -> Floats:
        """For each of these customers a day on which they were there."""
        days: Floats = self.since[rows] + rng.random(len(rows)) * self.stayed[rows]
        return days


def draw_block(
    seed: int, number: int, first: int, size: int, company: tuple[int, Timeline]
) -> Block:
    """The block of customers `first` to `first + size - 1` of a company (customers, timeline)."""
    customers, timeline = company
    population = stream(seed, Purpose.POPULATION, number)
    people = draw_population(population, timeline, first, size, customers)
    behaviour = stream(seed, Purpose.BEHAVIOUR, number)
    lives = draw_lives(behaviour, people)
    purchases = draw_purchases(behaviour, timeline, people, lives)
    if number == 0 and len(purchases):
        # However small the company, its last day has an order: reports are made as of that day.
        last = timeline.end + 1 - DAY + purchases.moment[-1] % DAY
        purchases.moment[-1] = max(purchases.moment[-1], last)
    return Block(seed, number, customers, timeline, people, lives, purchases)
