"""The two halves of an erasure, between which a run rebuilds and publishes everything."""

import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from orchestration.erasure import members, pending
from orchestration.erasure.errors import ErasureError
from orchestration.erasure.export_state import scrub_exports, states_with
from orchestration.erasure.pending import Pending, Step, read_pending, write_pending
from orchestration.erasure.person import Person
from orchestration.erasure.removes import (
    Spellings,
    hashed_columns,
    person_rows,
    released_files,
    write_removes,
)
from orchestration.erasure.rooms import (
    mask_corrections,
    mask_quarantine,
    rename_in_registry,
    scrub_landing,
)
from orchestration.erasure.search import Needles, search
from orchestration.exports import release
from orchestration.exports.removes import FOLDER
from orchestration.exports.staged import STAGING_PREFIX
from orchestration.files import ASIDE_PREFIX, atomic_symlink, fsync_folder
from orchestration.landing import erased
from orchestration.publishing import versions
from orchestration.settings import Settings

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Searched:
    """The proof: how many files were searched; deliveries that still hold the person, and those
    of which nobody can say; how many addresses and numbers stay, for they are others' too."""

    files: int
    shared: int
    deliveries: tuple[Path, ...]
    unreadable: tuple[Path, ...]


def begin(settings: Settings, person: Person, day: date, tell: Tell) -> None:
    """Forget `person` in all that is kept, and remove all that is rebuilt; a run has to follow.

    May be cut off at any moment: called again with the person of `read_pending`, it ends in the
    same state. `day`: of the removes files. The caller holds the run lock.
    """
    write_pending(settings, Pending(person, Step.SCRUB))
    known = erased.add(
        settings.state,
        person.identities,
        person.mailboxes,
        person.numbers,
        units=person.units,
        carried=person.carried,
    )
    files = write_removes(settings, person, day)
    tell(f"{len(files)} removes files are in {settings.exports / FOLDER / day.isoformat()}")
    parts = scrub_landing(settings, known, Needles.of(person).in_texts)
    rows = mask_quarantine(settings, known)
    corrections = mask_corrections(settings, known)
    entries = rename_in_registry(settings, known)
    audiences = scrub_exports(settings, person, known)
    tell(
        f"{parts} files of landing, {rows} rejected rows, {corrections} corrections, {entries} "
        f"entries of customer keys and {audiences} of audiences are scrubbed"
    )
    for path in _derived(settings):
        _remove(path)
    write_pending(settings, Pending(person, Step.REBUILD))


def finish(settings: Settings, delivered: Iterable[Path], tell: Tell) -> Searched:
    """After a run: remove what was published with the person, then search every file.

    `delivered`: files of sources, wherever they lie; they are searched, but not ours to change,
    like all in the inbox. Raises `ErasureError` that names the files in which something is left or
    that cannot be looked into; the erasure then stays begun. The caller holds the run lock.
    """
    begun = read_pending(settings)
    if begun is None or begun.step is not Step.REBUILD:
        raise ErasureError("No erasure has come so far that it could be finished.")
    person = begun.person
    snapshots = _remove_snapshots(settings)
    sets = _remove_sets(settings, person)
    tell(f"{snapshots} older snapshots and {sets} released sets with the person are removed")
    deliveries = _deliveries(settings, delivered)
    files = list(_ours(settings, deliveries))
    _check_nothing_left(settings, person, files)
    found = search(deliveries, Needles.of(person))
    pending.remove_pending(settings)
    return Searched(len(files), person.shared, found.holding, found.unreadable)


