"""What every source has to deliver: its files, or what is fetched from it, with their hashes.

Everything is looked for before anything is fetched: a file that is missing or a password that is
wrong is said at once, not after an hour of reading.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from orchestration.landing.batches import Stamp, batch_id, content_hash, mapping_hash
from orchestration.landing.errors import LandingError, NoFileError
from orchestration.landing.files import SourceFile, find_files
from orchestration.landing.jobs import Delivery
from orchestration.landing.ledger import Ledger
from orchestration.landing.objects import RemoteFile, Store, is_remote
from orchestration.landing.pulled import Pulled, Stream, room_of
from orchestration.landing.pulled.source import PulledSource
from orchestration.landing.pulled.streams import open_stream
from orchestration.landing.report import LandingEvent
from orchestration.landing.sources import SourcesConfig
from orchestration.settings import Settings


@dataclass
class Found:
    """All deliveries in the order of `sources.yml` and of file names; pulls that found nothing
    new; what was wrong, and what a reader should know."""

    deliveries: list[Delivery] = field(default_factory=list)
    idle: list[Pulled] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)


def local_files(config: SourcesConfig) -> list[Path]:
    """The files that sources name on this machine, also the DuckDB files of tables."""
    found: list[Path] = []
    for name, source in config.sources.items():
        if source.kind == "table":
            found.append(config.folder / source.path)
        elif source.kind == "file" and not is_remote(source.path):
            with suppress(NoFileError):
                found += [file.path for file in find_files(config, name)]
    return found


@dataclass(frozen=True)
class Finder:
    """Looks for deliveries; `progress` is told about what is fetched, `aside` is where to."""

    config: SourcesConfig
    settings: Settings
    ledger: Ledger
    pool: ThreadPoolExecutor
    connection: duckdb.DuckDBPyConnection
    progress: Callable[[LandingEvent], None]
    aside: Path

    def find(self) -> Found:
        """Everything that the sources have; fetches nothing where something is wrong already."""
        found = Found()
        fetches: dict[str, Callable[[], list[Delivery]]] = {}
        deliveries: dict[str, list[Delivery]] = {}
        for name, source in self.config.sources.items():
            with _noting(found):
                if source.kind != "file":
                    stream = open_stream(self.config, name, self.settings)
                    fetches[name] = self._pull(name, stream, found)
                elif is_remote(source.path):
                    store = Store.of(self.config, name)
                    fetches[name] = self._downloads(store, store.find(self.aside / "objects"))
                else:
                    mapping = mapping_hash(name, source)
                    files = self._files(name, found)
                    deliveries[name] = [self._delivery(file, mapping) for file in files]
        if not found.problems:
            for name, fetch in fetches.items():
                with _noting(found):
                    deliveries[name] = fetch()
        found.deliveries = [
            delivery for name in self.config.sources for delivery in deliveries.get(name, ())
        ]
        return found

    def _files(self, source: str, found: Found) -> Sequence[SourceFile]:
        try:
            return find_files(self.config, source)
        except NoFileError:
            if not self._is_restored(source):
                raise
        found.messages.append(f"source {source!r} has no file; what landed of it before counts.")
        return []

    def _is_restored(self, source: str) -> bool:
        """Whether the data folder came from a backup that knows the source: nothing is published,
        though something of it has landed. Its deliveries may be gone by then."""
        return not self.settings.published.exists() and any(
            batch.source == source and batch.superseded_by is None
            for batch in self.ledger.batches()
        )

    def _delivery(self, file: SourceFile, mapping: str, pulled: Pulled | None = None) -> Delivery:
        stamp = Stamp.of(file.path)
        return Delivery(file, content_hash(file.path, self.pool), mapping, stamp, pulled)

    def _pull(self, name: str, stream: Stream, found: Found) -> Callable[[], list[Delivery]]:
        source = PulledSource(self.config, name, stream, self.ledger, self.connection)
        source.check()

        def tell(rows: int) -> None:
            self.progress(
                LandingEvent(f"{rows} rows pulled", source=name, file=f"{name}: {rows:,} rows")
            )

        def fetch() -> list[Delivery]:
            pulled = source.pull(room_of(self.settings.pulled, name), tell)
            if pulled.file is None:
                found.idle.append(pulled)
                return []
            file = SourceFile(name, pulled.file, stream.name, stream.format)
            return [self._delivery(file, source.mapping, pulled)]

        return fetch

    def _downloads(
        self, store: Store, objects: Sequence[RemoteFile]
    ) -> Callable[[], list[Delivery]]:
        source = self.config.sources[store.source]
        mapping = mapping_hash(store.source, source)

        def fetch() -> list[Delivery]:
            landed = {batch.batch_id for batch in self.ledger.batches()}
            contents = {remote: self._known_content(remote) for remote in objects}
            missing = [
                remote
                for remote, content in contents.items()
                if content is None
                or any(batch_id(content, name, mapping) not in landed for name in source.entities)
            ]
            for remote, _ in zip(missing, self.pool.map(store.download, missing), strict=True):
                self.progress(
                    LandingEvent("downloaded", source=store.source, file=remote.file.name)
                )
            return [
                self._downloaded(remote, mapping)
                if content is None or remote in missing
                else Delivery(remote.file, content, mapping, Stamp(remote.size or 0, 0, 0, (0, 0)))
                for remote, content in contents.items()
            ]

        return fetch

    def _known_content(self, remote: RemoteFile) -> str | None:
        file = remote.file
        return self.ledger.content_of(file.source, file.name, remote.mark) if remote.mark else None

    def _downloaded(self, remote: RemoteFile, mapping: str) -> Delivery:
        delivery = self._delivery(remote.file, mapping)
        if remote.mark:
            file = remote.file
            self.ledger.note_content(file.source, file.name, remote.mark, delivery.content_hash)
        return delivery


@contextmanager
def _noting(found: Found) -> Iterator[None]:
    """Notes what is wrong with a source, so that the others are looked at as well."""
    try:
        yield
    except LandingError as error:
        found.problems += error.problems
    except OSError as error:
        found.problems.append(
            f"{error.filename}: cannot be read ({error.strerror}). Check that you may."
        )
