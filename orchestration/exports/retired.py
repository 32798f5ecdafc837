"""Audiences that something was released to, and that no segment goes to any more.

Everyone known there is taken out by a file of removes, which is released once: whoever has taken an
audience out of a segment's `destinations` will hardly remember to empty it.
"""

import logging
from collections.abc import Collection, Iterator
from datetime import date

from orchestration.exports import ledger
from orchestration.exports.destinations import DESTINATIONS
from orchestration.exports.model import RETIRED, Kind, SegmentExport, SyncMode
from orchestration.settings import Settings

logger = logging.getLogger(__name__)


def retired_exports(
    settings: Settings, exports: Collection[SegmentExport], as_of_date: date
) -> Iterator[SegmentExport]:
    """An export for every retired audience, but for those that were retired for another day.

    Staging the same day again has to give the same set.
    """
    declared = {export.pair for export in exports}
    for pair, last in sorted(ledger.last_releases(settings.state / ledger.NAME).items()):
        destination, audience = pair
        kind = last.get("kind", Kind.AUDIENCE)
        is_done = kind == Kind.RETIRED and last["as_of"] != as_of_date.isoformat()
        if pair in declared or is_done or kind == Kind.SUPPRESSION:
            continue
        if destination not in DESTINATIONS:
            logger.warning(
                "%s/%s was released before, and there is no such destination any more: delete the "
                "audience there by hand",
                destination,
                audience,
            )
            continue
        yield SegmentExport(
            RETIRED,
            destination,
            audience,
            SyncMode.REMOVE,
            "No segment goes to this audience any more: take out everyone who is known there.",
            "Ни один сегмент больше не идёт в эту аудиторию: удалите всех, кто в ней известен.",
            hashed=last.get("hashed"),
            kind=Kind.RETIRED,
        )
