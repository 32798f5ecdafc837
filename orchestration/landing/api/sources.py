"""`kind: api` in `sources.yml`: one source there is one source per stream of its preset here.

`shop` of the preset `woocommerce` becomes `shop.orders`, `shop.customers` and so on, each with the
preset's mapping, changed by what `streams:` says.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from orchestration.landing.api.preset import (
    Access,
    Preset,
    StreamSpec,
    load_preset,
    preset_names,
)
from orchestration.landing.api.templates import filled
from orchestration.landing.errors import LandingError, did_you_mean, listed
from orchestration.landing.lags import parse_lag
from orchestration.landing.yaml_lines import Document, Place

_LANDS = ("timezone", "covers_until", "max_rejected_share")
"""Settings that every stream of the source has like any source."""
_OWN = (
    "kind", "preset", "base_url", "credentials", "page_size", "max_attempts", "lag",
    "changed_since", "streams",
)  # fmt: skip
_MAX_ATTEMPTS = 8
_LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class ApiPlace:
    """One stream of one source: where and how it is read.

    `values`: the preset's settings; `credentials`: name → value, shown nowhere; `variables`: the
    environment variables that held them; `columns`: those that every record has.
    """

    preset: str
    stream: str
    spec: StreamSpec
    base_url: str
    values: Mapping[str, str]
    access: Access
    credentials: Mapping[str, str] = field(repr=False)
    variables: tuple[str, ...]
    columns: tuple[str, ...]
    lag: timedelta
    changed_since: datetime | None
    max_attempts: int


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
        reader = _Reader(document, name, source, environment)
        for stream, place, mapped in reader.streams():
            full_name = f"{name}.{stream}"
            all_sources[full_name], places[full_name] = mapped, place
            lines.update(_lines_of(document, name, stream))
        problems += reader.problems
    if problems:
        raise LandingError(*problems)
    return Document(document.name, {**values, "sources": all_sources}, lines), places


def _lines_of(document: Document, name: str, stream: str) -> Iterator[tuple[Place, int]]:
    """Where the settings of a stream's own source stand."""
    new: Place = ("sources", f"{name}.{stream}")
    old: Place = ("sources", name)
    yield new, document.lines.get(old, 1)
    for prefix in (old, (*old, "streams", stream)):
        for place, line in document.lines.items():
            if place[: len(prefix)] == prefix and len(place) > len(prefix):
                yield (*new, *place[len(prefix) :]), line


