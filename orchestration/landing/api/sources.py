"""`kind: api` in `sources.yml`: one source there is one source per stream of its preset here.

`shop` of the preset `woocommerce` becomes `shop.orders`, `shop.customers` and so on, each with the
preset's mapping, changed by what `streams:` says.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from orchestration.landing.api.preset import StreamSpec
from orchestration.landing.api.settings import COMMON, ApiSettings, SettingsReader
from orchestration.landing.api.templates import filled
from orchestration.landing.errors import LandingError
from orchestration.landing.yaml_lines import Document, Place


@dataclass(frozen=True)
class ApiPlace:
    """One stream of one source: where and how it is read; `columns`: those of every record."""

    settings: ApiSettings
    preset: str
    stream: str
    spec: StreamSpec
    columns: tuple[str, ...]


def with_api_sources(
    document: Document, environment: Mapping[str, str]
) -> tuple[Document, dict[str, ApiPlace]]:
    """The document with every source of `kind: api` replaced by one source per stream.

    Raises `LandingError` with one message per problem, each naming the line.
    """
    values = document.values
    sources = values.get("sources") if isinstance(values, dict) else None
    if not isinstance(sources, dict):
        return document, {}
    all_sources: dict[str, Any] = {}
    lines = dict(document.lines)
    places: dict[str, ApiPlace] = {}
    problems: list[str] = []
    for name, source in sources.items():
        if not isinstance(source, dict) or source.get("kind") != "api":
            all_sources[name] = source
            continue
        reader = SettingsReader(document, name, source, environment)
        settings = reader.read()
        problems += reader.problems
        for place, mapped in _streams(name, source, settings) if settings else ():
            full_name = f"{name}.{place.stream}"
            all_sources[full_name], places[full_name] = mapped, place
            lines.update(_lines_of(document, name, place.stream))
    if problems:
        raise LandingError(*problems)
    return Document(document.name, {**values, "sources": all_sources}, lines), places


def _streams(
    name: str, source: dict[str, Any], settings: ApiSettings
) -> Iterator[tuple[ApiPlace, dict[str, Any]]]:
    """Every stream that is read, and the source that it becomes."""
    common = {key: source[key] for key in COMMON if key in source}
    for stream, declared in settings.preset.streams.items():
        change = settings.streams.get(stream, {})
        entities = _merged(declared.entities, (change or {}).get("entities") or {})
        if change is None or not entities:
            continue
        size = min(settings.page_size or declared.page_size, declared.page_size)
        columns = tuple(dict.fromkeys((*declared.columns, *change.get("columns", ()))))
        yield (
            ApiPlace(
                settings=settings,
                preset=source["preset"],
                stream=stream,
                spec=declared.model_copy(update={"page_size": size}),
                columns=columns,
            ),
            {
                "kind": "api",
                "preset": source["preset"],
                "stream": stream,
                "settings": dict(settings.values),
                "timezone": settings.preset.timezone,
                "types": dict.fromkeys(columns, "text"),
                **common,
                "entities": filled(entities, {"source": name, **settings.values}),
            },
        )


def _lines_of(document: Document, name: str, stream: str) -> Iterator[tuple[Place, int]]:
    """Where the settings of a stream's own source stand."""
    new: Place = ("sources", f"{name}.{stream}")
    old: Place = ("sources", name)
    yield new, document.lines.get(old, 1)
    for prefix in (old, (*old, "streams", stream)):
        for place, line in document.lines.items():
            if place[: len(prefix)] == prefix and len(place) > len(prefix):
                yield (*new, *place[len(prefix) :]), line


def _merged(declared: Mapping[str, Any], override: Mapping[str, Any]) -> dict[str, Any]:
    """`override` laid over `declared`, mapping by mapping; null or false takes away."""
    merged = dict(declared)
    for key, value in override.items():
        if value is None or value is False:
            merged.pop(key, None)
        elif isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = _merged(merged[key], value)
        else:
            merged[key] = value
    return merged
