"""Dagster's event log in SQLite, with its connections kept between events.

Dagster's own storage makes an engine, opens a file and closes it again for every statement, and so
compiles each statement anew and folds the file's log back in each time. A run writes some 400
events: with kept connections the bookkeeping of a run takes half of the CPU time.
Named in `dagster.yaml`; the files are the same, so either storage can go on with the other's.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy
from dagster import StringSource
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection

_KEPT = 8  # runs whose files stay open: those being written and the last ones looked at


class KeptSqliteEventLogStorage(SqliteEventLogStorage):
    """`SqliteEventLogStorage` with one engine per file, for the few files last used."""

    def __init__(self, dagster_home: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: dict[str, sqlalchemy.Engine] = {}
        super().__init__(str(Path(dagster_home) / "history" / "runs"), inst_data)

    @classmethod
    def config_type(cls) -> Any:
        """`dagster_home`: the folder that holds `dagster.yaml`."""
        return {"dagster_home": StringSource}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Any
    ) -> "KeptSqliteEventLogStorage":
        """The storage that `dagster.yaml` asks for."""
        return cls(inst_data=inst_data, **config_value)

    def run_connection(self, run_id: str | None = None) -> AbstractContextManager[Connection]:
        """A transaction in the file of one run."""
        return self._kept(run_id or "")

    def index_connection(self) -> AbstractContextManager[Connection]:
        """A transaction in the file that knows all assets."""
        return self._kept(INDEX_SHARD_NAME)

    def dispose(self) -> None:
        """Closes all files."""
        for shard in list(self._engines):
            self._engines.pop(shard).dispose()
        super().dispose()

    @contextmanager
    def _kept(self, shard: str) -> Iterator[Connection]:
        if shard not in self._engines:
            with self._connect(shard):  # Dagster's own connection makes the tables
                pass
        with self._db_lock, self._engine(shard).connect() as connection, connection.begin():
            yield connection

    def _engine(self, shard: str) -> sqlalchemy.Engine:
        engine = self._engines.pop(shard, None) or self._new_engine(shard)
        self._engines[shard] = engine  # the last used stands last
        while len(self._engines) > _KEPT:
            self._engines.pop(next(iter(self._engines))).dispose()
        return engine

    def _new_engine(self, shard: str) -> sqlalchemy.Engine:
        engine = sqlalchemy.create_engine(
            self.conn_string_for_shard(shard),
            connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS},
        )

        @sqlalchemy.event.listens_for(engine, "connect")
        def write_ahead_log_is_enough(connection: Any, _: object) -> None:
            # A power failure may cost the last events of a run, never the file.
            connection.execute("pragma synchronous = normal")

        return engine
