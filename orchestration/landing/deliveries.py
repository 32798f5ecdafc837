"""What every source has to deliver: its files, or what is pulled from it, with their hashes.

Everything is looked for before anything is pulled: a file that is missing or a password that is
wrong is said at once, not after an hour of reading.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from orchestration.entities import ENTITIES, Type
from orchestration.landing.batches import Stamp, content_hash, mapping_hash
from orchestration.landing.errors import LandingError, listed
from orchestration.landing.files import SourceFile, find_files
from orchestration.landing.jobs import Delivery
from orchestration.landing.ledger import Ledger
from orchestration.landing.plan import Shape, make_plan
from orchestration.landing.pulled import PageFolder, Pulled, Stream, Watch, pull
from orchestration.landing.pulled.pages import CURSOR
from orchestration.landing.pulled.streams import open_stream, pull_identity
from orchestration.landing.readers.parquet import ParquetReader
from orchestration.landing.report import LandingEvent
from orchestration.landing.sources import SourcesConfig
from orchestration.settings import Settings


@dataclass
class Found:
    """All deliveries in the order of `sources.yml` and of file names; pulls that found nothing
    new; what was wrong."""

    deliveries: list[Delivery] = field(default_factory=list)
    idle: list[Pulled] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Finder:
    """Looks for deliveries; `progress` is told about pages that were pulled."""

    config: SourcesConfig
    settings: Settings
    ledger: Ledger
    pool: ThreadPoolExecutor
    connection: duckdb.DuckDBPyConnection
    progress: Callable[[LandingEvent], None]

    def find(self) -> Found:
        """Everything that the sources have; pulls nothing where something is wrong already."""
        found = Found()
        streams: dict[str, Stream] = {}
        deliveries: dict[str, list[Delivery]] = {}
        for name, source in self.config.sources.items():
            try:
                if source.kind == "file":
                    deliveries[name] = self._files(name)
                else:
                    streams[name] = open_stream(self.config, name, self.settings)
                    _check_keys(self.config, name, streams[name])
            except LandingError as error:
                found.problems += error.problems
            except OSError as error:
                found.problems.append(
                    f"{error.filename}: cannot be read ({error.strerror}). Check that you may."
                )
        if not found.problems:
            for name, stream in streams.items():
                try:
                    self._pull(name, stream, deliveries, found)
                except LandingError as error:
                    found.problems += error.problems
        found.deliveries = [
            delivery for name in self.config.sources for delivery in deliveries.get(name, ())
        ]
        return found

    def _files(self, name: str) -> list[Delivery]:
        mapping = mapping_hash(name, self.config.sources[name])
        return [self._delivery(file, mapping, None) for file in find_files(self.config, name)]

    def _delivery(self, file: SourceFile, mapping: str, pulled: Pulled | None) -> Delivery:
        stamp = Stamp.of(file.path)
        return Delivery(file, content_hash(file.path, self.pool), mapping, stamp, pulled)

    def _pull(
        self, name: str, stream: Stream, deliveries: dict[str, list[Delivery]], found: Found
    ) -> None:
        source = self.config.sources[name]
        mapping = mapping_hash(name, source)

        def tell(rows: int) -> None:
            self.progress(
                LandingEvent(f"{rows} rows pulled", source=name, file=f"{name}: {rows:,} rows")
            )

        state = self.ledger.pull_state(name, mapping)
        folder = PageFolder(
            self.settings.pulled / name, [pull_identity(source), state.pulls, state.cursor]
        )
        watch = Watch(
            check_first=lambda page: self._check_first(name, stream, page),
            on_page=tell,
            now=datetime.now(UTC),
            zone=source.timezone,
        )
        pulled = pull(stream, state, folder, self.connection, watch)
        if pulled.file is None:
            if pulled.replaces:
                self._refuse_emptiness(name, stream)
            found.idle.append(pulled)
            return
        file = SourceFile(name, pulled.file, stream.name, stream.format)
        deliveries[name] = [self._delivery(file, mapping, pulled)]

    def _check_first(self, name: str, stream: Stream, page: Path) -> None:
        """Raise at the first page what would be wrong with the whole delivery."""
        if stream.format != "parquet":  # objects may differ: the first ones do not tell
            return
        reader = ParquetReader(page, stream.name, self.connection)
        stored = {name: kind for name, kind in reader.stored_types().items() if name != CURSOR}
        shape = Shape(stream.name, tuple(stored), stored, stream.key)
        make_plan(self.config, name, shape, _no_types, self.connection)

    def _refuse_emptiness(self, name: str, stream: Stream) -> None:
        """A table that is being filled anew is empty for a while; a company is not."""
        live = [b for b in self.ledger.batches() if b.source == name and not b.superseded_by]
        rows = sum(batch.counts.read for batch in live)
        if rows:
            raise LandingError(
                f"{self.config.place(name)}: {stream.name} has no rows, though it had "
                f"{max(batch.counts.read for batch in live):,} before. Nothing was replaced. Run "
                "again when it is filled, or take the source out of sources.yml."
            )


def _no_types(_columns: Sequence[str]) -> dict[str, Type]:
    return {}


def _check_keys(config: SourcesConfig, name: str, stream: Stream) -> None:
    """Refuse what would count a changed row twice: rows read on from a cursor need a key."""
    if not stream.is_incremental:
        return
    problems = []
    for entity, mapping in config.sources[name].entities.items():
        contract = ENTITIES[entity]
        place = config.place(name, "entities", entity)
        if contract.makes_key and contract.key[0] not in mapping.columns and not stream.key:
            problems.append(
                f"{place}: {stream.name} has no primary key that is known, and {contract.key[0]} "
                "is not mapped, so that a row that changes would count twice. Name the columns "
                "that tell its rows apart in `key`, or leave out `cursor`: then it is read whole."
            )
        amounts = [column.name for column in contract.columns if column.type is Type.AMOUNT]
        if not contract.key and amounts:
            problems.append(
                f"{place}: {entity} has no key, so that {listed(amounts)} of a row that changes "
                "would count twice. Leave out `cursor`: then the table is read whole."
            )
    if problems:
        raise LandingError(*problems)
