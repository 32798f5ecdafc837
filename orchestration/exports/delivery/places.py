"""Places that files are sent to: whatever fsspec can write to, and webhooks.

A place gets a file whole or not at all, and may get the same file again: its name says what it
holds (destination, audience, role, day and content id).
"""

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from orchestration.exports.destination_settings import Delivery

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_RENAMED = frozenset({"file", "local", "sftp", "ssh"})
"""Where a file is seen while it is being written, so that it has to get its name last."""
_SFTP = frozenset({"sftp", "ssh"})
_SECONDS = 60
_TRIED_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})


class RefusedError(RuntimeError):
    """The other side said no: trying again would change nothing."""


class Place(Protocol):
    """Where files go."""

    def put(self, file: Path, name: str, key: str) -> None:
        """Send `file` as `name`, which may hold folders; `key` is the same for the same delivery.

        Raises whatever the connection raises; `RefusedError` where it is no use to try again.
        """


def open_place(delivery: Delivery) -> Place:
    """The place that the settings name; connects at once where it has to."""
    if delivery.is_webhook:
        return Webhook(delivery.url, delivery.headers)
    # Importing these takes a second that other runs need not pay.
    from fsspec.core import url_to_fs  # noqa: PLC0415

    protocol = delivery.url.partition("://")[0]
    options: dict[str, Any] = {**delivery.storage_options}
    if protocol in _SFTP:
        # Without being told, sshfs would talk to whoever answers; () are the user's known hosts.
        options.setdefault("known_hosts", ())
    system, root = url_to_fs(delivery.url, **options)
    return Folder(system, str(root).rstrip("/"), protocol in _RENAMED)


@dataclass(frozen=True)
class Folder:
    """A folder of a file system or object store."""

    system: "AbstractFileSystem"
    root: str
    is_renamed: bool

    def put(self, file: Path, name: str, key: str) -> None:
        """Send `file`; where names are seen early, under another name first."""
        target = posixpath.join(self.root, name)
        if not self.is_renamed:
            self.system.put_file(str(file), target)
            return
        self.system.makedirs(posixpath.dirname(target), exist_ok=True)
        aside = posixpath.join(posixpath.dirname(target), f".{posixpath.basename(target)}.part")
        self.system.put_file(str(file), aside)
        if self.system.exists(target):
            self.system.rm_file(target)  # SFTP renames to no name that is taken
        self.system.mv(aside, target)


@dataclass(frozen=True)
class Webhook:
    """An address that takes each file as the body of a POST."""

    url: str
    headers: Mapping[str, str]

    def put(self, file: Path, name: str, key: str) -> None:
        """Post `file`; `Idempotency-Key` lets the receiver know what it already has."""
        import requests  # noqa: PLC0415  (only where a webhook is configured)

        with file.open("rb") as body:
            answer = requests.post(
                self.url,
                data=body if file.stat().st_size else b"",
                headers={
                    "Content-Type": "application/octet-stream",
                    "Idempotency-Key": key,
                    "X-Retention-File": name,
                    **self.headers,
                },
                timeout=_SECONDS,
                # Whoever redirects would be sent personal data that nobody configured it for.
                allow_redirects=False,
            )
        if answer.status_code in _TRIED_AGAIN:
            raise ConnectionError(f"HTTP {answer.status_code}")
        if not 200 <= answer.status_code < 300:
            raise RefusedError(f"HTTP {answer.status_code}")
