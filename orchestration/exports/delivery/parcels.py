"""What is sent together: the files of one export, or one of an erasure's removes."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from orchestration.exports import removes, sets
from orchestration.exports.model import ExportError, ExportResult, Removes, Role

_ORDER = (Role.REMOVES, Role.FULL, Role.ADDS)
"""Who has left is taken out first, whatever happens afterwards."""


@dataclass(frozen=True)
class Parcel:
    """Files of one content, in the order in which they are sent; then checksums and manifest.

    They lie in `source` and go to `folder` of the place. `removes_of`: the day of an erasure.
    `check` raises `ExportError` where they are no longer what was written; `finish` is called once
    all has arrived.
    """

    destination: str
    audience: str
    content_id: str
    source: Path
    files: tuple[str, ...]
    folder: str
    check: Callable[[], None]
    finish: Callable[[], None] = lambda: None
    removes_of: str = ""

    @property
    def name(self) -> str:
        """What people know it by."""
        what = f"removes of {self.removes_of} for " if self.removes_of else ""
        return f"{what}{self.destination}/{self.audience}"


def of_export(folder: Path, result: ExportResult) -> Parcel:
    """An export of the released set in `folder`."""

    def check() -> None:
        """Nobody goes round the gate by changing a file that has passed it."""
        if not sets.is_whole(folder, result.export.pair):
            raise ExportError(
                "its files were changed after their release. Run `retention exports`, which makes "
                "them anew"
            )

    destination, audience = result.export.pair
    files = sorted(result.files, key=lambda file: _ORDER.index(Role(file.role)))
    return Parcel(
        destination,
        audience,
        result.content_id or "",
        folder / destination / audience,
        tuple(file.name for file in files),
        f"{destination}/{audience}",
        check,
    )


def of_removes(one: Removes) -> Parcel:
    """An erasure's removes for an audience."""

    def check() -> None:
        if not removes.is_whole(one):
            raise ExportError(
                f"{one.place} was changed after it was written. Restore it from a backup, or have "
                "the person taken out at the channel and delete the folder"
            )

    return Parcel(
        one.destination,
        one.audience,
        one.content_id,
        one.folder,
        one.files,
        one.place,
        check,
        finish=lambda: removes.delete(one),
        removes_of=one.day,
    )
