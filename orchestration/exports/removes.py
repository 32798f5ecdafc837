"""The removes that erasures have left in `exports/removes/`, until they are sent or deleted.

`exports/removes/<day>/<destination>/<audience>/<content id>/` holds a file, `SHA256SUMS` and,
written last, `manifest.json`. They name whom everything else has forgotten, so they are deleted
once they have arrived; where nothing is delivered a person uploads and deletes them.
"""

import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from orchestration.exports import manifest, sets, writer
from orchestration.exports.destination_settings import DestinationSettings
from orchestration.exports.model import ExportResult, Removes, SegmentExport, Standing, State
from orchestration.exports.standing import Decide
from orchestration.settings import Settings

FOLDER = "removes"


def find(
    settings: Settings, policies: Mapping[str, DestinationSettings], decide: Decide
) -> list[Removes]:
    """All that lie there whole, the oldest day first, each with its standing.

    `decide` says of them what it would say of an export of their audience.
    """
    room = settings.exports / FOLDER
    found = [_read(path.parent) for path in sorted(room.glob(f"*/*/*/*/{manifest.NAME}"))]
    return [replace(one, standing=_standing(one, policies, decide)) for one in found]


def to_send(
    settings: Settings, policies: Mapping[str, DestinationSettings], decide: Decide
) -> list[Removes]:
    """Those that `decide` lets go."""
    return [one for one in find(settings, policies, decide) if one.standing is Standing.RELEASED]


def left_to_people(
    settings: Settings, policies: Mapping[str, DestinationSettings], decide: Decide
) -> list[Removes]:
    """The others: somebody has to upload or release them, or to end a pause."""
    return [
        one for one in find(settings, policies, decide) if one.standing is not Standing.RELEASED
    ]


def _read(folder: Path) -> Removes:
    day, destination, audience, content_id = folder.parts[-4:]
    listed = json.loads((folder / manifest.NAME).read_text(encoding="utf-8"))["files"]
    return Removes(
        day,
        destination,
        audience,
        content_id,
        folder,
        tuple(file["name"] for file in listed),
        sum(file["rows"] for file in listed),
    )


def _standing(
    one: Removes, policies: Mapping[str, DestinationSettings], decide: Decide
) -> Standing | None:
    if one.destination not in policies:
        return None
    export = SegmentExport("", one.destination, one.audience)
    standing = decide(ExportResult(export, State.WRITTEN))
    is_by_hand = policies[one.destination].deliver is None
    return None if is_by_hand and standing is not Standing.PAUSED else standing


def is_whole(one: Removes) -> bool:
    """Whether the files are what was written."""
    sums = sets.read_sums(one.folder)
    return all(
        (path := one.folder / name).is_file() and writer.checked_sha256(path) == sums.get(name)
        for name in (*one.files, manifest.NAME)
    )


def delete(one: Removes) -> None:
    """Take away what has arrived, and the folders that it leaves empty."""
    room = one.folder.parents[3]
    shutil.rmtree(one.folder)
    for folder in one.folder.parents:
        if folder == room or any(folder.iterdir()):
            return
        folder.rmdir()
