"""A source that is pulled, from the checks before to the delivery after."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.entities import ENTITIES, Type
from orchestration.landing.batches import mapping_hash
from orchestration.landing.errors import LandingError, listed
from orchestration.landing.files import SourceFile
from orchestration.landing.jobs import open_planned
from orchestration.landing.ledger import Ledger
from orchestration.landing.plan import Shape, make_plan
from orchestration.landing.pulled.pages import CURSOR, PageFolder
from orchestration.landing.pulled.pulling import Pulled, Watch, pull, write_lines
from orchestration.landing.pulled.stream import Stream
from orchestration.landing.pulled.streams import pull_identity
from orchestration.landing.readers.parquet import ParquetReader
from orchestration.landing.sources import SourcesConfig


@dataclass(frozen=True)
class PulledSource:
    """A source of sources.yml and the stream that it is."""

    config: SourcesConfig
    name: str
    stream: Stream
    ledger: Ledger
    connection: duckdb.DuckDBPyConnection

    @cached_property
    def mapping(self) -> str:
        """The mapping hash of its batches."""
        return mapping_hash(self.name, self.config.sources[self.name], self.stream.key)

    def check(self) -> None:
        """Refuse what would count a changed row twice: rows read on from a cursor need a key."""
        if not self.stream.is_incremental:
            return
        problems = []
        for entity, mapping in self.config.sources[self.name].entities.items():
            contract = ENTITIES[entity]
            place = self.config.place(self.name, "entities", entity)
            makes_key = contract.makes_key and contract.key[0] not in mapping.columns
            if makes_key and not self.stream.key:
                problems.append(
                    f"{place}: {self.stream.name} has no primary key that is known, and "
                    f"{contract.key[0]} is not mapped, so that a row that changes would count "
                    "twice. Name the columns that tell its rows apart in `key`, or leave out "
                    "`cursor`: then it is read whole."
                )
            amounts = [column.name for column in contract.columns if column.type is Type.AMOUNT]
            if not contract.key and amounts:
                problems.append(
                    f"{place}: {entity} has no key, so that {listed(amounts)} of a row that "
                    "changes would count twice. Leave out `cursor`: then the table is read whole."
                )
        if problems:
            raise LandingError(*problems)

    def pull(self, room: Path, tell: Callable[[int], None]) -> Pulled:
        """Pull what is new, by way of `room`; `tell` is told the rows read so far."""
        source = self.config.sources[self.name]
        state = self.ledger.pull_state(self.name, self.mapping)
        folder = PageFolder(room, [pull_identity(source), state.pulls, state.cursor])
        watch = Watch(self._check_first, tell, datetime.now(UTC), source.timezone)
        pulled = pull(self.stream, state, folder, self.connection, watch)
        if pulled.file is None and pulled.replaces:
            self._refuse_emptiness()
        return pulled

    def _check_first(self, page: Path) -> None:
        """Raise at the first page what would be wrong with the whole delivery."""
        if self.stream.format == "jsonl":
            lines = write_lines(page, page.with_name("first.jsonl"))
            file = SourceFile(self.name, lines, self.stream.name, self.stream.format)
            open_planned(self.config, file, self.stream.key, self.connection)
            lines.unlink()
            return
        if any(pa.types.is_null(column.type) for column in pq.read_schema(page)):
            return  # a type that only a later page shows
        reader = ParquetReader(page, self.stream.name, self.connection)
        stored = {name: kind for name, kind in reader.stored_types().items() if name != CURSOR}
        shape = Shape(self.stream.name, tuple(stored), stored, self.stream.key)
        make_plan(self.config, self.name, shape, _no_types, self.connection)

    def _refuse_emptiness(self) -> None:
        """A table that is being filled anew is empty for a while; a company is not."""
        live = [b for b in self.ledger.batches() if b.source == self.name and not b.superseded_by]
        rows = sum(batch.counts.read for batch in live)
        if rows:
            raise LandingError(
                f"{self.config.place(self.name)}: {self.stream.name} has no rows, though it had "
                f"{max(batch.counts.read for batch in live):,} before. Nothing was replaced. Run "
                "again when it is filled, or take the source out of sources.yml."
            )


def _no_types(_columns: Sequence[str]) -> dict[str, Type]:
    return {}
