"""What is bought: orders with their lines, made of the moments at which customers buy."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa

from orchestration.demo.block import Block
from orchestration.demo.catalogue import CATEGORIES, Catalogue
from orchestration.demo.streams import Purpose
from orchestration.demo.text import joined, numbered
from orchestration.demo.timeline import DAY, Ints, Timeline

STATUSES = ("completed", "pending", "cancelled")
_PROMOTIONS = np.array([5, 10, 15, 20])


@dataclass(frozen=True)
class Orders:
    """The orders of a block by time, and their lines in the same order. Money is in cents.

    `number` is unique in the company; `customer` is the row in the block; `status` is a place in
    `STATUSES`; `coupon` is what a coupon takes off the whole order; `begins` is the row of each
    order's first line; `order` is the row of each line's order, `place` its place in it.
    """

    number: Ints
    customer: Ints
    moment: Ints
    status: Ints
    coupon: Ints
    begins: Ints
    order: Ints
    place: Ints
    product: Ints
    quantity: Ints
    price: Ints
    discount: Ints

    def __len__(self) -> int:
        return len(self.number)

    @cached_property
    def gross(self) -> Ints:
        """Per order, the sum of its lines before discounts."""
        return self._summed(self.quantity * self.price)

    @cached_property
    def paid(self) -> Ints:
        """Per order, what the customer paid for goods."""
        return self.gross - self._summed(self.discount) - self.coupon

    def _summed(self, of_lines: Ints) -> Ints:
        if len(self) == 0:
            return np.zeros(0, dtype=np.int64)
        summed: Ints = np.add.reduceat(of_lines, self.begins)
        return summed

    @cached_property
    def ids(self) -> pa.Array:
        return numbered("", self.number, 9)

    @cached_property
    def line_ids(self) -> pa.Array:
        orders = self.ids.take(pa.array(self.order))
        return joined(orders, "-", pa.array(self.place + 1).cast(pa.string()))


def draw_orders(block: Block, catalogue: Catalogue, first: int) -> Orders:
    """One order per purchase, numbered from `first` on."""
    rng, people, purchases = block.draws(Purpose.ORDERS), block.people, block.purchases
    count = len(purchases)
    spend = people.spend[purchases.customer]
    # Large customers fill larger baskets: both more lines and larger quantities.
    lines = 1 + np.floor(rng.exponential(1.9, count) * np.minimum(spend, 4.0) ** 0.25).astype(
        np.int64
    )
    lines = np.minimum(lines, 40)
    order = np.repeat(np.arange(count), lines)
    begins = np.cumsum(lines) - lines
    buyer = purchases.customer[order]
    quantity = 1 + np.floor(rng.exponential(0.42, len(order)) * people.spend[buyer]).astype(
        np.int64
    )

    usual = rng.random(len(order)) < 0.65
    category = np.where(usual, people.taste[buyer], rng.integers(0, len(CATEGORIES), len(order)))
    deck = catalogue.shelf.shape[2]
    product = catalogue.shelf[people.tier[buyer], category, rng.integers(0, deck, len(order))]
    price = catalogue.prices[catalogue.list_at(purchases.moment)[order], product]
    # A sample parcel costs nothing: an order all the same.
    is_sample = rng.random(count) < 0.002
    price = np.where(is_sample[order], 0, price)
    # Half of the promotions cut the price of single lines, the other half are coupons.
    cut_by = rng.choice(_PROMOTIONS, count) * (rng.random(count) < 0.14)
    discount = (quantity * price * cut_by[order] + 50) // 100
    bare = Orders(
        number=np.arange(first, first + count, dtype=np.int64),
        customer=purchases.customer,
        moment=purchases.moment,
        status=_statuses(rng, block.timeline, purchases.moment),
        coupon=np.zeros(count, dtype=np.int64),
        begins=begins,
        order=order,
        place=np.arange(len(order)) - begins[order],
        product=product,
        quantity=quantity,
        price=price,
        discount=discount,
    )
    coupon = np.where((bare.paid > 4000) & (rng.random(count) < 0.12), 500, 0)
    return replace(bare, coupon=coupon)


def _statuses(rng: np.random.Generator, timeline: Timeline, moment: Ints) -> Ints:
    drawn = rng.random(len(moment))
    status = np.where(drawn < 0.025, STATUSES.index("cancelled"), STATUSES.index("completed"))
    is_fresh = moment > timeline.end - 3 * DAY
    return np.where(is_fresh & (drawn > 0.4), STATUSES.index("pending"), status)
