"""The dirt in the demo company's files: every kind has a name, a share and an expected fate.

About one row in a hundred carries one kind. A row never carries two: so the rows that a reader
rejects can be counted kind by kind against what was made.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Codes = npt.NDArray[np.uint8]
"""One code per row: 0 for a clean row, else 1 + the kind's place in `DIRT`."""


class Fate(StrEnum):
    """What a reader is expected to do with a dirty row."""

    REJECTED = "rejected"
    """It goes to quarantine."""
    ACCEPTED = "accepted"
    """It is landed; what it means is for the models to judge."""
    SUPERSEDED = "superseded"
    """It is landed, and a version with the same key is the one that counts."""
    SKIPPED = "skipped"
    """Its file is known already: the delivery is not read a second time."""


@dataclass(frozen=True)
class Dirt:
    """One kind of dirt: `share` of the entity's rows carry it (0: it is made deliberately)."""

    entity: str
    name: str
    what: str
    fate: Fate
    share: float

    @property
    def kind(self) -> str:
        """The name that reports use, such as `order_lines.text_in_number`."""
        return f"{self.entity}.{self.name}"


def _kinds(entity: str, *kinds: tuple[str, str, Fate, float]) -> tuple[Dirt, ...]:
    return tuple(Dirt(entity, *kind) for kind in kinds)


_NO, _YES, _OLD, _TWICE = Fate.REJECTED, Fate.ACCEPTED, Fate.SUPERSEDED, Fate.SKIPPED

DIRT: tuple[Dirt, ...] = (
    *_kinds(
        "customers",
        ("missing_key", "the customer's id is empty", _NO, 0.0015),
        ("unreadable_date", "the birth date is 31 February", _NO, 0.002),
        ("wrong_encoding", "cp1252 bytes in a UTF-8 file", _NO, 0.002),
        ("too_few_columns", "the line ends after a few columns", _NO, 0.0015),
        ("torn_quote", "text after a closing quote, in the creation time", _NO, 0.001),
        ("test_customer", "the shop's own test account, marked as such", _YES, 0.001),
        ("second_card", "a person who is known already, under a second id", _YES, 0.008),
    ),
    *_kinds(
        "contacts",
        ("unreadable_date", "the birth date is the text n/a", _NO, 0.005),
        ("missing_customer", "the customer's id is empty", _NO, 0.005),
    ),
    *_kinds(
        "contracts",
        ("unreadable_date", "the contract begins on 31 February", _NO, 0.004),
        ("text_in_number", "the amount is the text abc", _NO, 0.004),
        ("missing_customer", "the customer's id is empty", _NO, 0.004),
    ),
    *_kinds(
        "consents",
        ("missing_customer", "the customer's id is null", _NO, 0.002),
        ("unreadable_date", "the time is the text n/a", _NO, 0.003),
        ("unknown_value", "the status is maybe", _NO, 0.002),
        ("torn_line", "the JSON ends in mid-line", _NO, 0.002),
    ),
    *_kinds(
        "suppressions",
        ("unreadable_date", "the time is 31 February", _NO, 0.01),
    ),
    *_kinds(
        "orders",
        ("missing_time", "the time of the order is null", _NO, 0.001),
        ("unknown_value", "the status is in limbo", _NO, 0.001),
        ("guest", "an order without a customer", _YES, 0.005),
        ("repeated_row", "the same row twice in one file", _OLD, 0.001),
        ("corrected", "delivered again with another status", _OLD, 0),
    ),
    *_kinds(
        "order_lines",
        ("missing_key", "the order's id is empty", _NO, 0.002),
        ("decimal_comma", "the price is 12,50", _NO, 0.002),
        ("text_in_number", "the quantity is the text abc", _NO, 0.002),
        ("too_few_columns", "the line ends after a few columns", _NO, 0.0015),
        ("too_many_columns", "the line has a column too many", _NO, 0.001),
        ("torn_quote", "text after a closing quote, in the quantity", _NO, 0.001),
        ("second_delivery", "a month's file again under another name", _TWICE, 0),
    ),
    *_kinds(
        "refunds",
        ("unreadable_date", "the time is 31 February", _NO, 0.004),
        ("text_in_number", "the amount is the text abc", _NO, 0.004),
        ("same_day_cancellation", "the whole order back on its own day", _YES, 0),
    ),
    *_kinds(
        "interactions",
        ("missing_customer", "the customer's id is null", _NO, 0.002),
        ("unreadable_date", "the time is the text n/a", _NO, 0.003),
        ("unknown_value", "the channel is fax", _NO, 0.002),
        ("torn_line", "the JSON ends in mid-line", _NO, 0.002),
    ),
    *_kinds(
        "feedback",
        ("missing_customer", "the customer's id is null", _NO, 0.003),
        ("text_in_number", "the score is the text ten", _NO, 0.004),
        ("torn_line", "the JSON ends in mid-line", _NO, 0.002),
    ),
    *_kinds(
        "referrals",
        ("missing_key", "who referred is empty", _NO, 0.005),
        ("unreadable_date", "the time is 31 February", _NO, 0.005),
    ),
    *_kinds(
        "marketing_spend",
        ("decimal_comma", "the amount is 12,50", _NO, 0.004),
        ("unreadable_date", "the day is the text n/a", _NO, 0.004),
    ),
)

_CODES = {dirt.kind: number for number, dirt in enumerate(DIRT, start=1)}


def code_of(kind: str) -> int:
    """The code of a kind such as `order_lines.text_in_number`; `KeyError` for an unknown one."""
    return _CODES[kind]


def draw_dirt(rng: np.random.Generator, entity: str, rows: int) -> Codes:
    """Which of the entity's `rows` rows are dirty, and how: one code per row."""
    kinds = [dirt for dirt in DIRT if dirt.entity == entity]
    bounds = list(accumulate(dirt.share for dirt in kinds))
    codes = np.array([*(code_of(dirt.kind) for dirt in kinds), 0], dtype=np.uint8)
    drawn: Codes = codes[np.searchsorted(bounds, rng.random(rows), side="right")]
    return drawn


def count_dirt(codes: Codes) -> dict[str, int]:
    """How many rows carry each kind; kinds that do not occur are absent."""
    counts = np.bincount(codes, minlength=len(DIRT) + 1)[1:]
    return {dirt.kind: int(n) for dirt, n in zip(DIRT, counts, strict=True) if n}


def spoil(column: pa.Array, codes: Codes, spoilt: Mapping[str, Any]) -> pa.Array:
    """`column` with the values of `spoilt` (kind: value) in the rows that carry the kind."""
    for kind, value in spoilt.items():
        mask = codes == code_of(kind)
        if mask.any():
            replacement = pa.array([value] * int(mask.sum()), type=column.type)
            column = pc.replace_with_mask(column, pa.array(mask), replacement)
    return column


def cut(lines: pa.Array, codes: Codes, kind: str, characters: int) -> pa.Array:
    """`lines` (each with its line end), those that carry `kind` cut after `characters`."""
    mask = codes == code_of(kind)
    if not mask.any():
        return lines
    torn = pc.utf8_slice_codeunits(lines.filter(pa.array(mask)), 0, characters)
    torn = pc.binary_join_element_wise(torn, "\n", "")
    return pc.replace_with_mask(lines, pa.array(mask), torn)
