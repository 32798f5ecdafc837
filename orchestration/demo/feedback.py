"""What customers say: answers to the recommendation question and to surveys (JSON lines), and whom
they recommended the shop to (CSV)."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.demo.block import Block
from orchestration.demo.dirt import code_of, cut, draw_dirt, spoil
from orchestration.demo.files import DemoFolder
from orchestration.demo.population import CHANNELS
from orchestration.demo.reasons import REASONS, draw_reasons
from orchestration.demo.streams import Purpose
from orchestration.demo.text import (
    chosen,
    csv_lines,
    given,
    json_lines,
    json_text,
    moments,
    numbered,
)
from orchestration.demo.timeline import Floats, Ints

REFERRALS_HEADER = "referral_id,referrer_id,referred_id,referred_at\n"
_PRAISE = ("Great service", "Всё понравилось", "My cat loves it", "Schnelle Lieferung")
_BLAME = ("Too slow", "Дорого", "Parcel was damaged", "Niemand ruft zurück")


def write_feedback(block: Block, folder: DemoFolder) -> None:
    """Append a block's answers: 0 to 10 (nps), 1 to 5 (csat), or a reason for leaving."""
    rng, people, lives = block.draws(Purpose.FEEDBACK), block.people, block.lives
    orders, days = block.orders, block.timeline.days
    bought = (orders > 0) | people.is_company

    def some(chance: Floats) -> Ints:
        return np.flatnonzero(bought & (rng.random(len(people)) < chance))

    often = some(np.minimum(0.12 + 0.02 * orders, 0.5))
    again = some(np.minimum(0.015 * orders, 0.3))
    asked = some(np.full(len(people), 0.06))
    gone = some(np.where(lives.left_for_good < days - 40, 0.06, 0.0))
    for number, (kind, rows, moment) in enumerate(
        (
            ("nps", often, block.some_day(rng, often)),
            ("nps", again, block.some_day(rng, again)),
            ("csat", asked, block.some_day(rng, asked)),
            ("exit_survey", gone, lives.left_for_good[gone] + rng.uniform(5, 40, len(gone))),
        ),
        start=1,
    ):
        in_time = moment < days - 1e-3
        _write(rng, block, folder, _Answers(kind, number, rows[in_time], moment[in_time]))


@dataclass(frozen=True)
class _Answers:
    """Answers of one kind, `number` being that of their list: customers' rows, and days."""

    kind: str
    number: int
    rows: Ints
    moment: Floats


def _write(rng: np.random.Generator, block: Block, folder: DemoFolder, answers: _Answers) -> None:
    people, kind, rows = block.people, answers.kind, answers.rows
    count = len(rows)
    dirt = draw_dirt(rng, "feedback", count)
    opinion = people.opinion[rows]
    felt = opinion + rng.normal(0.0, 0.6, count)
    is_exit = kind == "exit_survey"
    # People answer 8 when they mean nothing by it; both ends come from those who feel strongly.
    usual, step, lowest, highest = (7.9, 1.9, 0, 10) if kind == "nps" else (4.0, 0.8, 1, 5)
    score = np.clip(np.rint(usual + step * felt), lowest, highest).astype(np.int64)
    says = rng.random(count) < 0.25
    word = rng.integers(0, 4, count)
    comment = pc.if_else(pa.array(felt > -0.4), chosen(_PRAISE, word), chosen(_BLAME, word))
    scores = spoil(pa.array(score).cast(pa.string()), dirt, {"feedback.text_in_number": '"ten"'})
    if is_exit:
        scores = pc.if_else(pa.array(dirt == code_of("feedback.text_in_number")), scores, "null")
    lines = json_lines(
        feedback_id=json_text(numbered("F", people.number[rows] * 10 + answers.number, 10)),
        customer_id=json_text(
            given(people.ids.take(pa.array(rows)), dirt != code_of("feedback.missing_customer"))
        ),
        answered_at=json_text(moments(block.timeline.waking_hours(rng, answers.moment))),
        kind=chosen([f'"{kind}"'], np.zeros(count, dtype=np.int64)),
        score=scores,
        reason=json_text(
            given(chosen(REASONS, draw_reasons(rng, opinion)), np.full(count, is_exit))
        ),
        comment=json_text(given(comment, says & (not is_exit))),
    )
    lines = cut(lines, dirt, "feedback.torn_line", 40)
    folder.lines("feedback.jsonl", "feedback", lines, dirt)


def write_referrals(block: Block, folder: DemoFolder) -> None:
    """Append who brought the block's customers of the channel `referral`, and recommendations that
    nobody followed. Content customers who buy often recommend most."""
    rng, timeline = block.draws(Purpose.REFERRALS), block.timeline
    people, orders = block.people, block.orders
    referral = [channel.name for channel in CHANNELS].index("referral")
    came = (people.channel == referral) & (people.arrival >= 0) & (rng.random(len(people)) < 0.85)
    referred = np.flatnonzero(came)
    vain = rng.poisson(len(referred) * 0.35)
    moment = np.concatenate((people.arrival[referred], rng.uniform(0, timeline.days - 0.01, vain)))
    # Only who is there already can recommend: customers by arrival, those before the moment.
    by_arrival = np.argsort(people.arrival, kind="stable")
    before = np.searchsorted(people.arrival[by_arrival], moment - 1.0)
    eager = orders * np.exp(0.7 * people.opinion) * ~people.is_prospect
    best = np.zeros(len(moment), dtype=np.int64)
    for attempt in range(3):
        candidate = by_arrival[np.floor(rng.random(len(moment)) * before).astype(np.int64)]
        best = np.where((eager[candidate] > eager[best]) | (attempt == 0), candidate, best)
    count = len(moment)
    followed = np.arange(count) < len(referred)
    whom = np.concatenate((referred, np.zeros(vain, dtype=np.int64)))
    possible = before > 0
    dirt = draw_dirt(rng, "referrals", count)
    ids = people.ids
    lines = csv_lines(
        ",",
        numbered("W", people.number[0] * 10 + np.arange(count), 9),
        spoil(ids.take(pa.array(best)), dirt, {"referrals.missing_key": ""}),
        given(ids.take(pa.array(whom)), followed),
        spoil(
            moments(timeline.waking_hours(rng, np.maximum(moment - 1.0, 0.0))),
            dirt,
            {"referrals.unreadable_date": "31.02.2025"},
        ),
    ).filter(pa.array(possible))
    folder.lines("referrals.csv", "referrals", lines, dirt[possible], header=REFERRALS_HEADER)
