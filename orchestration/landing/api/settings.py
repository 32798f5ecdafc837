"""The settings of a source of `kind: api`, checked: every mistake with its line and the remedy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from orchestration.landing.api.preset import Access, Preset, load_preset, preset_names
from orchestration.landing.api.templates import filled
from orchestration.landing.errors import did_you_mean, listed
from orchestration.landing.lags import parse_lag
from orchestration.landing.yaml_lines import Document

COMMON = ("timezone", "covers_until", "max_rejected_share")
"""Settings that every stream of the source has like any source."""
_OWN = (
    "kind", "preset", "base_url", "credentials", "page_size", "max_attempts", "lag",
    "changed_since", "streams",
)  # fmt: skip
_MAX_ATTEMPTS = 8
_LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class ApiSettings:
    """How a source logs in and reads.

    `values`: the preset's settings; `credentials`: name → value, shown nowhere; `variables`: the
    environment variables that held them; `streams`: what it changes of a stream (None: left out).
    """

    preset: Preset
    base_url: str
    values: Mapping[str, str]
    access: Access
    credentials: Mapping[str, str] = field(repr=False)
    variables: tuple[str, ...]
    page_size: int | None
    max_attempts: int
    lag: timedelta
    changed_since: datetime | None
    streams: Mapping[str, Mapping[str, Any] | None]


class SettingsReader:
    """Reads the settings of a source; what is wrong with them is in `problems`."""

    def __init__(
        self, document: Document, name: str, source: dict[str, Any], environment: Mapping[str, str]
    ) -> None:
        self._document, self._name, self._source = document, name, source
        self._environment = environment
        self.problems: list[str] = []

    def read(self) -> ApiSettings | None:
        """The settings; None where there are problems."""
        preset = self._preset()
        if preset is None:
            return None
        values = self._values(preset)
        access, variables, credentials = self._access(preset)
        page_size, attempts = self._number("page_size"), self._number("max_attempts")
        lag, since, streams = self._lag(preset), self._since(), self._streams(preset)
        base_url = "" if self.problems else self._base_url(preset, {**values, **credentials})
        if self.problems or access is None:
            return None
        return ApiSettings(
            preset=preset,
            base_url=base_url,
            values=values,
            access=access,
            credentials=credentials,
            variables=variables,
            page_size=page_size,
            max_attempts=attempts or _MAX_ATTEMPTS,
            lag=lag,
            changed_since=since,
            streams=streams,
        )

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

    def _values(self, preset: Preset) -> dict[str, str]:
        """The preset's own settings."""
        known = (*_OWN, *COMMON, *preset.settings)
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
        self._say(f"{_unset(ways)} {preset.remedy} It needs: {preset.rights}")
        return None, (), {}

    def _used(self, access: Access, name: str, value: str, variables: Mapping[str, str]) -> str:
        found = access.used(name, value)
        if found is None:
            self._say(
                f"what {variables[name]} holds does not look like {access.examples[name]}. Copy it "
                "anew."
            )
        elif not found.isascii() or not found.isprintable():
            self._say(
                f"what {variables[name]} holds has characters that no credential has. Copy it anew."
            )
        return found or ""

    def _base_url(self, preset: Preset, values: Mapping[str, str]) -> str:
        address = str(filled(preset.base_url, values))
        given = self._source.get("base_url")
        if given is not None:
            address = str(given).rstrip("/") + urlsplit(address).path
        parts = urlsplit(address)
        shown = f"{parts.scheme}://{parts.hostname or ''}"
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
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

    def _streams(self, preset: Preset) -> dict[str, dict[str, Any] | None]:
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
            elif not _is_change(override):
                self._say(
                    f"stream {stream!r} knows `columns: [name, …]` and `entities:` with what "
                    f"changes; write `{stream}: false` to leave it out.",
                    "streams",
                    stream,
                )
            else:
                found[stream] = override
        return found


def _is_change(override: Any) -> bool:
    """Whether it is what one may change of a stream."""
    if not isinstance(override, dict) or override.keys() - {"columns", "entities"}:
        return False
    columns, entities = override.get("columns", []), override.get("entities", {})
    is_names = isinstance(columns, list) and all(isinstance(name, str) for name in columns)
    return is_names and isinstance(entities, dict)


def _unset(ways: Sequence[str]) -> str:
    """What to say of ways to log in (variables, joined by `and`) that are all not there."""
    if len(ways) > 1:
        return f"neither the environment variable {' nor '.join(ways)} are set."
    if " and " in ways[0]:
        return f"the environment variables {ways[0]} are not both set."
    return f"the environment variable {ways[0]} is not set."
