"""The kinds of sources: which settings each knows, needs, and depends on."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from orchestration.landing import expectations
from orchestration.landing.errors import listed

SECRETS = frozenset({"address", "storage_options"})
"""Settings whose values no message shows."""

_TEXTS = ("decimal", "thousands", "date_format", "timestamp_format")
_LANDS = ("timezone", "types", "customer_ids", "order_ids", "entities", *_TEXTS)
_ALL = (
    "kind", "timezone", "types", "covers_until", "max_rejected_share", "customer_ids", "order_ids",
    "entities", *expectations.SETTINGS,
)  # fmt: skip
_FILE = (
    "format", "encoding", "delimiter", "quote", "escape", "header", "names", "skip", "sheet",
    "header_row",
)  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """`needed`: settings of which each, or one of each group, has to be there; `known`: those that
    may be. `lands`: those on which what is landed depends, besides the rows themselves."""

    needed: tuple[tuple[str, ...], ...]
    known: tuple[str, ...]
    lands: tuple[str, ...]


KINDS = {
    "file": Kind(
        needed=(("path",),),
        known=(*_ALL, "path", "storage_options", "redelivery", *_FILE, *_TEXTS),
        lands=(*_LANDS, *_FILE),
    ),
    "database": Kind(
        needed=(("address",), ("table", "query")),
        known=(*_ALL, "address", "table", "query", "key", "cursor", "lag", *_TEXTS),
        lands=(*_LANDS, "table", "query", "key", "cursor"),
    ),
    "table": Kind(
        needed=(("path",), ("table",)),
        known=(*_ALL, "path", "table", "key", *_TEXTS),
        lands=(*_LANDS, "table", "key"),
    ),
    # What one writes is checked by `api.sources`; this is what becomes of it.
    "api": Kind(
        needed=(("preset",), ("stream",)),
        known=(*_ALL, "preset", "stream", "settings"),
        lands=(*_LANDS, "preset", "stream", "settings"),
    ),
}


def kind_problems(kind: str, settings: AbstractSet[str]) -> Iterator[tuple[str, str]]:
    """What is wrong with the settings that a source of `kind` has: (setting, message)."""
    known = KINDS[kind]
    for group in known.needed:
        given = [setting for setting in group if setting in settings]
        if not given:
            yield "kind", f"{' or '.join(group)} is missing. Add `{group[0]}: …`."
        if len(given) > 1:
            yield given[1], f"{' and '.join(given)} exclude each other. Keep one of them."
    for setting in sorted(settings - set(known.known)):
        yield (
            setting,
            f"{setting!r} is no setting of kind: {kind}. It knows {listed(known.known, 40)}.",
        )
