"""What was sent where: `state/deliveries.jsonl`.

A line as sending begins (`started_at`), and one once all of it is there (`delivered_at`, `files`),
each with destination, audience, place and content. An audience's last line at a place says what is
there: whatever was begun in between may have changed it, so that a former content is sent again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from orchestration.exports import journal
from orchestration.exports.delivery.parcels import Parcel
from orchestration.settings import Settings

NAME = "deliveries.jsonl"
_Stream = tuple[str, ...]


@dataclass(frozen=True)
class _Last:
    """What was sent last, how many contents there were until then, and whether it is all there."""

    content_id: str
    number: int
    is_whole: bool


class Arrivals:
    """The ledger of deliveries."""

    def __init__(self, settings: Settings) -> None:
        self._path = settings.state / NAME
        self._last: dict[_Stream, _Last] = {}
        for _, line in journal.entries(self._path):
            stream = _stream(line)
            last = self._next(stream, str(line.get("content_id")))
            self._last[stream] = replace(last, is_whole="delivered_at" in line)

    def has(self, parcel: Parcel, place: str) -> bool:
        """Whether the parcel is what lies at the place, all of it."""
        last = self._last.get(_stream(_entry(parcel, place)))
        return last is not None and last.is_whole and last.content_id == parcel.content_id

    def begin(self, parcel: Parcel, place: str, at: datetime) -> str:
        """Enter that sending begins; returns what this delivery is known by.

        That stays the same until all has arrived, however often it is tried, and is another one
        for the same content once something else was sent in between.
        """
        entry = _entry(parcel, place)
        stream = _stream(entry)
        found = self._next(stream, parcel.content_id)
        if self._last.get(stream) != found:
            journal.append(self._path, {**entry, "started_at": at.isoformat()})
            self._last[stream] = found
        return f"{found.content_id}/{found.number}"

    def complete(self, parcel: Parcel, place: str, files: list[str], at: datetime) -> None:
        """Enter that all of it has arrived."""
        entry = {**_entry(parcel, place), "files": files, "delivered_at": at.isoformat()}
        journal.append(self._path, entry)

    def _next(self, stream: _Stream, content_id: str) -> _Last:
        """What is sent last once this content is begun."""
        last = self._last.get(stream, _Last("", 0, is_whole=True))
        if last.content_id == content_id:
            return last
        return _Last(content_id, last.number + 1, is_whole=False)


def _entry(parcel: Parcel, place: str) -> dict[str, object]:
    """What every line says of a parcel."""
    return {
        "destination": parcel.destination,
        "audience": parcel.audience,
        "content_id": parcel.content_id,
        "place": place,
        **({"removes_of": parcel.removes_of} if parcel.removes_of else {}),
    }


def _stream(line: Mapping[str, object]) -> _Stream:
    """What follows one after the other at a place; removes of an erasure replace nothing."""
    own = (line.get("removes_of"), line.get("content_id")) if "removes_of" in line else ()
    return tuple(map(str, (line.get("destination"), line.get("audience"), line.get("place"), *own)))


def arrived(settings: Settings) -> frozenset[tuple[str, str, str]]:
    """(destination, audience, content id) of every export that has arrived anywhere."""
    return frozenset(
        (str(line.get("destination")), str(line.get("audience")), str(line.get("content_id")))
        for _, line in journal.entries(settings.state / NAME)
        if "delivered_at" in line and "removes_of" not in line
    )
