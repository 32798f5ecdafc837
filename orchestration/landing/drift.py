"""How the columns of a delivery differ from those of the delivery before, in words."""

import difflib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from orchestration.landing.errors import listed
from orchestration.landing.headers import EMPTY, TEXTS, WIDER, Header, HeaderColumn, likeness

_LIKE_NAME = 0.6
_LIKE_VALUES = 0.8
_NAMED = 40


@dataclass(frozen=True)
class Drift:
    """What is different since the delivery `since`; false where nothing is.

    `renamed`: pairs of a removed and an added column that may be the same one. `retyped`: column,
    what it held, what it holds. `order`: the columns that were there before, as they stand now,
    where that is another order.
    """

    since: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    retyped: tuple[tuple[str, str, str], ...] = ()
    order: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.retyped or self.order)

    def words(self, fate_of_new: str = "") -> str:
        """`'a' is gone and 'b' is new (…): perhaps renamed; …`, all of it in one line."""
        return "; ".join(self._parts(f" ({fate_of_new})" if fate_of_new else ""))

    def _parts(self, fate: str) -> Iterator[str]:
        paired = {name for pair in self.renamed for name in pair}
        for old, new in self.renamed:
            yield f"{old!r} is gone and {new!r} is new{fate}: perhaps renamed"
        if added := [name for name in self.added if name not in paired]:
            yield f"new: {_quoted(added)}{fate}"
        if removed := [name for name in self.removed if name not in paired]:
            yield f"gone: {_quoted(removed)}"
        for name, old, new in self.retyped:
            yield f"{name!r} held {old} and holds {new}"
        if self.order:
            yield f"the order is now {listed(self.order, _NAMED)}"


def drift(last: Header, now: Header, texts: Collection[str]) -> Drift:
    """What is different between two headers.

    `texts`: columns that are taken as they are written; where those held whole numbers, numbers
    with a fraction are others (`17850` has become `17850.0`).
    """
    before, after = last.by_name, now.by_name
    added = [name for name in after if name not in before]
    removed = [name for name in before if name not in after]
    common = tuple(name for name in after if name in before)
    has_order = last.has_order and now.has_order
    return Drift(
        since=last.file,
        added=tuple(added),
        removed=tuple(removed),
        renamed=tuple(_renamed(last, now, removed, added)),
        retyped=tuple(
            (name, before[name].type, after[name].type)
            for name in common
            if last.declares == now.declares
            and _is_retyped(before[name].type, after[name].type, now.declares, name in texts)
        ),
        order=common
        if has_order and common != tuple(name for name in before if name in after)
        else (),
    )


def _is_retyped(old: str, new: str, declared: bool, is_text: bool) -> bool:
    if old == new or EMPTY in (old, new):
        return False
    if declared:
        return True
    if old == TEXTS or WIDER.get(new) == old:
        return False
    return is_text or WIDER.get(old) != new


def _renamed(
    last: Header, now: Header, removed: Sequence[str], added: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """Pairs of a removed and an added column that are alike, the most alike first."""
    before, after = last.by_name, now.by_name
    places = (
        {name: place for place, name in enumerate(last.names)},
        {name: place for place, name in enumerate(now.names)},
    )
    scores = {
        (old, new): score
        for old in removed
        for new in added
        if (score := _alike(before[old], after[new], places, last.declares and now.declares))
    }
    taken: set[str] = set()
    for (old, new), _ in sorted(scores.items(), key=lambda scored: (-scored[1], scored[0])):
        if f"-{old}" not in taken and f"+{new}" not in taken:
            taken |= {f"-{old}", f"+{new}"}
            yield old, new


def _alike(
    old: HeaderColumn,
    new: HeaderColumn,
    places: tuple[Mapping[str, int], Mapping[str, int]],
    declared: bool,
) -> float:
    """How much speaks for one column under two names; 0 where too little does."""
    names = difflib.SequenceMatcher(None, _letters(old.name), _letters(new.name)).ratio()
    has_its_place = places[0][old.name] == places[1][new.name]
    if declared:
        values = float(old.type == new.type and has_its_place)
    else:
        values = likeness(old, new) if old.type == new.type else 0.0
    if names < _LIKE_NAME and values < _LIKE_VALUES:
        return 0.0
    return names + values + 0.1 * has_its_place


def _letters(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())


def _quoted(names: Sequence[str]) -> str:
    return listed([repr(name) for name in names], _NAMED)