def _check_nothing_left(settings: Settings, person: Person, files: list[Path]) -> None:
    found = search(files, Needles.of(person))
    # Of the hashes in released files a search for plain texts says nothing.
    spellings = Spellings(person)
    left = {file for file in released_files(settings.exports) if any(person_rows(file, spellings))}
    left |= {*found.holding, *states_with(settings, person)}
    if not left and not found.unreadable:
        return
    said = [f"{len(files)} files were searched."]
    if left:
        said.append(f"The person is still in: {_names(settings, left)}.")
    if found.unreadable:
        said.append(
            f"These cannot be looked into: {_names(settings, found.unreadable)} (damaged, locked "
            "with a password or packed in an unknown way)."
        )
    said.append("Remove or correct these files, then run `retention forget --yes` again.")
    raise ErasureError(" ".join(said))


def _names(settings: Settings, paths: Iterable[Path]) -> str:
    return ", ".join(sorted(str(path.relative_to(settings.data_dir)) for path in paths))


def _derived(settings: Settings) -> Iterator[Path]:
    """What a run makes anew, and what was never released."""
    yield from (
        settings.identity,
        settings.pulled,
        settings.warehouse,
        settings.warehouse.with_name(f"{settings.warehouse.name}.wal"),
        settings.data_dir / "dev.duckdb",
        settings.data_dir / "dev.duckdb.wal",
        settings.data_dir / "dbt",
        settings.data_dir / "dbt-dev",
        settings.data_dir / "tmp",
    )
    yield from settings.exports.glob(f"{STAGING_PREFIX}*")


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _remove_snapshots(settings: Settings) -> int:
    """All but the current one; readers who hold one open go on until they connect again."""
    versions.remove_leftovers(settings.published)
    current = (settings.published / versions.CURRENT).resolve()
    old = [path for path in settings.published.glob("marts-*.duckdb") if path.resolve() != current]
    for path in old:
        path.unlink()
    return len(old)


def _remove_sets(settings: Settings, person: Person) -> int:
    """Released sets in which the person is, and the links to them.

    A set goes out of sight in one step before its files go, so that a half of one is never seen.
    """
    sets = settings.exports / release.SETS
    for half in sets.glob(f"{ASIDE_PREFIX}*"):
        shutil.rmtree(half)
    spellings = Spellings(person)
    files = released_files(settings.exports)
    concerned = {
        file.parent.parent.parent
        for file in {
            *(file for file in files if any(person_rows(file, spellings))),
            *search(files, Needles.of(person)).holding,
        }
    }
    for folder in sorted(concerned):
        for file in files:
            if file.is_relative_to(folder):
                cells = spellings.cells(file.parent.parent.name)
                members.keep(settings, file, hashed_columns(file), cells)
        aside = folder.rename(sets / f"{ASIDE_PREFIX}{folder.name}")
        fsync_folder(sets)
        shutil.rmtree(aside)
    _mend_links(settings.exports)
    return len(concerned)


def _mend_links(exports: Path) -> None:
    """Remove links to sets that are gone; `latest` becomes the newest day that is left."""
    for link in exports.glob("*"):
        if link.is_symlink() and not link.exists():
            link.unlink()
    latest = exports / release.LATEST
    days = sorted(path for path in exports.glob("*-*-*") if path.is_symlink())
    if not latest.is_symlink() and days:
        atomic_symlink(latest, days[-1])


def _deliveries(settings: Settings, delivered: Iterable[Path]) -> list[Path]:
    """What others gave: all in inbox and demo folder, and what sources name; links followed."""
    rooms = (settings.inbox, settings.demo)
    found = [*delivered, *(path for room in rooms for path in room.rglob("*"))]
    # The same file may be named in two ways.
    return sorted({path.resolve(): path for path in found if path.is_file()}.values())


def _ours(settings: Settings, deliveries: Iterable[Path]) -> Iterator[Path]:
    """Every file of the data folder but deliveries, removes and the note of what is erased."""
    note = settings.state / pending.FILE
    apart = {path.resolve() for path in (note, *deliveries)}
    for path in sorted(settings.data_dir.rglob("*")):
        if path.is_symlink() or not path.is_file() or path.resolve() in apart:
            continue
        if not path.is_relative_to(settings.exports / FOLDER):
            yield path
