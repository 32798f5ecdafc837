"""How Hypothesis makes histories: small, full of ties, gaps, and things in the wrong order."""

from dataclasses import replace
from typing import TypeVar

from hypothesis import strategies as st

from tests.properties.history import (
    Answer,
    Card,
    Contact,
    Contract,
    Customer,
    History,
    Line,
    Order,
    Referral,
    Refund,
)

Value = TypeVar("Value")

MONTHS = 30
MAX_CUSTOMERS = 12


def maybe(values: st.SearchStrategy) -> st.SearchStrategy:
    return st.none() | values


def some(values: st.SearchStrategy, at_most: int) -> st.SearchStrategy:
    return st.lists(values, max_size=at_most).map(tuple)


def _as_many(values: st.SearchStrategy, least: int, most: int) -> st.SearchStrategy:
    """As often many as few; lists by themselves are mostly short."""
    return st.integers(least, most).flatmap(lambda size: st.tuples(*[values] * size))


# Few amounts, so that customers have equal values; and any.
cents = st.sampled_from([1000, 0, 2000, 333]) | st.integers(0, 100_000)
countries = st.sampled_from([None, "DE", "FR"])

lines = st.builds(
    Line,
    quantity=st.integers(1, 3),
    price=cents,
    cost=st.none() | cents,
    discount=st.sampled_from([0, 0, 5]),
    category=st.sampled_from([None, "books", "toys"]),
)

cards = st.builds(
    Card,
    created=maybe(st.integers(0, 600)),
    channel=st.sampled_from([None, "search", "fair"]),
    country=countries,
    kind=st.sampled_from([None, "person", "company"]),
    tier=st.sampled_from([None, None, "vip"]),
    is_test=st.sampled_from([False, False, False, False, True]),
    changed=maybe(st.integers(0, 900)),
)


def orders(days: st.SearchStrategy, any_day: st.SearchStrategy) -> st.SearchStrategy:
    return st.builds(
        Order,
        day=days,
        # Orders of one moment are told apart by their ids.
        hour=st.sampled_from([9, 9, 20]),
        amount=cents,
        discount=st.sampled_from([0, 0, 100]),
        fees=st.sampled_from([0, 30]),
        lines=st.sampled_from([0, 0, 1, 2]).flatmap(lambda size: some(lines, size)),
        currency=st.sampled_from(["EUR", "EUR", "EUR", "USD", None]),
        country=countries,
        cancelled=st.sampled_from([False, False, False, True]).flatmap(
            lambda is_cancelled: any_day if is_cancelled else st.none()
        ),
    )


def contracts(any_day: st.SearchStrategy) -> st.SearchStrategy:
    return st.builds(
        Contract,
        day=any_day,
        days=maybe(st.sampled_from([29, 30, 89, 364]) | st.integers(0, 400)),
        cancelled=maybe(st.integers(0, 400)),
        noted=maybe(st.integers(0, 400)),
        amount=maybe(cents),
        billing=st.sampled_from(["month", "quarter", "year"]),
        renews=st.booleans(),
    )


@st.composite
def customers(draw: st.DrawFn, span: int) -> Customer:
    """Somebody of whom something is told on days 0 to `span`."""
    any_day = st.integers(0, span)
    visits = draw(_as_many(any_day, 0, 6))
    # Visits are drawn from again, so that several orders fall on a day.
    bought = draw(_as_many(orders(st.sampled_from(visits), any_day), 1, 8)) if visits else ()
    # Who had nothing but gifts is worth exactly nothing.
    if draw(st.sampled_from([False, False, False, True])):
        bought = tuple(replace(one, amount=0, discount=0, fees=0, lines=()) for one in bought)
    return Customer(
        orders=bought,
        refunds=draw(
            some(
                st.builds(
                    Refund,
                    day=any_day | st.sampled_from(visits or [0]),
                    order=st.sampled_from([None, *range(len(bought))]),
                    percent=st.sampled_from([100, 50, 33, 1, 150]),
                ),
                2,
            )
        ),
        contracts=draw(
            st.sampled_from([0, 0, 0, 3]).flatmap(lambda most: some(contracts(any_day), most))
        ),
        contacts=draw(
            some(
                st.builds(
                    Contact,
                    day=any_day,
                    direction=st.sampled_from(["in", "out"]),
                    channel=st.sampled_from([None, "call", "visit"]),
                    kind=st.sampled_from([None, "service", "complaint"]),
                    cost=maybe(st.integers(0, 5000)),
                ),
                2,
            )
        ),
        answers=draw(
            some(st.builds(Answer, day=any_day, score=st.sampled_from([0, 6, 7, 9, 10, 11])), 2)
        ),
        referrals=draw(
            some(st.builds(Referral, day=any_day, whom=st.integers(0, MAX_CUSTOMERS - 1)), 1)
        ),
        card=draw(maybe(cards)),
        ids=draw(st.sampled_from([1, 1, 1, 2])),
    )


@st.composite
def histories(draw: st.DrawFn) -> History:
    """1 to 13 customers over 1 to 30 months, described on a day before, in or after their end."""
    span = 30 * draw(st.integers(1, MONTHS))
    people = draw(_as_many(customers(span), 1, MAX_CUSTOMERS))
    # Of two who did the same neither comes first.
    twins = draw(st.sampled_from([0, 0, 1])) * people[:1]
    as_of = draw(st.integers(span // 2, span + 60) | st.integers(0, span))
    return History(people + twins, as_of)


def anew(values: st.SearchStrategy[Value]) -> st.SearchStrategy[Value]:
    """Each value drawn anew.

    After most values Hypothesis tries six copies with one part repeated, so that of 70 histories
    a dozen would differ in more than one customer. In a list of different ones it repeats nothing.
    """
    return st.lists(values, min_size=1, max_size=1, unique=True).map(lambda drawn: drawn[0])
