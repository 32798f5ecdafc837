"""Presets: how the interface of one system is read and what its objects are for us.

A preset is one YAML file in `landing/presets/`, beside it at most one small module for what cannot
be declared. In its texts `<name>` stands for a value: of a setting; in `base_url` and `auth` of a
credential; in an endpoint `<since>` (the time to read on from), `<offset>`, `<page_size>` and
`<properties>` (the columns that begin so); in mappings `<source>`, the name in `sources.yml`.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator

FOLDER = Path(__file__).parent.parent / "presets"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Setting(_Strict):
    """A setting of a preset in `sources.yml`; one without a default has to be given."""

    example: str
    pattern: str = ".*"
    """Regular expression for the whole value; its first group, if it has one, is what is used."""
    default: str | None = None

    def value(self, given: str) -> str | None:
        """What is used of the given value; None where it does not fit the pattern."""
        return _used(self.pattern, given.rstrip("/"))


class Access(_Strict):
    """One way to log in: credential → environment variable, and what a request carries then."""

    credentials: dict[str, str] = Field(min_length=1)
    patterns: dict[str, str] = Field(default_factory=dict)
    """Credential → pattern, as of a setting, where it has to look like something …"""
    examples: dict[str, str] = Field(default_factory=dict)
    """… and what it looks like then."""
    auth: dict[str, Any] = Field(default_factory=dict)
    """`type` (bearer, api_key, http_basic, or a class of the preset's module) and its arguments."""

    def used(self, credential: str, given: str) -> str | None:
        """What is used of a credential; None where it does not fit its pattern."""
        return _used(self.patterns.get(credential, ".+"), given)


class Errors(_Strict):
    """Where an answer says that it is an error, and which codes mean what."""

    code: tuple[str, ...] = ()
    """Paths in the body, such as `errors.0.extensions.code`; the first that is there counts."""
    message: tuple[str, ...] = ()
    busy: tuple[str, ...] = ()
    """Codes that mean: later."""
    expired: tuple[str, ...] = ()
    """Codes that mean: log in anew."""
    forbidden: tuple[str, ...] = ()
    """Codes that mean: not with these rights."""
    too_large: tuple[str, ...] = ()
    """Codes that mean: ask for less at a time."""


class Clock(_Strict):
    """The time by which objects are read on: where it stands in an object, how one asks for it."""

    path: str
    written: Literal["iso", "iso_utc", "seconds", "milliseconds"] = "iso"
    """How a request wants it; `iso_utc` is UTC without saying so."""
    exclusive: bool = False
    """The interface gives what is later than the time asked for, and not what is equal."""

    def read(self, value: Any) -> datetime | None:
        """The time that an object carries, in UTC; None where it carries none.

        Raises `ValueError` for what is no time.
        """
        if value in (None, ""):
            return None
        if isinstance(value, int | float) or str(value).isdigit():
            seconds = float(value) / (1000 if self.written == "milliseconds" else 1)
            return datetime.fromtimestamp(seconds, UTC)
        moment = datetime.fromisoformat(str(value))
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)

    def cut(self, moment: datetime) -> datetime:
        """The moment, down to what a request can say."""
        exact = 1000 if self.written == "milliseconds" else 1_000_000
        return moment.replace(microsecond=moment.microsecond // exact * exact)

    def asked(self, moment: datetime) -> str:
        """The moment as a request writes it, so that what is equal to it is given."""
        if self.exclusive:
            moment -= timedelta(seconds=1)
        moment = self.cut(moment.astimezone(UTC))
        match self.written:
            case "seconds":
                return str(int(moment.timestamp()))
            case "milliseconds":
                return str(round(moment.timestamp() * 1000))
            case "iso_utc":
                return moment.replace(tzinfo=None).isoformat()
            case _:
                return moment.isoformat()


class RowSpec(_Strict):
    """The rows that an object becomes in one table: itself, or the elements of lists in it."""

    each: dict[str, str] = Field(default_factory=dict)
    """Prefix → path of a list, each within the elements of the one before; a text is split at
    semicolons. Columns of an element are `<prefix>.<name>`, and `<prefix>.position` from 1."""
    keep_empty: bool = False
    """An object whose innermost list is empty gives one row all the same."""
    carry: tuple[str, ...] = ()
    """Columns of the object itself that rows of elements carry."""


class Endpoint(_Strict):
    """A request, as dlt's `rest_api` declares it."""

    path: str
    method: Literal["GET", "POST"] = "GET"
    params: dict[str, Any] = Field(default_factory=dict)
    json_body: dict[str, Any] | None = Field(None, alias="json")
    paginator: dict[str, Any]
    data_selector: str


class StreamSpec(_Strict):
    """One endpoint: how it is read, which tables its objects become, which entities these are."""

    endpoint: Endpoint
    page_size: int = Field(ge=1)
    key: str
    """Path of what tells objects apart."""
    clock: Clock | None = None
    """None: read whole every time."""
    order: Literal["time", "offset", "none"]
    """How pages come: by the clock's time, by the key and read by offset, or in no order (then all
    are read before the first is handed on)."""
    complete: str = ""
    """A function of the preset's module that adds to a page's objects what other requests give."""
    rows: dict[str, RowSpec] = Field(min_length=1)
    columns: tuple[str, ...]
    """What the mapping uses. An object that lacks one has NULL there."""
    entities: dict[str, dict[str, Any]] = Field(min_length=1)

    @field_validator("columns", mode="before")
    @classmethod
    def _words(cls, value: Any) -> Any:
        return tuple(value.split()) if isinstance(value, str) else value


class Preset(_Strict):
    """How one system is read."""

    title: str
    base_url: str
    settings: dict[str, Setting]
    access: tuple[Access, ...] = Field(min_length=1)
    headers: dict[str, str] = Field(default_factory=dict)
    requests_per_second: float
    errors: Errors = Errors()
    remedy: str
    """What to do when the credential is refused."""
    rights: str
    """What the credential has to be allowed to do."""
    lag: str = "1 hour"
    timezone: str = "UTC"
    streams: dict[str, StreamSpec] = Field(min_length=1)


def _used(pattern: str, given: str) -> str | None:
    found = re.fullmatch(pattern, given)
    return (found[1] if found.re.groups else found[0]) if found else None


def preset_names() -> tuple[str, ...]:
    """All presets, by name."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yml")))


@cache
def load_preset(name: str) -> Preset:
    """The preset of that name; `ValueError` where its declaration is wrong."""
    return Preset.model_validate(
        yaml.safe_load((FOLDER / f"{name}.yml").read_text(encoding="utf-8"))
    )


def at(value: Any, path: str) -> Any:
    """What stands at a dotted path (`errors.0.code`; `$`: all of it); None where nothing does."""
    for step in path.split(".") if path != "$" else ():
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def first_at(value: Any, paths: Iterable[str]) -> Any:
    """What stands at the first of the paths where anything does."""
    return next((found for path in paths if (found := at(value, path)) is not None), None)
