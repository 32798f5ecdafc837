"""Contracts of companies, and the people one talks to there (XLSX)."""

from typing import Any

import numpy as np

from orchestration.demo.block import Block
from orchestration.demo.catalogue import CURRENCY
from orchestration.demo.dirt import Codes, code_of, draw_dirt
from orchestration.demo.files import DemoFolder, Sheet
from orchestration.demo.names import ROLES
from orchestration.demo.persons import draw_persons
from orchestration.demo.reasons import REASONS, draw_reasons
from orchestration.demo.streams import Purpose

CONTRACTS = Sheet(
    "Contracts",
    ("Contract register",),
    (
        "Contract no", "Customer", "Begins", "Ends", "Cancelled on", "Reason", "Amount", "Billed",
        "Currency", "Renews", "Changed on",
    ),
    frozenset({2, 3, 4, 10}),
)  # fmt: skip
CONTACTS = Sheet(
    "Contacts",
    (),
    (
        "Contact no", "Customer", "Role", "First name", "Last name", "Email", "Phone",
        "Birth date", "Main", "Changed on",
    ),
    frozenset({7, 9}),
)  # fmt: skip
_PERIODS = ("month", "quarter", "year")
_MONTHS = (1, 3, 12)


def write_contracts(block: Block, folder: DemoFolder) -> None:
    """Append the contracts of a block's companies.

    Open-ended ones run until they are cancelled; those for a term renew themselves, or end and are
    followed by the next one while the company stays.
    """
    rng, timeline = block.draws(Purpose.CONTRACTS), block.timeline
    people, lives = block.people, block.lives
    companies = np.flatnonzero(people.is_company)
    count = len(companies)
    first = timeline.first_epoch_day
    begins = first + np.floor(people.arrival[companies]).astype(np.int64)
    # Firms stay longer than people, whatever the channel.
    leaves = begins + 120 + ((lives.left - block.since)[companies] * 4.5).astype(np.int64)
    last = first + timeline.days - 1
    style = rng.choice(3, count, p=[0.5, 0.25, 0.25])
    term = np.where(rng.random(count) < 0.7, 365, 730)
    period = rng.choice(3, count, p=[0.65, 0.15, 0.2])
    monthly = np.minimum(np.exp(rng.normal(4.6, 0.8, count)) * people.spend[companies] ** 0.5, 9000)
    reasons = draw_reasons(rng, people.opinion[companies])
    says_why = rng.random(count) < 0.85
    notice = rng.choice([14, 30, 30, 60, 90], count)
    has_second = rng.random(count) < 0.1
    # Of those who have a term, some do not come back after it: no one cancels anything.
    lapses = (style == 2) & (rng.random(count) < 0.35)
    rows: list[tuple[Any, ...]] = []
    for n, company in enumerate(companies.tolist()):
        number = int(people.number[company])
        leave, give_notice = int(leaves[n]), int(leaves[n] - notice[n])
        reason = REASONS[reasons[n]] if says_why[n] else None
        price = float(monthly[n])
        begin, part = int(begins[n]), 1
        while begin <= last:
            ends = None if style[n] == 0 else begin + int(term[n]) - 1
            # Who renews leaves by cancelling; who has a term also waits for its end.
            is_final = style[n] < 2 or (ends is not None and ends >= leave)
            cancelled = max(begin, give_notice) if is_final and give_notice <= last else None
            if cancelled is not None:
                ends = max(leave, cancelled)
            rows.append(
                (
                    f"V{number:08d}-{part}", f"C{number:08d}", begin, ends, cancelled,
                    None if cancelled is None else reason,
                    round(price * _MONTHS[period[n]], 2), _PERIODS[period[n]], CURRENCY,
                    "yes" if style[n] < 2 else "no", begin if cancelled is None else cancelled,
                )
            )  # fmt: skip
            if is_final or ends is None or lapses[n]:
                break
            begin, part, price = ends + 1, part + 1, price * 1.04
        begin = int(begins[n]) + 90
        if has_second[n] and begin <= min(last, give_notice):
            cancelled = give_notice if give_notice <= last else None
            rows.append(
                (
                    f"V{number:08d}-S", f"C{number:08d}", begin,
                    None if cancelled is None else leave, cancelled,
                    None if cancelled is None else reason,
                    round(float(monthly[n]) * 0.4, 2), "month", CURRENCY, "yes",
                    begin if cancelled is None else cancelled,
                )
            )  # fmt: skip
    dirt = draw_dirt(rng, "contracts", len(rows))
    rows = _spoilt(rows, dirt, "contracts.missing_customer", 1, None)
    rows = _spoilt(rows, dirt, "contracts.unreadable_date", 2, "31.02.2025")
    rows = _spoilt(rows, dirt, "contracts.text_in_number", 6, "abc")
    folder.sheet("contracts.xlsx", "contracts", CONTRACTS, rows, dirt)


def write_contacts(block: Block, folder: DemoFolder) -> None:
    """Append the people of a block's companies: one to four each, the first the main one."""
    rng, timeline, people = block.draws(Purpose.CONTACTS), block.timeline, block.people
    companies = np.flatnonzero(people.is_company)
    row = np.repeat(companies, rng.choice([1, 2, 3, 4], len(companies), p=[0.4, 0.3, 0.2, 0.1]))
    count = len(row)
    place = np.arange(count) - np.searchsorted(row, row)
    # Numbers beyond those of the customers, so that no contact shares an address with one.
    number = block.customers + people.number[row] * 4 + place
    persons = draw_persons(rng, number, people.country[row])
    role = rng.integers(0, len(ROLES), count)
    birth = rng.integers(-4000, 12000, count)
    changed = timeline.first_epoch_day + np.floor(people.arrival[row]).astype(np.int64)
    known = rng.random((4, count)) < np.array([[0.95], [0.9], [0.85], [0.6]])
    dirt = draw_dirt(rng, "contacts", count)
    rows: list[tuple[Any, ...]] = [
        (
            f"K{number}-{n + 1}", f"C{number:08d}", ROLES[role[i]], first, last,
            email if known[1, i] else None, phone if known[2, i] else None,
            int(birth[i]) if known[3, i] else None, "yes" if n == 0 else "no", int(changed[i]),
        )
        for i, (number, n, first, last, email, phone) in enumerate(
            zip(
                people.number[row].tolist(), place.tolist(), persons.first_name.to_pylist(),
                persons.last_name.to_pylist(), persons.email.to_pylist(),
                persons.phone.to_pylist(), strict=True,
            )
        )
    ]  # fmt: skip
    rows = _spoilt(rows, dirt, "contacts.missing_customer", 1, None)
    rows = _spoilt(rows, dirt, "contacts.unreadable_date", 7, "n/a")
    folder.sheet("contacts.xlsx", "contacts", CONTACTS, rows, dirt)


def _spoilt(
    rows: list[tuple[Any, ...]], dirt: Codes, kind: str, column: int, value: str | None
) -> list[tuple[Any, ...]]:
    code = code_of(kind)
    return [
        (*row[:column], value, *row[column + 1 :]) if dirty == code else row
        for row, dirty in zip(rows, dirt.tolist(), strict=True)
    ]
