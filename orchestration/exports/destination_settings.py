"""`destinations.yml`: what a company sets per destination, beside what the destination declares.

A destination that it does not name, and a file that is absent, leave everything as it comes.
`${NAME}` in a text is replaced from the environment, so that no password stands in the file.
"""

import os
from collections.abc import Mapping, Sequence
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails

from orchestration.exports.destinations import DESTINATIONS
from orchestration.landing.errors import LandingError, did_you_mean, listed
from orchestration.landing.yaml_lines import Document, Place, read_document
from orchestration.normalise.places import REGIONS
from orchestration.settings import Settings, SettingsError

_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
_SECRET = frozenset({"storage_options", "headers", "url"})
"""What a message does not repeat: passwords and tokens may stand in it."""


class Delivery(BaseModel):
    """Where released files are sent.

    `url`: `s3://bucket/folder`, `sftp://user@host/folder`, `file:///folder`, any other that fsspec
    knows, or a webhook, `https://…`. `storage_options`: what fsspec needs for it; `headers`: what a
    webhook wants to be sent. `attempts`: how often each file is tried.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(pattern=r"^[a-z][a-z0-9+.-]*://")
    storage_options: Mapping[str, Any] = Field(default_factory=dict)
    headers: Mapping[str, str] = Field(default_factory=dict)
    attempts: int = Field(default=5, ge=1, le=20)

    @field_validator("url")
    @classmethod
    def _is_closed(cls, url: str) -> str:
        address = urlsplit(url)
        if address.scheme in ("http", "ftp") and address.hostname not in _THIS_MACHINE:
            raise ValueError("others could read along on the way. Use https:// or sftp://")
        return url

    @property
    def is_webhook(self) -> bool:
        return self.url.startswith(("http://", "https://"))


class DestinationSettings(BaseModel):
    """What is set for one destination.

    `release`: whether staged files are released by the run or by `retention release`; unless told,
    the run releases what stays on this machine. `max_change`: the share of its former size by which
    an audience may change; `on_change`: what happens beyond. `keep_days`: so many days after its
    release an upload file is deleted, unless it may still have to be uploaded. `headers`: our
    header → theirs; `options`: what the destination declares.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    release: Literal["automatic", "manual"] | None = None
    paused: bool = False
    refuse_countries: tuple[str, ...] = ()
    only_countries: tuple[str, ...] = ()
    headers: Mapping[str, str] = Field(default_factory=dict)
    options: Mapping[str, Any] = Field(default_factory=dict)
    deliver: Delivery | None = None
    encrypt_to: str | None = None
    max_change: float = Field(default=0.5, gt=0)
    on_change: Literal["warn", "block"] = "warn"
    keep_days: int = Field(default=30, ge=1)

    @property
    def is_automatic(self) -> bool:
        """Whether the run releases by itself."""
        return self.release == "automatic" or (self.release is None and self.deliver is None)

    @field_validator("refuse_countries", "only_countries")
    @classmethod
    def _countries(cls, codes: tuple[str, ...]) -> tuple[str, ...]:
        unknown = sorted(set(codes) - set(REGIONS))
        if unknown:
            raise ValueError(
                f"{', '.join(unknown)}: no country. Write ISO 3166-1 codes such as DE, in capitals"
            )
        return tuple(sorted(set(codes)))

    @field_validator("encrypt_to")
    @classmethod
    def _recipient(cls, key: str | None) -> str | None:
        if key is not None:
            from pyrage import RecipientError, x25519  # noqa: PLC0415  (only where it is set)

            try:
                x25519.Recipient.from_str(key)
            except RecipientError:
                raise ValueError(
                    "no public key of age. Write the recipient's, age1…, not a private one"
                ) from None
        return key

    @model_validator(mode="after")
    def _fits(self) -> "DestinationSettings":
        if self.refuse_countries and self.only_countries:
            raise ValueError("give either refuse_countries or only_countries, not both")
        if self.encrypt_to and not self.deliver:
            raise ValueError(
                "encrypt_to encrypts what is delivered. Add `deliver:` with a url, such as "
                "file:///folder"
            )
        return self


class _Root(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    destinations: Mapping[str, DestinationSettings] = Field(default_factory=dict)


def load(
    settings: Settings, environment: Mapping[str, str] = os.environ
) -> Mapping[str, DestinationSettings]:
    """Settings of every destination there is.

    Raises `SettingsError` with one message per problem, each naming file, line and key: unknown
    destinations and keys, values that cannot be, variables that are not defined.
    """
    path = settings.destinations_file
    if not path.exists():
        if settings.named_destinations:
            raise SettingsError(f"RETENTION_DESTINATIONS names {path}, which does not exist.")
        return {name: DestinationSettings() for name in DESTINATIONS}
    try:
        document = read_document(path, environment)
    except LandingError as error:
        raise SettingsError(str(error)) from None
    try:
        root = _Root.model_validate(document.values if document.values is not None else {})
    except ValidationError as error:
        found = error.errors(include_url=False)
        raise SettingsError("\n".join(_message(document, one) for one in found)) from None
    unknown = [
        f"{document.at(('destinations', name))}: unknown destination {name!r}."
        f"{did_you_mean(name, DESTINATIONS)} Known: {listed(list(DESTINATIONS))}."
        for name in root.destinations
        if name not in DESTINATIONS
    ]
    if unknown:
        raise SettingsError("\n".join(unknown))
    return {name: root.destinations.get(name, DestinationSettings()) for name in DESTINATIONS}


def _message(document: Document, problem: ErrorDetails) -> str:
    place: Place = tuple(part for part in problem["loc"] if isinstance(part, str | int))
    where, key = document.at(place), str(place[-1]) if place else "the file"
    if problem["type"] == "extra_forbidden":
        known = _known(place)
        return f"{where}: unknown key {key!r}.{did_you_mean(key, known)} Known: {listed(known)}."
    if problem["type"] == "missing":
        return f"{where}: {key!r} is missing. Add it."
    if problem["input"] is None:
        return f"{where}: {key!r} has no value. Write `{key}: …`, with a blank after the colon."
    if problem["type"] in ("dict_type", "mapping_type", "model_type"):
        return f"{where}: {key!r} has to hold indented `name: value` lines."
    text = problem["msg"].removeprefix("Value error, ")
    if not isinstance(problem["input"], str | int | float) or not _SECRET.isdisjoint(
        map(str, place)
    ):
        return f"{where}: {key!r}: {text}."
    return f"{where}: {key!r} = {problem['input']!r}: {text}."


def _known(place: Place) -> Sequence[str]:
    """The keys that may stand where `place` does."""
    if len(place) == 1:
        return list(_Root.model_fields)
    return list((Delivery if "deliver" in place[:-1] else DestinationSettings).model_fields)
