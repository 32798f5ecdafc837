"""The two halves of an erasure, between which a run rebuilds and publishes everything."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from orchestration.erasure import pending
from orchestration.erasure.errors import ErasureError
from orchestration.erasure.pending import Pending, Step, read_pending, write_pending
from orchestration.erasure.person import Person
from orchestration.erasure.removes import (
    FOLDER,
    Spellings,
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
from orchestration.erasure.search import Needles, files_with
from orchestration.exports import release
from orchestration.exports.stage import STAGING_PREFIX
from orchestration.files import atomic_symlink
from orchestration.landing import erased
from orchestration.publishing import versions
from orchestration.settings import Settings

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Searched:
    """The proof: how many files were searched, and which deliveries still hold the person."""

    files: int
    deliveries: tuple[Path, ...]


def begin(settings: Settings, person: Person, day: date, tell: Tell) -> None:
    """Forget `person` in all that is kept, and remove all that is rebuilt; a run has to follow.

    May be cut off at any moment: called again with the person of `read_pending`, it ends in the
    same state. `day`: of the removes files. The caller holds the run lock.
    """
    write_pending(settings, Pending(person, Step.SCRUB))
    known = erased.add(settings.state, person.identities, person.mailboxes, person.numbers)
    files = write_removes(settings, person, day)
    tell(f"{len(files)} removes files are in {settings.exports / FOLDER / day.isoformat()}")
    parts = scrub_landing(settings, known, Needles.of(person).in_texts)
    rows = mask_quarantine(settings, known)
    corrections = mask_corrections(settings, known)
    entries = rename_in_registry(settings, known)
    tell(
        f"{parts} files of landing, {rows} rejected rows, {corrections} corrections and {entries} "
        "entries of customer keys are scrubbed"
    )
    for path in _derived(settings):
        _remove(path)
    write_pending(settings, Pending(person, Step.REBUILD))


def finish(settings: Settings, tell: Tell) -> Searched:
    """After a run: remove what was published with the person, then search every file.

    Raises `ErasureError` that names the files in which something is left; the erasure then stays
    begun. The caller holds the run lock.
    """
    begun = read_pending(settings)
    if begun is None or begun.step is not Step.REBUILD:
        raise ErasureError("No erasure has come so far that it could be finished.")
    person = begun.person
    snapshots = _remove_snapshots(settings)
    sets = _remove_sets(settings, person)
    tell(f"{snapshots} older snapshots and {sets} released sets with the person are removed")
    needles = Needles.of(person)
    files = list(_searched(settings))
    left = files_with(files, needles)
    # Of the hashes in released files a search for plain texts says nothing.
    spellings = Spellings(person)
    left += [file for file in released_files(settings.exports) if any(person_rows(file, spellings))]
    if left:
        names = ", ".join(sorted({str(path.relative_to(settings.data_dir)) for path in left}))
        raise ErasureError(
            f"{len(files)} files were searched, and the person is still in: {names}. Remove or "
            "correct these files, then run `retention forget --yes` again."
        )
    deliveries = [path for room in (settings.inbox, settings.demo) for path in _files(room)]
    found = files_with(deliveries, needles)
    pending.remove_pending(settings)
    return Searched(len(files), tuple(found))


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
    """Released sets in which the person is, and the links to them."""
    spellings = Spellings(person)
    needles = Needles.of(person)
    concerned = {
        file.parent.parent.parent
        for file in released_files(settings.exports)
        if any(person_rows(file, spellings)) or files_with([file], needles)
    }
    for folder in concerned:
        shutil.rmtree(folder)
    links = [path for path in settings.exports.glob("*") if path.is_symlink()]
    for link in links:
        if not link.exists():
            link.unlink()
    latest = settings.exports / release.LATEST
    days = sorted(path for path in settings.exports.glob("*-*-*") if path.is_symlink())
    if not latest.is_symlink() and days:
        atomic_symlink(latest, days[-1])
    return len(concerned)


def _searched(settings: Settings) -> Iterator[Path]:
    """Every file of the data folder but deliveries, removes and the note of what is erased."""
    apart = (settings.inbox, settings.demo, settings.exports / FOLDER)
    note = settings.state / pending.FILE
    for path in _files(settings.data_dir):
        if path != note and not any(path.is_relative_to(room) for room in apart):
            yield path


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
