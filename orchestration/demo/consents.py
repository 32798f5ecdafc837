"""What customers allowed, and whom the company must not write to."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from orchestration.demo.block import Block
from orchestration.demo.dirt import code_of, cut, draw_dirt, spoil
from orchestration.demo.files import DemoFolder
from orchestration.demo.streams import Purpose
from orchestration.demo.text import (
    Bools,
    chosen,
    csv_lines,
    days,
    given,
    joined,
    json_lines,
    json_text,
    moments,
    numbered,
)
from orchestration.demo.timeline import DAY, Ints

SUPPRESSIONS_HEADER = "customer_id,identifier,channel,reason,recorded_at\n"
_STATUSES = ("granted", "denied", "withdrawn")
_SOURCES = ("web form", "checkout", "call centre", "store")
_SUPPRESSED = ("all", "email", "sms", "call", "letter")
_WHY = ("objection", "complaint", "bounce", "deceased", "legal hold")


@dataclass(frozen=True)
class _Question:
    """`asked`: share of customers asked; `granted`: share of those who said yes; `withdrawn`:
    share of the latter who took it back."""

    purpose: str
    asked: float
    granted: float
    withdrawn: float


_QUESTIONS = (
    _Question("email_marketing", 0.92, 0.78, 0.06),
    _Question("sms_marketing", 0.32, 0.45, 0.08),
    _Question("call_marketing", 0.25, 0.30, 0.10),
    _Question("post_marketing", 0.04, 0.60, 0.02),
    _Question("ad_user_data", 0.88, 0.68, 0.03),
    _Question("ad_personalization", 0.88, 0.94, 0.03),
)


def write_consents(block: Block, folder: DemoFolder, created: Ints) -> None:
    """Append a block's answers, and later withdrawals, as JSON lines. `created`: seconds at which
    each customer's card was opened."""
    rng, size = block.draws(Purpose.CONSENTS), len(block.people)
    said_yes: dict[str, Bools] = {}
    answered = rng.random(size) < 0.92
    asked_about_ads = answered & (rng.random(size) < 0.88)
    for question in _QUESTIONS:
        asked = answered & (rng.random(size) < question.asked)
        if question.purpose.startswith("ad_"):
            asked = asked_about_ads
        yes = asked & (rng.random(size) < question.granted)
        if question.purpose == "ad_personalization":
            # Hardly anybody allows advertisements to be personal who keeps the data back.
            yes &= said_yes["ad_user_data"]
        said_yes[question.purpose] = yes
        rows = np.flatnonzero(asked)
        answers = _Answers(question.purpose, rows, created[rows], np.where(yes[rows], 0, 1))
        _write(rng, block, folder, answers)

        back = np.flatnonzero(yes & (rng.random(size) < question.withdrawn))
        later = (rng.exponential(250, len(back)) * DAY + 3600).astype(np.int64)
        moment = created[back] + later
        back, moment = back[moment <= block.timeline.end], moment[moment <= block.timeline.end]
        answers = _Answers(question.purpose, back, moment, np.full(len(back), 2))
        _write(rng, block, folder, answers)


@dataclass(frozen=True)
class _Answers:
    """Answers to one question: the customers' rows, seconds since 1970, places in `_STATUSES`."""

    purpose: str
    rows: Ints
    moment: Ints
    status: Ints


def _write(rng: np.random.Generator, block: Block, folder: DemoFolder, answers: _Answers) -> None:
    people, purpose = block.people, answers.purpose
    rows, moment, status = answers.rows, answers.moment, answers.status
    count = len(rows)
    dirt = draw_dirt(rng, "consents", count)
    is_granted = status == 0
    confirmed = is_granted & (rng.random(count) < 0.7) & (purpose == "email_marketing")
    expires = is_granted & (purpose == "call_marketing")
    lines = json_lines(
        customer_id=json_text(
            given(people.ids.take(pa.array(rows)), dirt != code_of("consents.missing_customer"))
        ),
        purpose=chosen([f'"{purpose}"'], np.zeros(count, dtype=np.int64)),
        status=json_text(
            spoil(chosen(_STATUSES, status), dirt, {"consents.unknown_value": "maybe"})
        ),
        recorded_at=json_text(spoil(moments(moment), dirt, {"consents.unreadable_date": "n/a"})),
        expires_on=json_text(given(days(moment + 730 * DAY), expires)),
        source=json_text(chosen(_SOURCES, rng.choice(4, count, p=[0.5, 0.3, 0.1, 0.1]))),
        proof_ref=json_text(joined("F", numbered("", people.number[rows], 8))),
        double_opt_in_at=json_text(given(moments(moment + 60 * 7), confirmed)),
    )
    folder.lines("consents.jsonl", "consents", cut(lines, dirt, "consents.torn_line", 40), dirt)


def write_suppressions(block: Block, folder: DemoFolder, emails: pa.Array, created: Ints) -> None:
    """Append those of a block who must not be written to: by their id, or by an address alone."""
    rng, people, timeline = block.draws(Purpose.SUPPRESSIONS), block.people, block.timeline
    rows = np.flatnonzero(rng.random(len(people)) < 0.012)
    moment = created[rows] + (rng.exponential(300, len(rows)) * DAY).astype(np.int64)
    by_address = rng.random(len(rows)) < 0.25
    known = np.asarray(emails.take(pa.array(rows)).is_valid())
    kept = (moment <= timeline.end) & (known | ~by_address)
    rows, moment, by_address = rows[kept], moment[kept], by_address[kept]
    count = len(rows)
    dirt = draw_dirt(rng, "suppressions", count)
    channel = np.where(by_address, 1, rng.choice(5, count, p=[0.4, 0.3, 0.1, 0.15, 0.05]))
    lines = csv_lines(
        ",",
        given(people.ids.take(pa.array(rows)), ~by_address),
        given(emails.take(pa.array(rows)), by_address),
        chosen(_SUPPRESSED, channel),
        chosen(_WHY, np.where(by_address, 2, rng.choice(5, count, p=[0.5, 0.2, 0.2, 0.05, 0.05]))),
        spoil(moments(moment), dirt, {"suppressions.unreadable_date": "31.02.2025"}),
    )
    folder.lines("suppressions.csv", "suppressions", lines, dirt, header=SUPPRESSIONS_HEADER)
