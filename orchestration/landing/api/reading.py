"""Reading one endpoint to its end, so that nothing is skipped while it changes.

Page numbers and offsets shift when objects change places between two pages. So a reading by time
asks anew after every page, for what is not older than the newest object it has, and turns pages
only where many objects share one time.
"""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dlt.sources.helpers.rest_client.client import RESTClient

from orchestration.landing.api.paging import paginator
from orchestration.landing.api.preset import Clock, StreamSpec, at
from orchestration.landing.api.session import AnswerTooLargeError, Login
from orchestration.landing.api.templates import filled
from orchestration.landing.errors import LandingError

Object = dict[str, Any]
_DISORDER = timedelta(hours=1)
"""Times may go back this far and still count as sorted: some systems sort by local time, which goes
back for an hour in autumn."""


@dataclass(frozen=True)
class Objects:
    """A page of objects, and the time of each (None: read whole)."""

    things: Sequence[Object]
    times: Sequence[datetime] | None


@dataclass(frozen=True)
class _Answer:
    things: list[Object]
    is_last: bool


class Reading:
    """One endpoint of one source. `values`: what its declaration is filled with."""

    def __init__(
        self,
        client: RESTClient,
        login: Login,
        spec: StreamSpec,
        values: Mapping[str, Any],
    ) -> None:
        self._client, self._login, self._spec = client, login, spec
        self._values = {"page_size": spec.page_size, **values}

    def pages(self, since: datetime) -> Iterator[Objects]:
        """All objects that changed at `since` or later; one that changes meanwhile, twice."""
        match self._spec.order:
            case "time":
                return self._by_time(since)
            case "offset":
                return self._by_offset()
            case _:
                return self._all_at_once(since)

    def _answers(self, **asked: Any) -> Iterator[_Answer]:
        """The pages that the interface gives for one question."""
        endpoint = filled(self._spec.endpoint.model_dump(by_alias=True), {**self._values, **asked})
        for page in self._client.paginate(
            path=endpoint["path"],
            method=endpoint["method"],
            params=endpoint["params"],
            json=deepcopy(endpoint["json"]),
            data_selector=endpoint["data_selector"],
            paginator=paginator(endpoint["paginator"]),
            hooks={"response": []},  # answers are checked before they get here
        ):
            things = at(page.response.json(), endpoint["data_selector"])
            if not isinstance(things, list):
                raise self._login.problem(
                    f"{self._login.preset.title} answers {endpoint['path']} without a list of "
                    "objects. Is the address right, and the version of its interface?"
                )
            yield _Answer(things, not page.paginator.has_next_page)

    def _asked_for_less(self) -> None:
        size = self._values["page_size"]
        if size == 1:
            raise self._login.problem(
                f"{self._login.preset.title} finds even a single object too large. Set an older "
                "or newer `api_version`, or leave this stream out."
            )
        self._values["page_size"] = size // 2

    # by time

    def _by_time(self, since: datetime) -> Iterator[Objects]:
        clock = self._clock()
        since = newest = clock.cut(since)
        met: set[tuple[str, datetime]] = set()
        is_filtered = True
        while True:
            try:
                for answer in self._answers(since=clock.asked(since)):
                    timed = self._timed(answer.things, clock, since)
                    # Who gives older ones, too, gives everything: no use in asking anew.
                    is_filtered &= all(time >= since for time, _ in timed)
                    fresh = [
                        (time, thing)
                        for time, thing in timed
                        if time >= since and (self._key(thing), time) not in met
                    ]
                    newest = self._in_order(fresh, newest)
                    if fresh:
                        yield Objects([t for _, t in fresh], [time for time, _ in fresh])
                    if answer.is_last:
                        return
                    met.update((self._key(thing), time) for time, thing in fresh)
                    if is_filtered and timed == sorted(timed, key=_time) and newest > since:
                        break
                else:
                    return
                since = clock.cut(newest)
                met = {one for one in met if one[1] >= since}
            except AnswerTooLargeError:
                self._asked_for_less()

    def _in_order(self, timed: Sequence[tuple[datetime, Object]], newest: datetime) -> datetime:
        """The newest time so far. Raises `LandingError` where times go back."""
        for time, _ in timed:
            if time < newest - _DISORDER:
                raise self._out_of_order()
            newest = max(newest, time)
        return newest

    def _out_of_order(self) -> LandingError:
        return self._login.problem(
            f"{self._login.preset.title} does not give {self._spec.endpoint.path} in the order "
            "that was asked for, so that some could be missed. Is the version of its interface "
            "still the right one?"
        )

    # by offset

    def _by_offset(self) -> Iterator[Objects]:
        """Everything, in the order of whole-numbered keys.

        Every page begins with the last object of the one before. If that one does not come again,
        objects were taken away meanwhile and the others have moved up: then the page before is
        asked for once more.
        """
        last, taken = 0, 0
        while True:
            offset = max(taken - 1, 0)
            answer = next(self._answers(offset=offset), None)
            things = answer.things if answer else []
            numbers = [self._number(thing) for thing in things]
            if numbers != sorted(numbers):
                raise self._out_of_order()
            if offset and (not numbers or numbers[0] > last):
                taken = max(taken - self._values["page_size"], 0)
                continue
            fresh = [thing for number, thing in zip(numbers, things, strict=True) if number > last]
            if not fresh:
                return
            last, taken = numbers[-1], offset + len(things)
            yield Objects(fresh, None)

    # in no order

    def _all_at_once(self, since: datetime) -> Iterator[Objects]:
        clock = self._clock()
        asked = clock.asked(since)
        things = [thing for answer in self._answers(since=asked) for thing in answer.things]
        timed = {
            (self._key(thing), time): thing for time, thing in self._timed(things, clock, since)
        }
        ordered = sorted(
            ((time, thing) for (_, time), thing in timed.items() if time >= since),
            key=_time,
        )
        if ordered:
            yield Objects([thing for _, thing in ordered], [time for time, _ in ordered])

    # what an object says of itself

    def _clock(self) -> Clock:
        if self._spec.clock is None:
            raise ValueError(f"{self._spec.endpoint.path}: order {self._spec.order} needs a clock")
        return self._spec.clock

    def _timed(
        self, things: Sequence[Object], clock: Clock, since: datetime
    ) -> list[tuple[datetime, Object]]:
        """The objects with their times; one that has none was given for `since`."""
        return [(self._moment(thing, clock) or since, thing) for thing in things]

    def _moment(self, thing: Object, clock: Clock) -> datetime | None:
        found = at(thing, clock.path)
        try:
            return clock.read(found)
        except (ValueError, OverflowError, OSError):
            raise self._login.problem(
                f"{self._spec.endpoint.path}: the object {self._key(thing)} has {clock.path} = "
                f"{found!r}, which is no time, so that one cannot tell what to read on from."
            ) from None

    def _key(self, thing: Object) -> str:
        found = at(thing, self._spec.key)
        if found in (None, ""):
            raise self._login.problem(
                f"{self._spec.endpoint.path}: an object has no {self._spec.key}. Is the version of "
                "the interface still the right one?"
            )
        return str(found)

    def _number(self, thing: Object) -> int:
        key = self._key(thing)
        if not key.isdigit():
            raise self._login.problem(
                f"{self._spec.endpoint.path}: {self._spec.key} = {key!r} is no whole number."
            )
        return int(key)


def _time(timed: tuple[datetime, Object]) -> datetime:
    return timed[0]
