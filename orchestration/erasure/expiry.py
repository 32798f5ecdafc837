"""Released upload files live as long as they are of use (section 1.5 of the channel page).

Deleted are the data files of a content once a later one was acknowledged, or `keep_days` after its
release; manifest and checksums stay. What `exports/latest` shows stays whole, and the newest
content of an audience until it is acknowledged: it may still be uploaded. Adds and removes do not
go by the files, and of who was in them `members` keeps as much as an erasure needs to know.
"""

import json
import logging
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

from orchestration.erasure import members
from orchestration.erasure.removes import hashed_columns
from orchestration.exports import acknowledge, ledger, manifest, release
from orchestration.exports.destination import FileClass
from orchestration.exports.destination_settings import load
from orchestration.exports.destinations import DESTINATIONS
from orchestration.settings import Settings

logger = logging.getLogger(__name__)

Content = tuple[str, str, str]
"""Destination, audience and content id."""


def delete_expired(settings: Settings, today: date) -> int:
    """Delete the files that are of no use any more; returns how many.

    The ledger says so first: what a crash leaves undone, the next call does.
    """
    expired = _expired(settings, today)
    count = 0
    for folder in _folders(settings.exports):
        files = sorted(folder.glob("*.csv"))
        if not files or (*_pair(folder), _content_id(folder)) not in expired:
            continue
        for file in files:
            members.keep(settings, file, hashed_columns(file), without=())
        ledger.append_deletion(
            settings.state / ledger.NAME,
            _pair(folder),
            _content_id(folder),
            folder.parent.parent.name,
            today,
        )
        for file in files:
            file.unlink()
        count += len(files)
    if count:
        logger.info("deleted %d released files that are of no use any more", count)
    return count


def _folders(exports: Path) -> Iterator[Path]:
    """Folders of upload files in all sets but the one that `latest` shows."""
    latest = (exports / release.LATEST).resolve()
    for folder in sorted((exports / release.SETS).glob("[0-9]*/*/*")):
        destination = DESTINATIONS.get(_pair(folder)[0])
        is_upload = destination is not None and destination.file_class is FileClass.UPLOAD
        if is_upload and not folder.is_relative_to(latest):
            yield folder


def _pair(folder: Path) -> tuple[str, str]:
    return folder.parent.name, folder.name


def _content_id(folder: Path) -> str:
    path = folder / manifest.NAME
    content = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return str(content.get("content_id"))


def _expired(settings: Settings, today: date) -> set[Content]:
    policies, known = load(settings), acknowledge.acknowledged(settings)
    released_on = {
        (export["destination"], export["audience"], export["content_id"]): datetime.fromisoformat(
            entry["released_at"]
        ).date()
        for entry in ledger.entries(settings.state / ledger.NAME)
        for export in entry["exports"]
    }
    expired = set()
    for pair, contents in ledger.contents(settings.state / ledger.NAME).items():
        if pair[0] not in policies:
            continue
        acknowledged = known.get(pair)
        later = contents[contents.index(acknowledged) :] if acknowledged in contents else contents
        aged = today - timedelta(days=policies[pair[0]].keep_days)
        for content_id in contents:
            is_newest = content_id == contents[-1] != acknowledged
            is_old = released_on[*pair, content_id] < aged
            if content_id not in later or (is_old and not is_newest):
                expired.add((*pair, content_id))
    return expired
