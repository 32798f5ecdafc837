"""An endpoint of an interface as a stream that landing pulls: pages of JSON records."""

import importlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from typing import Any, Literal

import pyarrow as pa
from dlt.sources.helpers.rest_client.client import RESTClient

from orchestration.landing.api.login import auth_of, login_of
from orchestration.landing.api.preset import StreamSpec
from orchestration.landing.api.reading import Objects, Reading
from orchestration.landing.api.records import TABLE, as_text, records
from orchestration.landing.api.session import AnswerTooLargeError, Login, call, open_client
from orchestration.landing.api.sources import ApiPlace
from orchestration.landing.errors import LandingError
from orchestration.landing.pulled.stream import RECORD, Cursor, Page
from orchestration.landing.sources import SourcesConfig
from orchestration.settings import Settings

_PAGE_RECORDS = 1000
_PAGE_SECONDS = 10
"""Answers are kept together until they are this many records or this old."""
_PROPERTIES = "properties."
"""Begins the columns that an object has only if one asks for them."""
_BEGINNING = datetime(1970, 1, 2, tzinfo=UTC)


@dataclass(frozen=True)
class Api:
    """What a preset's own module may ask the interface for."""

    client: RESTClient
    login: Login
    path: str
    """What the stream itself asks for."""

    def call(
        self,
        method: str,
        path: str,
        json: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> Any:
        """The body of one answer; None where it is empty. Raises `LandingError`."""
        try:
            return call(self.client, method, path, json, params)
        except AnswerTooLargeError:
            raise self.login.problem(
                f"{self.login.preset.title} finds a question about a single object too large. Set "
                "another `api_version`, or leave this stream out."
            ) from None


Complete = Callable[[Sequence[dict[str, Any]], Api], None]
"""Adds to a page's objects, in place."""


def open_stream(config: SourcesConfig, name: str, _settings: Settings) -> "ApiStream":
    """The stream of a source; nothing is asked yet."""
    return ApiStream(config.apis[name], name, config.place(name))


class ApiStream:
    """One endpoint of one source; see `pulled.stream.Stream`."""

    format: Literal["parquet", "jsonl"] = "jsonl"

    def __init__(self, place: ApiPlace, name: str, where: str) -> None:
        """`name`: of the source; `where`: its place in `sources.yml`, for messages."""
        spec = place.spec
        self.name = f"{place.preset}/{place.stream}"
        self.key: tuple[str, ...] = (TABLE, *_key_columns(spec))
        self.is_incremental = spec.clock is not None
        self.lag: timedelta | int | None = place.settings.lag
        self._spec, self._since = spec, place.settings.changed_since
        login = login_of(place, name, where)
        client = open_client(login, auth_of(place, login))
        self._api = Api(client, login, spec.endpoint.path)
        self._complete = _function(place.preset, spec.complete) if spec.complete else None
        self._columns = place.columns
        asked = [c.removeprefix(_PROPERTIES) for c in place.columns if c.startswith(_PROPERTIES)]
        self._values = {**place.settings.values, "properties": asked}

    def read(self, start: Cursor | None, resume: str | None) -> Iterator[Page]:
        """The objects that changed at `start` or later, as records, a page at a time.

        Pages carry no `resume`: an interrupted reading goes on from the newest time it had.
        """
        since = start if isinstance(start, datetime) else self._since or _BEGINNING
        reading = Reading(self._api.client, self._api.login, self._spec, self._values)
        kept: list[Objects] = []
        size, opened = 0, time.monotonic()
        try:
            for objects in reading.pages(since):
                if self._complete:
                    self._complete(objects.things, self._api)
                kept.append(objects)
                size += len(objects.things)
                if size >= _PAGE_RECORDS or time.monotonic() - opened >= _PAGE_SECONDS:
                    yield self._page(kept)
                    kept, size, opened = [], 0, time.monotonic()
        except LandingError:
            if kept:  # what was read before the trouble need not be read again
                yield self._page(kept)
            raise
        if kept:
            yield self._page(kept)

    def _page(self, kept: Sequence[Objects]) -> Page:
        texts: list[str] = []
        cursors: list[datetime] = []
        for objects in kept:
            times = objects.times or ()
            for thing, moment in zip_longest(objects.things, times):
                found = [
                    as_text(one)
                    for one in records(thing, self._spec.rows, self._spec.key, self._columns)
                ]
                texts += found
                cursors += [moment] * len(found) if moment else []
        return Page(
            pa.table({RECORD: pa.array(texts, pa.large_string())}),
            pa.array(cursors, pa.timestamp("us", "UTC")) if self.is_incremental else None,
        )


def _key_columns(spec: StreamSpec) -> tuple[str, ...]:
    """The columns that tell records apart: the object's key and the places of elements in it."""
    places = [f"{prefix}.position" for rows in spec.rows.values() for prefix in rows.each]
    return (spec.key, *dict.fromkeys(places))


def _function(preset: str, name: str) -> Complete:
    module = importlib.import_module(f"orchestration.landing.presets.{preset}")
    found: Complete = getattr(module, name)
    return found
