"""Lands one broken file after the other, without a ledger: planned, judged, accounted for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import dedent

import pyarrow.parquet as pq

from orchestration.landing import LandingError, load_sources
from orchestration.landing.batches import Stamp
from orchestration.landing.contracts import Contracts
from orchestration.landing.files import SourceFile
from orchestration.landing.jobs import Delivery, open_job
from orchestration.landing.ledger import Counts
from orchestration.landing.readers.base import Scratch
from orchestration.landing.work import do_piece, open_connection
from orchestration.settings import Settings

ENTITY = "order_lines"
_SOURCES = """
sources:
  {form}:
    kind: file
    path: {form}
    format: {form}
    entities:
      order_lines:
        {where}
        columns: {{order_line_id: id, order_id: order, quantity: quantity, unit_price: price,
                  ordered_at: at}}
"""


NOTHING = Counts(0, 0, 0, 0)


@dataclass(frozen=True)
class Landed:
    """What became of a file: refused as a whole, or its records one by one."""

    problems: tuple[str, ...]
    counts: Counts = NOTHING
    accepted: Sequence[int] = ()
    """Line numbers."""
    rejected: Sequence[tuple[int | None, str, str]] = ()
    """(line, reason, message)."""
    file: str = ""
    files: frozenset[str] = frozenset()
    """The names of the files in which rejected records are said to stand."""


class Bench:
    """A place for files, and what it takes to land them one by one.

    `where`: a condition on which records are wanted; without it all are.
    """

    def __init__(self, folder: Path, where: str = "") -> None:
        self.folder = folder
        self.settings = Settings(folder / "data", folder / "sources.yml")
        self.configs = {}
        for form in ("csv", "jsonl", "xlsx"):
            self.settings.sources_file.write_text(
                dedent(_SOURCES.format(form=form, where=where and f'where: "{where}"'))
            )
            self.configs[form] = load_sources(self.settings.sources_file, {})
        self.connection = open_connection(folder, threads=1)
        self.scratch = Scratch(self.connection, folder / "lines.csv")
        self.files = 0
        self.landing, self.quarantine = folder / "landing", folder / "quarantine"
        self.landing.mkdir()
        self.quarantine.mkdir()

    def land(self, form: str, content: bytes) -> Landed:
        """Land a file of this content. Raises whatever is no clear message."""
        self.files += 1
        path = self.folder / f"{self.files}.{form}"
        path.write_bytes(content)
        try:
            return self._land(form, path)
        finally:
            for made in (path, *self.landing.iterdir(), *self.quarantine.iterdir()):
                made.unlink()

    def _land(self, form: str, path: Path) -> Landed:
        file = SourceFile(form, path, path.name, form)
        delivery = Delivery(file, path.name, "mapping", Stamp.of(path))
        contracts = Contracts(self.configs[form], lambda *_: None, lambda *_: None)
        try:
            job = open_job(contracts, delivery, [ENTITY], self.settings, self.connection)
            [target] = job.targets
            target = replace(target, landing=self.landing, quarantine=self.quarantine)
            for piece in job.pieces():
                job.add(do_piece(piece, job.plan, file.name, [target], self.scratch))
        except LandingError as error:
            return Landed(error.problems, file=file.name)
        accepted: list[int] = []
        for part in sorted(target.landing.glob("part-*.parquet")):
            accepted += pq.read_table(part, columns=["_row"]).column(0).to_pylist()
        rejected: list[tuple[int | None, str, str]] = []
        files: set[str] = set()
        for part in sorted(target.quarantine.glob("rejected-*.parquet")):
            table = pq.read_table(part, columns=["line", "reason", "message", "file"])
            *columns, names = (column.to_pylist() for column in table.columns)
            rejected += zip(*columns, strict=True)
            files |= set(names)
        return Landed((), job.counts(ENTITY), accepted, rejected, file.name, frozenset(files))
