"""The names inside the JSON objects of a column: which there are, and how many values have them.

Objects may leave a name out, so that one delivery says little about it: it counts as gone (or as
new) only where most values had (or have) it, and where so many values without it are no chance.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from orchestration.landing.header_columns import HeaderColumn, look_at

MOST_NAMES = 300
_DEEPEST = 3
_LEAST_SHARE = 0.1
_MOST = 0.5
_CHANCE = 0.01
_REMEMBERED = 200
_NAME = re.compile(r"(?!.*\d{5})[^\W\d][\w$ -]{0,59}")
"""What a name looks like; others (numbers, addresses) may be values that somebody keyed by."""

Path = tuple[str, ...]
"""A column and the names inside it: `("buyer", "contact", "mail")`."""


@dataclass(frozen=True)
class NestedName:
    """A name inside objects. `column`: its dotted name and what its values are like.

    `share`: how many of the `of` values around it that were looked at have it.
    """

    path: Path
    column: HeaderColumn
    share: float
    of: int

    def is_missing_in(self, values: int) -> bool:
        """Whether it is more than chance that none of so many values around it has the name."""
        return values > 0 and self.share > _MOST and (1 - self.share) ** values < _CHANCE

    def seen_again(self, former: "NestedName") -> "NestedName":
        """The name with what was known of it before."""
        of = former.of + self.of
        share = (former.share * former.of + self.share * self.of) / of
        column = self.column if self.column.values else former.column
        return replace(self, column=column, share=round(share, 3), of=min(of, _REMEMBERED))

    def not_seen_in(self, values: int) -> "NestedName":
        """The name after so many values without it."""
        of = self.of + values
        return replace(self, share=round(self.share * self.of / of, 3), of=min(of, _REMEMBERED))


def nested_names(columns: Mapping[str, Sequence[str]]) -> tuple[NestedName, ...]:
    """The names inside the objects in columns of texts, to a depth of three.

    Names that few of the values have are left out, for they may be keys that somebody chose; of
    more than `MOST_NAMES`, those that most values have are kept.
    """
    found: list[NestedName] = []
    for name, texts in columns.items():
        objects = [value for text in texts if (value := _object(text)) is not None]
        found += _inside((name,), objects, len(texts))
    return tuple(sorted(found, key=lambda one: -one.share)[:MOST_NAMES])


def _object(text: str) -> Mapping[str, object] | None:
    if not text.startswith("{"):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _inside(path: Path, objects: Sequence[Mapping[str, object]], of: int) -> Iterator[NestedName]:
    if len(path) > _DEEPEST:
        return
    values: dict[str, list[object]] = {}
    for one in objects:
        for key, value in one.items():
            values.setdefault(key, []).append(value)
    for key, own in values.items():
        share = len(own) / of
        if share < _LEAST_SHARE or not _NAME.fullmatch(key):
            continue
        inner = (*path, key)
        column = look_at(".".join(inner), [_text(value) for value in own])
        yield NestedName(inner, column, round(share, 3), of)
        yield from _inside(inner, [one for one in own if isinstance(one, dict)], column.values)


def _text(value: object) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return str(value).lower()
        case dict() | list():
            return "{}" if isinstance(value, dict) else "[]"
        case _:
            return str(value)
