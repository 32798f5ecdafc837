"""Objects of an interface as flat records, one JSON text each: what the JSON lines reader lands."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from orchestration.landing.api.preset import RowSpec, at

TABLE = "_table"
"""The column that says which of a stream's tables a record belongs to."""

Object = Mapping[str, Any]


def records(
    thing: Object, tables: Mapping[str, RowSpec], key: str, columns: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """The records that an object becomes, table by table, in the order of the declaration.

    Nested names are joined by dots, lists stay lists. Lists that have a table of their own are left
    out of the object's own record. Every record has the object's `key` and all `columns`.
    """
    empty = dict.fromkeys((TABLE, *columns))
    own = {path for spec in tables.values() for path in list(spec.each.values())[:1]}
    flat = {name: value for name, value in _flat(thing) if not _is_within(name, own)}
    for table, spec in tables.items():
        if not spec.each:
            yield {**empty, TABLE: table, **flat}
            continue
        carried = {name: flat.get(name) for name in (key, *spec.carry)}
        for element in _elements(thing, list(spec.each.items()), spec.keep_empty):
            yield {**empty, TABLE: table, **carried, **element}


def as_text(record: Mapping[str, Any]) -> str:
    """The record as one line of JSON. Half characters, which no file can hold, are replaced."""
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _flat(thing: Object, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in thing.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _is_within(name: str, paths: set[str]) -> bool:
    return any(name == path or name.startswith(f"{path}.") for path in paths)


def _elements(
    thing: Object, each: Sequence[tuple[str, str]], keep_empty: bool
) -> Iterator[dict[str, Any]]:
    """The innermost elements, each with the columns of those around it."""
    (prefix, path), inner = each[0], each[1:]
    found = at(thing, path)
    if isinstance(found, str):
        found = [{"value": part.strip()} for part in found.split(";") if part.strip()]
    elements = [part for part in found or () if isinstance(part, Mapping)]
    for position, element in enumerate(elements, 1):
        hidden = {path for _, path in inner[:1]}
        own = {
            f"{prefix}.{name}": value
            for name, value in _flat(element)
            if not _is_within(name, hidden)
        }
        own[f"{prefix}.position"] = position
        if not inner:
            yield own
            continue
        for further in _elements(element, inner, keep_empty):
            yield {**own, **further}
    if not elements and keep_empty:
        yield {}
