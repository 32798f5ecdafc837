"""What a channel is known to hold: somebody says that a content was uploaded (`retention ack`).

`state/acknowledged.jsonl` holds one line per word given; the last one for an audience counts.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from orchestration.exports import journal, ledger
from orchestration.exports.model import ExportError
from orchestration.settings import Settings

NAME = "acknowledged.jsonl"
STATES = "exports"
_UNACKNOWLEDGED = 30
"""So many contents that nobody has spoken of are remembered with their identifiers."""

Pair = tuple[str, str]


@dataclass(frozen=True)
class Base:
    """What adds and removes of an audience go by.

    `content_id` was acknowledged last (None: none was) and `state` holds its identifiers. `later`
    are the identifiers of what was released since, which may have been uploaded without a word.
    `is_unknown`: of some of these contents the identifiers are not remembered, so nobody knows of
    everybody who is there.
    """

    content_id: str | None = None
    state: Path | None = None
    later: tuple[Path, ...] = ()
    is_unknown: bool = False

    @property
    def states(self) -> tuple[Path, ...]:
        """All identifiers that the audience holds or may hold."""
        return (self.state, *self.later) if self.state else self.later


def state_path(settings: Settings, pair: Pair, content_id: str) -> Path:
    """Where the identifiers of a content are remembered."""
    return settings.state / STATES / pair[0] / pair[1] / f"{content_id}.parquet"


def acknowledged(settings: Settings) -> Mapping[Pair, str]:
    """The content acknowledged last, by audience. Raises `ExportError` for a spoilt line."""
    found = {}
    for number, entry in journal.entries(settings.state / NAME):
        try:
            found[str(entry["destination"]), str(entry["audience"])] = str(entry["content_id"])
        except KeyError:
            raise ExportError(
                f"{NAME}, line {number}, acknowledges nothing. Restore it from a backup."
            ) from None
    return found


def bases(settings: Settings) -> Mapping[Pair, Base]:
    """What adds and removes go by, of every audience that anything was released to."""
    known = acknowledged(settings)
    found = {}
    for pair, released in ledger.contents(settings.state / ledger.NAME).items():
        content_id = known.get(pair)
        since = _since(released, content_id)
        later = tuple(path for one in since if (path := state_path(settings, pair, one)).exists())
        state = state_path(settings, pair, content_id) if content_id else None
        is_lost = state is not None and not state.exists()
        is_unknown = is_lost or len(later) < len(since)
        found[pair] = Base(content_id, None if is_lost else state, later, is_unknown)
    return found


def _since(released: list[str], content_id: str | None) -> list[str]:
    """What was released after `content_id`."""
    return released[released.index(content_id) + 1 :] if content_id in released else released


def acknowledge(
    settings: Settings, audience: str, content_id: str, acknowledged_at: datetime
) -> str:
    """Remember that `audience` (`<destination>/<audience>`) holds a content; returns its id.

    Without `content_id` it is the one released since the last word, if that is but one. What was
    released before it is forgotten: the next adds and removes go by this one. Raises `ExportError`
    for what was never released, and where it is not clear which was uploaded.
    """
    destination, _, name = audience.partition("/")
    pair = (destination, name)
    released = ledger.contents(settings.state / ledger.NAME).get(pair, [])
    if not released:
        raise ExportError(
            f"Nothing was released to {audience!r} yet. Name an audience as "
            "<destination>/<audience>, such as generic_csv/rtn_s01; `exports/latest/index.html` "
            "shows those there are."
        )
    since = _since(released, acknowledged(settings).get(pair))
    if not content_id and len(since) > 1:
        raise ExportError(
            f"{len(since)} contents were released to {audience} since the last word, and only you "
            "know which was uploaded. Name it, as the file's name ends: "
            f"{', '.join(since[-5:])} (the newest last)."
        )
    chosen = content_id or released[-1]
    if chosen not in released:
        raise ExportError(
            f"No content {chosen!r} was released to {audience}. The last ones: "
            f"{', '.join(released[-5:])}."
        )
    journal.append(
        settings.state / NAME,
        {
            "acknowledged_at": acknowledged_at.isoformat(),
            "destination": destination,
            "audience": name,
            "content_id": chosen,
        },
    )
    prune(settings, [pair])
    return chosen


def prune(settings: Settings, pairs: Collection[Pair]) -> None:
    """Forget the identifiers of contents of `pairs` that nothing can go by any more."""
    contents, known = ledger.contents(settings.state / ledger.NAME), acknowledged(settings)
    for pair in pairs:
        released, content_id = contents.get(pair, []), known.get(pair)
        keep = {content_id, *_since(released, content_id)[-_UNACKNOWLEDGED:]}
        for state in state_path(settings, pair, "any").parent.glob("*.parquet"):
            if state.stem not in keep and state.stem in released:
                state.unlink()


def states(settings: Settings) -> list[Path]:
    """All identifiers that are remembered."""
    return sorted((settings.state / STATES).glob("*/*/*.parquet"))


def pair_of(state: Path) -> Pair:
    """Destination and audience of a state."""
    return state.parent.parent.name, state.parent.name