class _Reader:
    """Checks one source of `kind: api` and takes it apart."""

    def __init__(
        self, document: Document, name: str, source: dict[str, Any], environment: Mapping[str, str]
    ) -> None:
        self._document, self._name, self._source = document, name, source
        self._environment = environment
        self.problems: list[str] = []

    def streams(self) -> Iterator[tuple[str, ApiPlace, dict[str, Any]]]:
        """(stream, how it is read, the source that it becomes); none where there are problems."""
        preset = self._preset()
        if preset is None:
            return
        settings = self._settings(preset)
        access, variables, credentials = self._access(preset)
        overrides = self._overrides(preset)
        base_url = self._base_url(preset, {**settings, **credentials})
        numbers = {key: self._number(key) for key in ("page_size", "max_attempts")}
        lag, since = self._lag(preset), self._since()
        if self.problems or access is None:
            return
        common = {key: self._source[key] for key in _LANDS if key in self._source}
        for stream, spec in preset.streams.items():
            override = overrides.get(stream, {})
            if override is None:
                continue
            if numbers["page_size"]:
                size = min(numbers["page_size"], spec.page_size)
                spec = spec.model_copy(update={"page_size": size})  # noqa: PLW2901
            columns = (*spec.columns, *override.get("columns", ()))
            place = ApiPlace(
                preset=self._source["preset"],
                stream=stream,
                spec=spec,
                base_url=base_url,
                values=settings,
                access=access,
                credentials=credentials,
                variables=variables,
                columns=tuple(dict.fromkeys(columns)),
                lag=lag,
                changed_since=since,
                max_attempts=numbers["max_attempts"] or _MAX_ATTEMPTS,
            )
            named = {"source": self._name, **settings}
            entities = filled(_merged(spec.entities, override.get("entities") or {}), named)
            if entities:
                yield stream, place, {
                    "kind": "api",
                    "preset": place.preset,
                    "stream": stream,
                    "settings": dict(settings),
                    "timezone": preset.timezone,
                    "types": dict.fromkeys(place.columns, "text"),
                    **common,
                    "entities": entities,
                }  # fmt: skip

    def _say(self, message: str, *keys: str) -> None:
        place = self._document.at(("sources", self._name, *keys))
        self.problems.append(f"{place}: source {self._name!r}: {message}")

    def _preset(self) -> Preset | None:
        name = self._source.get("preset")
        if name not in preset_names():
            near = did_you_mean(str(name), preset_names()) if name else ""
            self._say(
                f"preset {name!r} is not known.{near} Known: {listed(preset_names())}."
                if name
                else f"kind: api needs a preset. Add `preset: …`, one of {listed(preset_names())}.",
                "preset",
            )
            return None
        return load_preset(str(name))

    def _settings(self, preset: Preset) -> dict[str, str]:
        """The preset's own settings."""
        known = (*_OWN, *_LANDS, *preset.settings)
        for key in self._source:
            if key not in known:
                self._say(
                    f"unknown key {key!r}.{did_you_mean(key, known)} Known: {listed(known)}.", key
                )
        found: dict[str, str] = {}
        for key, setting in preset.settings.items():
            given = self._source.get(key, setting.default)
            value = None if given is None else setting.value(str(given).strip())
            if given is None:
                self._say(f"{key!r} is missing. Add `{key}: {setting.example}`.")
            elif value is None:
                self._say(f"{key} = {given!r} should look like {setting.example!r}.", key)
            found[key] = value or ""
        return found

    def _access(self, preset: Preset) -> tuple[Access | None, tuple[str, ...], dict[str, str]]:
        """The first way to log in whose environment variables are all there."""
        renamed = self._source.get("credentials") or {}
        known = {name for access in preset.access for name in access.credentials}
        if not isinstance(renamed, dict) or not all(
            isinstance(value, str) for value in renamed.values()
        ):
            self._say(
                "`credentials` names environment variables: "
                f"{{{', '.join(f'{name}: MY_VARIABLE' for name in sorted(known))}}}.",
                "credentials",
            )
            return None, (), {}
        for name in renamed.keys() - known:
            self._say(
                f"{preset.title} has no credential {name!r}. Known: {listed(sorted(known))}.",
                "credentials",
                name,
            )
        ways = []
        for access in preset.access:
            variables = {
                name: renamed.get(name, usual) for name, usual in access.credentials.items()
            }
            values = {name: self._environment.get(v, "").strip() for name, v in variables.items()}
            if all(values.values()):
                used = {name: self._used(access, name, values[name], variables) for name in values}
                return access, tuple(variables.values()), used
            ways.append(" and ".join(variables.values()))
        self._say(
            f"the environment variable {', or '.join(ways)}, is not set. {preset.remedy} "
            f"It needs: {preset.rights}"
            if len(ways) > 1
            else f"the environment variable {ways[0]} is not set. {preset.remedy} "
            f"It needs: {preset.rights}"
        )
        return None, (), {}

    def _used(self, access: Access, name: str, value: str, variables: Mapping[str, str]) -> str:
        found = access.used(name, value)
        if found is None:
            self._say(
                f"what {variables[name]} holds does not look like {access.examples[name]}. Copy it "
                "anew."
            )
        return found or ""

    def _base_url(self, preset: Preset, values: Mapping[str, str]) -> str:
        address = str(filled(preset.base_url, values))
        given = self._source.get("base_url")
        if given is not None:
            address = str(given).rstrip("/") + urlsplit(address).path
        parts = urlsplit(address)
        shown = f"{parts.scheme}://{parts.netloc}"
        if parts.scheme not in ("http", "https") or not parts.hostname:
            self._say(f"the address {shown!r} should look like https://host.", "base_url")
        elif parts.scheme == "http" and parts.hostname not in _LOCAL:
            self._say(
                f"{shown} would get the credential in the clear. Write the address with https.",
                "base_url",
            )
        return address

    def _number(self, key: str) -> int | None:
        given = self._source.get(key)
        if given is None:
            return None
        if not isinstance(given, int) or isinstance(given, bool) or given < 1:
            self._say(f"{key} = {given!r} should be a whole number from 1.", key)
            return None
        return given

    def _lag(self, preset: Preset) -> timedelta:
        given = self._source.get("lag", preset.lag)
        try:
            lag = parse_lag(given)
        except ValueError as error:
            self._say(f"lag = {given!r}: {error}.", "lag")
            return timedelta(0)
        if not isinstance(lag, timedelta):
            self._say(f"lag = {given!r}: write a number with a unit, such as `2 hours`.", "lag")
            return timedelta(0)
        return lag

    def _since(self) -> datetime | None:
        given = self._source.get("changed_since")
        if given is None:
            return None
        if isinstance(given, datetime):
            return given if given.tzinfo else given.replace(tzinfo=UTC)
        if isinstance(given, date):
            return datetime(given.year, given.month, given.day, tzinfo=UTC)
        self._say(f"changed_since = {given!r} is no date. Write YYYY-MM-DD.", "changed_since")
        return None

    def _overrides(self, preset: Preset) -> dict[str, dict[str, Any] | None]:
        """Stream → what the source changes of it; None for a stream that is left out."""
        given = self._source.get("streams") or {}
        if not isinstance(given, dict):
            self._say("`streams` has to hold indented `name: …` lines.", "streams")
            return {}
        found: dict[str, dict[str, Any] | None] = {}
        for stream, override in given.items():
            if stream not in preset.streams:
                near = did_you_mean(stream, preset.streams)
                self._say(
                    f"{preset.title} has no stream {stream!r}.{near} "
                    f"Known: {listed(list(preset.streams))}.",
                    "streams",
                    stream,
                )
            elif override is None or override is False:
                found[stream] = None
            elif not isinstance(override, dict) or override.keys() - {"columns", "entities"}:
                self._say(
                    f"stream {stream!r} knows `columns` and `entities`; write `{stream}: false` to "
                    "leave it out.",
                    "streams",
                    stream,
                )
            else:
                found[stream] = override
        return found


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
