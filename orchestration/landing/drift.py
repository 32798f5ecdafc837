"""How the columns of a delivery differ from those of the delivery before, in words."""

import difflib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from orchestration.landing.errors import listed
from orchestration.landing.header_columns import (
    EMPTY,
    TEXTS,
    WIDER,
    HeaderColumn,
    likeness,
    likeness_in_detail,
)
from orchestration.landing.headers import Header
from orchestration.landing.nested_names import NestedName

_LIKE_NAME = 0.6
_LIKE_VALUES = 0.8
_NAMED = 40


@dataclass(frozen=True)
class Drift:
    """What is different since the delivery `since`; false where nothing is.

    `renamed`: pairs of a removed and an added column that may be the same one. `retyped`: column,
    what it held, what it holds; `narrowed`: the same of texts that all are something else now.
    `order`: the columns that were there before, as they stand now, where that is another order.
    `new_names`, `lost_names`: dotted names inside objects.
    """

    since: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    retyped: tuple[tuple[str, str, str], ...] = ()
    narrowed: tuple[tuple[str, str, str], ...] = ()
    order: tuple[str, ...] = ()
    new_names: tuple[NestedName, ...] = ()
    lost_names: tuple[NestedName, ...] = ()

    def __bool__(self) -> bool:
        return self.breaks or bool(self.narrowed)

    @property
    def breaks(self) -> bool:
        """Whether what was agreed is not kept; texts may be anything."""
        columns = self.added or self.removed or self.retyped or self.order
        return bool(columns or self.new_names or self.lost_names)

    def words(self, fates: Mapping[str, str] | None = None) -> str:
        """`'a' is gone and 'b' is new (…): perhaps renamed; …`, all of it in one line.

        `fates`: what becomes of new columns and names.
        """
        return "; ".join(self._parts(fates or {}))

    def _parts(self, fates: Mapping[str, str]) -> Iterator[str]:
        paired = {name for pair in self.renamed for name in pair}
        for old, new in self.renamed:
            yield f"{old!r} is gone and {new!r} is new{_in_brackets(fates, new)}: perhaps renamed"
        by_fate: dict[str, list[str]] = {}
        for name in (*self.added, *(one.column.name for one in self.new_names)):
            if name not in paired:
                by_fate.setdefault(_in_brackets(fates, name), []).append(name)
        for fate, added in by_fate.items():
            yield f"new: {_quoted(added)}{fate}"
        lost = (one.column.name for one in self.lost_names)
        if removed := [name for name in (*self.removed, *lost) if name not in paired]:
            yield f"gone: {_quoted(removed)}"
        for name, old, new in (*self.retyped, *self.narrowed):
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
    declares = last.declares and now.declares
    new_names, lost_names = now.names_missing_in(last), last.names_missing_in(now)
    pairs = [(before[name], after[name]) for name in common]
    pairs_inside = [
        (last.by_path[one.path].column, one.column)
        for one in now.nested
        if one.path in last.by_path
    ]
    looked_at = pairs_inside if last.declares or now.declares else [*pairs, *pairs_inside]
    return Drift(
        since=last.file,
        added=tuple(added),
        removed=tuple(removed),
        renamed=(
            *_renamed(before, after, removed, added, declares),
            *_renamed_inside(lost_names, new_names),
        ),
        retyped=(
            *(_types(old, new) for old, new in pairs if declares and old.type != new.type),
            *(
                _types(old, new)
                for old, new in looked_at
                if _is_retyped(old.type, new.type, old.name in texts)
            ),
        ),
        narrowed=tuple(_types(old, new) for old, new in looked_at if _is_narrowed(old, new)),
        order=common
        if has_order and common != tuple(name for name in before if name in after)
        else (),
        new_names=new_names,
        lost_names=lost_names,
    )


def _types(old: HeaderColumn, new: HeaderColumn) -> tuple[str, str, str]:
    return new.name, old.type, new.type


def _is_retyped(old: str, new: str, is_text: bool) -> bool:
    if old in (new, TEXTS) or EMPTY in (old, new) or WIDER.get(new) == old:
        return False
    return is_text or WIDER.get(old) != new


def _is_narrowed(old: HeaderColumn, new: HeaderColumn) -> bool:
    """Whether texts are something else now; a few of mixed ones may happen to be."""
    return old.type == TEXTS and new.type not in (TEXTS, EMPTY) and likeness(old, new) == 0


def _renamed(
    before: Mapping[str, HeaderColumn],
    after: Mapping[str, HeaderColumn],
    removed: Sequence[str],
    added: Sequence[str],
    declared: bool,
) -> Iterator[tuple[str, str]]:
    """Pairs of a removed and an added column that are alike, the most alike first."""
    places = (
        {name: place for place, name in enumerate(before)},
        {name: place for place, name in enumerate(after)},
    )
    scores = {
        (old, new): score
        for old in removed
        for new in added
        if (score := _alike(before[old], after[new], places, declared))
    }
    taken: set[str] = set()
    for (old, new), _ in sorted(scores.items(), key=lambda scored: (-scored[1], scored[0])):
        if f"-{old}" not in taken and f"+{new}" not in taken:
            taken |= {f"-{old}", f"+{new}"}
            yield old, new


def _renamed_inside(
    lost: Sequence[NestedName], new: Sequence[NestedName]
) -> Iterator[tuple[str, str]]:
    """The same of names inside objects: pairs are in the same object."""
    for around in dict.fromkeys(one.path[:-1] for one in lost):
        before, after = (
            {one.column.name: one.column for one in names if one.path[:-1] == around}
            for names in (lost, new)
        )
        yield from _renamed(before, after, tuple(before), tuple(after), declared=False)


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
    if not declared:
        values = likeness_in_detail(old, new) if values else 0.0
    # Names that are hardly alike say nothing: there, values decide.
    return (names if names >= _LIKE_NAME else 0.1 * names) + values + 0.1 * has_its_place


def _letters(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())


def _in_brackets(fates: Mapping[str, str], name: str) -> str:
    return f" ({fates[name]})" if fates.get(name) else ""


def _quoted(names: Sequence[str]) -> str:
    return listed([repr(name) for name in names], _NAMED)
