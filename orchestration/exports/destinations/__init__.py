"""Destinations: one module each, found by scanning. Adding a destination is adding one file."""

import importlib
import pkgutil
from collections.abc import Mapping
from types import MappingProxyType

from orchestration.exports.destination import BY_CUSTOMER, MOST_FIELDS, Destination
from orchestration.exports.model import ExportError


def _found() -> Mapping[str, Destination]:
    found: dict[str, Destination] = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        destination = getattr(
            importlib.import_module(f"{__name__}.{module.name}"), "DESTINATION", None
        )
        if not isinstance(destination, Destination) or destination.name != module.name:
            raise ExportError(
                f"orchestration/exports/destinations/{module.name}.py must define DESTINATION, "
                f"a Destination named {module.name!r}."
            )
        found[destination.name] = declared(destination)
    return MappingProxyType(found)


def declared(destination: Destination) -> Destination:
    """`destination`, if it says all that is needed of its fields."""
    named = {
        header
        for group in (*destination.identifiers, destination.together, destination.order_by)
        for header in (name.removeprefix("-") for name in group)
    } - set(BY_CUSTOMER)
    of_people = [column for column in destination.fields if not column.of_segment]
    problems = {
        f"names no column {', '.join(sorted(named - set(destination.headers)))}": not named
        <= set(destination.headers),
        "has two columns of one header": len(set(destination.headers)) < len(destination.fields),
        "does not say what each person's field `needs`": not all(one.needs for one in of_people),
        f"has more than {MOST_FIELDS} fields of people": len(of_people) > MOST_FIELDS,
        "says nothing that identifies a row": not destination.identifiers,
    }
    wrong = [problem for problem, holds in problems.items() if holds]
    if wrong:
        raise ExportError(f"The destination {destination.name!r} {'; '.join(wrong)}.")
    return destination


DESTINATIONS: Mapping[str, Destination] = _found()
