"""Calls, messages and visits between customers and company (JSON lines)."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.demo.block import Block
from orchestration.demo.cards import manager_of
from orchestration.demo.dirt import code_of, cut, draw_dirt, spoil
from orchestration.demo.files import DemoFolder
from orchestration.demo.reasons import REASONS, draw_reasons
from orchestration.demo.streams import Purpose
from orchestration.demo.text import (
    chosen,
    days,
    given,
    json_lines,
    json_text,
    moments,
    money,
    numbered,
)
from orchestration.demo.timeline import DAY, Floats, Ints

_CHANNELS = ("call", "e-mail", "chat", "visit", "letter", "sms")
# Cents that one contact costs, by channel.
_COST = np.array([450, 120, 210, 6500, 130, 8])
_OUTCOMES = ("solved", "promised", "not reached", "refused", "ordered", "none")


@dataclass(frozen=True)
class _Kind:
    """One kind of contact: shares of the channels, shares of the outcomes, share that comes in."""

    name: str
    channels: tuple[float, ...]
    outcomes: tuple[float, ...]
    incoming: float


_SERVICE = _Kind("service", (0.4, 0.3, 0.29, 0, 0.01, 0), (0.7, 0.2, 0, 0, 0.05, 0.05), 0.9)
_COMPLAINT = _Kind("complaint", (0.45, 0.35, 0.16, 0, 0.04, 0), (0.45, 0.35, 0, 0.15, 0, 0.05), 1)
_ONBOARDING = _Kind("onboarding", (0.2, 0.6, 0, 0, 0, 0.2), (0, 0, 0.2, 0, 0.15, 0.65), 0)
_GREETING = _Kind("greeting", (0, 0.4, 0, 0, 0.2, 0.4), (0, 0, 0, 0, 0.04, 0.96), 0)
_RETENTION = _Kind("retention", (0.6, 0.3, 0, 0, 0.05, 0.05), (0, 0.2, 0.35, 0.25, 0.2, 0), 0)
_SALES = _Kind("sales", (0.4, 0.2, 0, 0.4, 0, 0), (0, 0.35, 0.1, 0.15, 0.3, 0.1), 0.2)


def write_interactions(block: Block, folder: DemoFolder) -> None:
    """Append a block's contacts."""
    rng, people, lives = block.draws(Purpose.INTERACTIONS), block.people, block.lives
    since, stayed, days = block.since, block.stayed, block.timeline.days
    left = lives.left < days

    def times(chance: Floats) -> Ints:
        """Each customer's row as often as a Poisson draw of that mean says."""
        return np.repeat(
            np.arange(len(people)), rng.poisson(np.where(people.is_prospect, 0.0, chance))
        )

    served = times(0.12 + 0.05 * np.minimum(block.orders, 30))
    # Whoever is discontent complains, and more so in the weeks before leaving.
    discontent = np.exp(-0.8 * people.opinion)
    complained = times(0.04 * discontent)
    last_words = times(np.where(left, np.minimum(0.16 * discontent, 1.5), 0.0))
    welcomed = times(np.where(people.arrival >= 0, 0.22, 0.0))
    greeted = times(0.1 * stayed / 365)
    held_back = times(np.where(left, 0.07, 0.0))
    visited = times(np.where(people.is_company, 3.5 * stayed / 365, 0.004))
    before_leaving = np.maximum(lives.left[last_words] - rng.exponential(20, len(last_words)), 0.0)
    too_late = lives.left[held_back] + 20 + rng.exponential(25, len(held_back))
    welcome = people.arrival[welcomed] + rng.exponential(9, len(welcomed))
    for number, (kind, rows, moment) in enumerate(
        (
            (_SERVICE, served, block.some_day(rng, served)),
            (_COMPLAINT, complained, block.some_day(rng, complained)),
            (_COMPLAINT, last_words, np.maximum(before_leaving, since[last_words])),
            (_ONBOARDING, welcomed, welcome),
            (_GREETING, greeted, block.some_day(rng, greeted)),
            (_RETENTION, held_back, too_late),
            (_SALES, visited, block.some_day(rng, visited)),
        ),
        start=1,
    ):
        in_time = moment < days - 1e-3
        contacts = _Contacts(kind, number, rows[in_time], moment[in_time])
        _write(rng, block, folder, contacts)


@dataclass(frozen=True)
class _Contacts:
    """Contacts of one kind, `number` being that of their list: customers' rows, and days."""

    kind: _Kind
    number: int
    rows: Ints
    moment: Floats


def _write(rng: np.random.Generator, block: Block, folder: DemoFolder, contacts: _Contacts) -> None:
    people, kind, rows = block.people, contacts.kind, contacts.rows
    count = len(rows)
    dirt = draw_dirt(rng, "interactions", count)
    channel = rng.choice(len(_CHANNELS), count, p=kind.channels)
    seconds = block.timeline.waking_hours(rng, contacts.moment)
    # An id tells the customer, the kind, and how many of the kind the customer had before.
    order = np.lexsort((seconds, rows))
    rows, seconds = rows[order], seconds[order]
    place = np.arange(count) - np.searchsorted(rows, rows)
    ids = numbered(
        "I", (people.number[rows] * 10 + contacts.number) * 1000 + np.minimum(place, 999), 12
    )
    managed = people.is_company[rows]
    complained = np.full(count, kind is _COMPLAINT)
    known = complained & (rng.random(count) < 0.8)
    text = chosen(_CHANNELS, channel)
    lines = json_lines(
        interaction_id=json_text(ids),
        customer_id=json_text(
            given(people.ids.take(pa.array(rows)), dirt != code_of("interactions.missing_customer"))
        ),
        occurred_at=json_text(
            spoil(moments(seconds), dirt, {"interactions.unreadable_date": "n/a"})
        ),
        direction=chosen(('"out"', '"in"'), (rng.random(count) < kind.incoming).astype(np.int64)),
        channel=json_text(spoil(text, dirt, {"interactions.unknown_value": "fax"})),
        kind=chosen([f'"{kind.name}"'], np.zeros(count, dtype=np.int64)),
        outcome=json_text(chosen(_OUTCOMES, rng.choice(len(_OUTCOMES), count, p=kind.outcomes))),
        reason=json_text(
            given(chosen(REASONS, draw_reasons(rng, people.opinion[rows] - 1.0)), known)
        ),
        manager_id=json_text(given(numbered("M", manager_of(people)[rows], 2), managed)),
        next_contact_on=json_text(
            given(days(seconds + rng.integers(20, 120, count) * DAY), managed)
        ),
        # Half of the systems know what a contact costs; for the rest the seed says it.
        cost_amount=pc.fill_null(given(money(_COST[channel]), rng.random(count) < 0.5), "null"),
    )
    lines = cut(lines, dirt, "interactions.torn_line", 40)
    folder.lines("interactions.jsonl", "interactions", lines, dirt)
