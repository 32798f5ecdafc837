"""Destinations: one module each, found by scanning. Adding a destination is adding one file."""

import importlib
import pkgutil
from collections.abc import Mapping
from types import MappingProxyType

from orchestration.exports.model import Destination, ExportError


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
        found[destination.name] = destination
    return MappingProxyType(found)


DESTINATIONS: Mapping[str, Destination] = _found()
