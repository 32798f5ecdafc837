"""Sending what is released: in an order in which a half of it does no harm, each content once.

What has not arrived is sent (again) by the next run or `retention release`.
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

from orchestration.exports import manifest
from orchestration.exports.delivery import parcels
from orchestration.exports.delivery.arrivals import Arrivals
from orchestration.exports.delivery.encryption import ENDING, encrypted
from orchestration.exports.delivery.parcels import Parcel
from orchestration.exports.delivery.places import Place, RefusedError, open_place
from orchestration.exports.destination_settings import Delivery, DestinationSettings
from orchestration.exports.model import ExportError, ExportResult, Removes, Standing
from orchestration.landing.secrets import texts_in, without_secrets
from orchestration.settings import Settings

logger = logging.getLogger(__name__)

_FIRST_WAIT, _LONGEST_WAIT = 0.5, 60
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Delivered:
    """What has arrived: how many files, and where."""

    parcel: Parcel
    files: int
    place: str


def undelivered(
    settings: Settings,
    policies: Mapping[str, DestinationSettings],
    results: Iterable[ExportResult],
) -> list[ExportResult]:
    """Released exports with a place to go to, at which something else lies, or a half of them."""
    arrivals = Arrivals(settings)
    return [
        one
        for one in results
        if one.standing is Standing.RELEASED
        and (own := policies[one.export.destination]).deliver
        and not own.paused
        and not arrivals.has(parcels.of_export(Path(), one), _place_of(own.deliver))
    ]


def deliver_released(
    settings: Settings,
    policies: Mapping[str, DestinationSettings],
    folder: Path,
    results: Iterable[ExportResult],
    now: Callable[[], datetime],
    *,
    removed: Iterable[Removes] = (),
) -> list[Delivered]:
    """Send what has not arrived from the released set in `folder`; says so in the ledger.

    `removed` are removes of erasures that may go: they go first, and are deleted here once there.
    Every destination is tried. Raises `ExportError` that names those at which something did not
    arrive and why, without secrets; nothing needs to be staged again for another try.
    """
    arrivals = Arrivals(settings)
    delivered, failures = [], []
    waiting = [
        *(parcels.of_removes(one) for one in removed),
        *(parcels.of_export(folder, one) for one in undelivered(settings, policies, results)),
    ]
    for parcel in waiting:
        own = policies[parcel.destination]
        delivery = own.deliver
        if delivery is None:
            continue
        place = _place_of(delivery)
        if arrivals.has(parcel, place):
            parcel.finish()
            continue
        try:
            parcel.check()
            key = arrivals.begin(parcel, place, now())
            names = list(_send(settings, delivery, own.encrypt_to, parcel, key))
        except Exception as error:  # whatever a place raises, the others are tried
            failures.append(f"{parcel.name} to {place}: {_why(error, delivery)}")
            continue
        arrivals.complete(parcel, place, names, now())
        parcel.finish()
        delivered.append(Delivered(parcel, len(names), place))
        logger.info("delivered %s, %d files", parcel.name, len(names))
    if failures:
        raise ExportError(
            "The files are released, but did not arrive everywhere; `retention release` tries "
            "again. " + "; ".join(failures)
        )
    return delivered


def _send(
    settings: Settings, delivery: Delivery, recipient: str | None, parcel: Parcel, key: str
) -> Iterator[str]:
    """Send all files, the manifest last: without it a delivery is incomplete."""
    place = _tried(delivery, lambda: open_place(delivery))
    for name in [*parcel.files, manifest.CHECKSUMS, manifest.NAME]:
        is_closed = recipient is not None and name not in (manifest.CHECKSUMS, manifest.NAME)
        with _readable(settings, parcel.source / name, recipient if is_closed else None) as file:
            sent = f"{parcel.folder}/{name}{ENDING if is_closed else ''}"
            _put(delivery, place, file, sent, f"{key}/{name}")
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
