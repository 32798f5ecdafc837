"""Whether a staged export may be used: released, waiting, blocked or paused.

The run releases by itself what is set so (`release: automatic`, or nothing where files stay on this
machine) and has not changed its size beyond what is set; a person releases the rest
(`retention release`). Nobody releases what is paused.
"""

from collections.abc import Callable, Collection, Mapping

from orchestration.exports.destination_settings import DestinationSettings
from orchestration.exports.model import ExportResult, Standing, State

Decide = Callable[[ExportResult], Standing]


def by_run(
    settings: Mapping[str, DestinationSettings], chosen: Collection[tuple[str, str]] | None = None
) -> Decide:
    """What a run releases; of those `chosen` (destination, audience) where these are given."""

    def decide(result: ExportResult) -> Standing:
        own = settings[result.export.destination]
        if own.paused:
            return Standing.PAUSED
        if chosen is not None and result.export.pair not in chosen:
            return Standing.WAITING
        if own.on_change == "block" and is_sudden(result, own):
            return Standing.BLOCKED
        return Standing.RELEASED if own.is_automatic else Standing.WAITING

    return decide


def by_hand(
    settings: Mapping[str, DestinationSettings], names: Collection[str] | None = None
) -> Decide:
    """What a person releases: everything, or what is named (`<destination>[/<audience>]`)."""

    def decide(result: ExportResult) -> Standing:
        destination = result.export.destination
        if settings[destination].paused:
            return Standing.PAUSED
        is_named = not names or destination in names or result.export.name in names
        return Standing.RELEASED if is_named else Standing.WAITING

    return decide


def is_sudden(result: ExportResult, settings: DestinationSettings) -> bool:
    """Whether the audience changed its size by more than the share that is set."""
    if result.state is not State.WRITTEN or not result.previous or result.change is None:
        return False
    return abs(result.change) > settings.max_change * result.previous.kept
