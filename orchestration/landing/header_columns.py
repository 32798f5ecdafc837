"""What the values of a column look like: their type, their shapes, how many and how long they are.

A shape is a value without its letters and digits (`a@a.a`, `a-9`): it tells columns apart and says
nothing about anybody.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_MOST = 0.9
_SHAPES = 5
_LONGEST_SHAPE = 20

EMPTY, TEXTS = "nothing", "texts"
_DATE = r"(\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{2,4})"
_LETTERS, _DIGITS = re.compile(r"[^\W\d_]+"), re.compile(r"\d+")
_KINDS = {
    "whole numbers": re.compile(r"[-+]?\d+"),
    "dates": re.compile(_DATE),
    "times": re.compile(rf"{_DATE}[ T]\d{{1,2}}:\d\d.*"),
    "numbers": re.compile(
        r"(?=.*\d)[-+(\u2212]?(\d{1,3}([.,'\u2019\s]\d{3})+|\d+)?([.,]\d*)?([eE][-+]?\d+)?\)?"
    ),
    "true or false": re.compile(r"true|false|t|f|yes|no|y|n|да|нет", re.IGNORECASE),
}
"""What a text is said to hold, in the order in which it is tried."""
WIDER = {"whole numbers": "numbers", "dates": "times"}
"""What holds all of a kind and more."""


@dataclass(frozen=True)
class HeaderColumn:
    """`type` is what the file declares, or what most of the first values are: see `_KINDS`.

    `shapes`: the most frequent shapes of the first values → their share. `values`: how many of
    those were not empty, `filled` their share, `length` their mean length; 0 where nobody counted.
    """

    name: str
    type: str
    shapes: Mapping[str, float] = field(default_factory=dict)
    values: int = 0
    filled: float = 0.0
    length: float = 0.0


def look_at(name: str, values: Sequence[str | None]) -> HeaderColumn:
    """What the first values of a column are like."""
    texts = texts_in(values)
    if not texts:
        return HeaderColumn(name, EMPTY)
    shapes = Counter(_shape(text) for text in texts).most_common(_SHAPES)
    return HeaderColumn(
        name,
        _kind_of(texts),
        {shape: round(count / len(texts), 2) for shape, count in shapes},
        len(texts),
        round(len(texts) / len(values), 2),
        round(sum(map(len, texts)) / len(texts), 1),
    )


def texts_in(values: Sequence[str | None]) -> list[str]:
    """The values that are not empty."""
    return [text for value in values if value and (text := value.strip())]


def _kind_of(texts: Sequence[str]) -> str:
    """What most of the texts are."""
    kinds = Counter(_kind(text) for text in texts)
    for kind, wider in WIDER.items():
        if kinds[wider]:
            kinds[wider] += kinds.pop(kind, 0)
    kind, count = max(kinds.items(), key=lambda found: (found[1], found[0]))
    return kind if count >= _MOST * len(texts) else TEXTS


def _kind(text: str) -> str:
    return next((kind for kind, form in _KINDS.items() if form.fullmatch(text)), TEXTS)


def _shape(text: str) -> str:
    return _DIGITS.sub("9", _LETTERS.sub("a", text))[:_LONGEST_SHAPE]


def likeness(one: HeaderColumn, other: HeaderColumn) -> float:
    """How much alike the values of two columns are, from 0 to 1."""
    return sum(min(share, other.shapes.get(shape, 0.0)) for shape, share in one.shapes.items())


def likeness_in_detail(one: HeaderColumn, other: HeaderColumn) -> float:
    """The same, less where one has longer values than the other, or more of them."""
    alike = likeness(one, other)
    if not (one.length and other.length):
        return alike
    lengths = min(one.length, other.length) / max(one.length, other.length)
    return alike * lengths * (1 - abs(one.filled - other.filled))
