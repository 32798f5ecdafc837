"""Sending released files: in an order in which a half of it does no harm, each content once.

`state/deliveries.jsonl` has one line per content that arrived whole; what is not in it is sent
(again) by the next run or `retention release`.
"""

import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from tenacity import Retrying, retry_if_not_exception_type, stop_after_attempt, wait_exponential

from orchestration.exports import journal, manifest, sets
from orchestration.exports.delivery.encryption import ENDING, encrypted
from orchestration.exports.delivery.places import Place, RefusedError, open_place
from orchestration.exports.destination_settings import Delivery, DestinationSettings
from orchestration.exports.model import ExportError, ExportResult, Role, Standing
from orchestration.landing.secrets import texts_in, without_secrets
from orchestration.settings import Settings

logger = logging.getLogger(__name__)

NAME = "deliveries.jsonl"
_ORDER = (Role.REMOVES, Role.FULL, Role.ADDS)
"""Who has left is taken out first, whatever happens afterwards."""
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 60
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Delivered:
    """An export that has arrived: how many files, and where."""

    result: ExportResult
    files: int
    place: str


def undelivered(
    settings: Settings,
    policies: Mapping[str, DestinationSettings],
    results: Iterable[ExportResult],
) -> list[ExportResult]:
    """Released exports with a place to go to, at which they have not arrived."""
    arrived = {
        (one.get("destination"), one.get("audience"), one.get("content_id"), one.get("place"))
        for _, one in journal.entries(settings.state / NAME)
    }
    return [
        one
        for one in results
        if one.standing is Standing.RELEASED
        and (own := policies[one.export.destination]).deliver
        and not own.paused
        and (*one.export.pair, one.content_id, _place_of(own.deliver)) not in arrived
    ]


def deliver_released(
    settings: Settings,
    policies: Mapping[str, DestinationSettings],
    folder: Path,
    results: Iterable[ExportResult],
    now: Callable[[], datetime],
) -> list[Delivered]:
    """Send what has not arrived from the released set in `folder`; says so in the ledger.

    Every destination is tried. Raises `ExportError` that names those at which something did not
    arrive and why, without secrets; nothing needs to be staged again for another try.
    """
    delivered, failures = [], []
    for result in undelivered(settings, policies, results):
        own = policies[result.export.destination]
        delivery = own.deliver
        if delivery is None:
            continue
        source = folder / result.export.name
        try:
            _check_unchanged(folder, result)
            names = list(_send(settings, delivery, own.encrypt_to, source, result))
        except Exception as error:  # whatever a place raises, the others are tried
            failures.append(
                f"{result.export.name} to {_place_of(delivery)}: {_why(error, delivery)}"
            )
            continue
        journal.append(
            settings.state / NAME,
            {
                "delivered_at": now().isoformat(),
                "destination": result.export.destination,
                "audience": result.export.audience,
                "content_id": result.content_id,
                "place": _place_of(delivery),
                "files": names,
            },
        )
        delivered.append(Delivered(result, len(names), _place_of(delivery)))
        logger.info("delivered %s, %d files", result.export.name, len(names))
    if failures:
        raise ExportError(
            "The files are released, but did not arrive everywhere; `retention release` tries "
            "again. " + "; ".join(failures)
        )
    return delivered


def _check_unchanged(folder: Path, result: ExportResult) -> None:
    """Nobody goes round the gate by changing a file that has passed it."""
    if not sets.is_whole(folder, result.export.pair):
        raise ExportError(
            "its files were changed after their release. Run `retention exports`, which makes "
            "them anew"
        )


def _send(
    settings: Settings,
    delivery: Delivery,
    recipient: str | None,
    source: Path,
    result: ExportResult,
) -> Iterator[str]:
    """Send all files, the manifest last: without it a delivery is incomplete."""
    place = _tried(delivery, lambda: open_place(delivery))
    files = sorted(result.files, key=lambda file: _ORDER.index(Role(file.role)))
    for name in [*(file.name for file in files), manifest.CHECKSUMS, manifest.NAME]:
        is_closed = recipient is not None and name not in (manifest.CHECKSUMS, manifest.NAME)
        with _readable(settings, source / name, recipient if is_closed else None) as file:
            sent = f"{result.export.name}/{name}{ENDING if is_closed else ''}"
            _put(delivery, place, file, sent, f"{result.content_id}/{name}")
        yield sent


def _put(delivery: Delivery, place: Place, file: Path, name: str, key: str) -> None:
    _tried(delivery, lambda: place.put(file, name, key))


@contextmanager
def _readable(settings: Settings, file: Path, recipient: str | None) -> Iterator[Path]:
    room = settings.data_dir / "tmp" / "delivery"
    with encrypted(file, recipient, room) if recipient else nullcontext(file) as path:
        yield path


def _tried(delivery: Delivery, do: Callable[[], _Result]) -> _Result:
    """What `do` gives, tried again after a growing pause where the connection failed."""
    attempts = Retrying(
        stop=stop_after_attempt(delivery.attempts),
        wait=wait_exponential(multiplier=_FIRST_WAIT, max=_LONGEST_WAIT),
        retry=retry_if_not_exception_type((RefusedError, ExportError, ValueError, TypeError)),
        reraise=True,
    )
    return attempts(do)


def _place_of(delivery: Delivery) -> str:
    """The place without what may be secret: passwords, and a webhook's path."""
    address = urlsplit(delivery.url)
    host = address.netloc.rpartition("@")[2]
    if delivery.is_webhook:
        digest = hashlib.sha256(delivery.url.encode()).hexdigest()[:8]
        return f"{address.scheme}://{host} (webhook {digest})"
    return f"{address.scheme}://{host}{address.path}"


def _why(error: Exception, delivery: Delivery) -> str:
    address = urlsplit(delivery.url)
    secrets = [
        *texts_in(delivery.storage_options),
        *delivery.headers.values(),
        delivery.url,
        address.password or "",
    ]
    if delivery.is_webhook:
        secrets += [part for part in (address.path.strip("/"), address.query) if part]
    text = " ".join(without_secrets(str(error), secrets).split())[:200]
    return f"{type(error).__name__}: {text}"
