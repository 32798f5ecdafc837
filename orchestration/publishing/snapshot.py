"""Publish a snapshot: copy, check, sync, swap the link.

The copy is made inside one transaction of the connection that has the warehouse open, because
DuckDB lets only one process write to a file and nobody read beside it. `COPY FROM DATABASE` would
take the restricted schemas along; one `CREATE TABLE AS` per relation costs the same (measured on
15 million rows: 11 to 13 seconds of CPU either way). The order of rows is kept: giving it up saved
nothing and made the file 4 % larger.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from orchestration.files import fsync_file, fsync_folder
from orchestration.progress import Advance, unwatched
from orchestration.publishing import versions
from orchestration.publishing.content import (
    STORAGE_VERSION,
    Content,
    Relation,
    find_relations,
    measure,
    read_content,
)
from orchestration.publishing.errors import PublishError, describe
from orchestration.settings import Settings
from orchestration.sql import literal, quoted

_COPY = "snapshot_being_written"
_READ_ONLY = 0o444
_HOUSE_TIME = "set session timezone = 'UTC'"
"""Else a view that takes the day of a time would give the day of the host's zone."""


@dataclass(frozen=True)
class PublishedTable:
    """A table of a snapshot: `schema.name` and its number of rows."""

    schema: str
    name: str
    rows: int


@dataclass(frozen=True)
class Snapshot:
    """What was published; `is_new` is False where a sound file of this content was there before."""

    path: Path
    content_id: str
    as_of_date: date | None
    tables: tuple[PublishedTable, ...]
    bytes: int
    seconds: float
    is_new: bool


def publish_snapshot(
    warehouse: duckdb.DuckDBPyConnection | Path,
    settings: Settings,
    as_of_date: date | None = None,
    progress: Callable[[str], None] = lambda message: None,
    advance: Advance = unwatched,
) -> Snapshot:
    """Copy the schemas `marts` and `quality` to `published/` and let `current.duckdb` point there.

    `warehouse` is a read-write connection with the warehouse as its default database, or the path
    of a warehouse that no process has open for writing. Of a connection only committed rows are
    seen; it stays open, and nothing stays attached. `as_of_date` is reported, not part of the id.
    `progress` gets one line per step; `advance` is told of tables, each of which is measured,
    copied and measured in the copy. The caller holds the run lock.

    Raises `PublishError`; the former snapshot then stays in place and current.
    """
    started = time.monotonic()
    published = settings.published
    try:
        published.mkdir(parents=True, exist_ok=True)
        versions.remove_leftovers(published)
        with (
            _open_warehouse(warehouse) as (connection, catalog),
            _cleaned_up_on_failure(connection, published),
        ):
            path, content, is_new = _write(connection, catalog, published, progress, advance)
        versions.make_current(path)
        size = path.stat().st_size
        removed = versions.remove_old_versions(published, time.time(), progress)
    except (OSError, duckdb.Error) as error:
        raise PublishError(
            f"the snapshot could not be published in {published}: {describe(error)}. "
            "The former snapshot is unchanged. Make sure that the folder is writable and the disk "
            "has room for one more copy of the marts, then run again."
        ) from None
    seconds = time.monotonic() - started
    progress(
        f"published {path.name}{'' if is_new else ' (unchanged)'}: {len(content.tables)} tables, "
        f"{sum(table.rows for table in content.tables)} rows, {size} bytes, "
        f"{len(removed)} old versions removed, {seconds:.1f} s"
    )
    tables = tuple(
        PublishedTable(table.relation.schema, table.relation.name, table.rows)
        for table in content.tables
    )
    return Snapshot(path, content.id, as_of_date, tables, size, seconds, is_new)


@dataclass
class _Steps:
    """How far a publishing is, in tables."""

    advance: Advance
    in_all: int
    done: int = 0

    def of(self, what: str) -> Callable[[Relation], None]:
        """To be told of each table before `what` is done to it."""

        def begin(relation: Relation) -> None:
            self.advance(self.done, self.in_all, f"{what} {relation.label}")
            self.done += 1

        return begin


@contextmanager
def _open_warehouse(
    warehouse: duckdb.DuckDBPyConnection | Path,
) -> Iterator[tuple[duckdb.DuckDBPyConnection, str]]:
    """A connection of our own with the warehouse attached, and the warehouse's catalog name."""
    if isinstance(warehouse, Path):
        if not warehouse.exists():
            raise PublishError(f"there is no warehouse at {warehouse}; build it first")
        # Views name their catalog, and the catalog is named after the file.
        catalog = warehouse.stem
        with duckdb.connect(config={"temp_directory": f"{warehouse}.tmp"}) as connection:
            try:
                connection.execute(
                    f"attach {literal(str(warehouse))} as {quoted(catalog)} (read_only)"
                )
            except duckdb.Error as error:
                raise PublishError(
                    f"the warehouse {warehouse} could not be opened: {describe(error)}"
                ) from None
            connection.execute(f"use {quoted(catalog)}; {_HOUSE_TIME}")
            yield connection, catalog
        return
    # A cursor has a transaction of its own: what the caller has begun stays untouched.
    with warehouse.cursor() as connection:
        [(catalog,)] = connection.execute("select current_database()").fetchall()
        connection.execute(_HOUSE_TIME)
        yield connection, catalog


def _write(
    connection: duckdb.DuckDBPyConnection,
    catalog: str,
    published: Path,
    progress: Callable[[str], None],
    advance: Advance,
) -> tuple[Path, Content, bool]:
    """A sound file of the warehouse's public content: its path, content, and whether it is new."""
    # One transaction: what is measured is what is copied.
    connection.execute("begin")
    relations = find_relations(connection, catalog)
    steps = _Steps(advance, 3 * len(relations))
    source = measure(connection, catalog, relations, steps.of("measuring"))
    if not any(table.relation.schema == "marts" for table in source.tables):
        raise PublishError(
            "the warehouse has no marts, and an empty snapshot would leave BI with nothing. "
            "Build the marts first."
        )
    path = versions.version_path(published, source.id)
    if _is_sound(path, source, steps):
        connection.execute("rollback")
        return path, source, False
    progress(f"copying {len(source.tables)} tables")
    unfinished = versions.unfinished_path(published)
    _copy(connection, catalog, unfinished, source, steps)
    unfinished.chmod(_READ_ONLY)
    fsync_file(unfinished)
    content = _check(unfinished, source, steps)
    path = versions.version_path(published, content.id)
    unfinished.replace(path)
    fsync_folder(published)
    return path, content, True


@contextmanager
def _cleaned_up_on_failure(
    connection: duckdb.DuckDBPyConnection, published: Path
) -> Iterator[None]:
    """Leave no transaction, attachment or file behind when the block raises."""
    try:
        yield
    except BaseException:
        # A failing clean-up would hide the error that made it necessary; what it leaves on the
        # disk goes at the next publishing.
        for statement in ("rollback", f"detach database if exists {_COPY}"):
            with suppress(duckdb.Error):
                connection.execute(statement)
        with suppress(OSError):
            versions.remove_leftovers(published)
        raise


def _copy(
    connection: duckdb.DuckDBPyConnection,
    catalog: str,
    path: Path,
    content: Content,
    steps: _Steps,
) -> None:
    """Write all relations as tables, with their comments, to a new database file and close it."""
    connection.execute(
        f"attach {literal(str(path))} as {_COPY} (storage_version '{STORAGE_VERSION}')"
    )
    relations = [table.relation for table in content.tables]
    for schema in sorted({relation.schema for relation in relations}):
        connection.execute(f"create schema {_COPY}.{quoted(schema)}")
    begin = steps.of("copying")
    for relation in relations:
        begin(relation)
        table = relation.sql(_COPY)
        connection.execute(f"create table {table} as from {relation.sql(catalog)}")
        if relation.comment is not None:
            connection.execute(f"comment on table {table} is {literal(relation.comment)}")
        for column in relation.columns:
            if column.comment is not None:
                connection.execute(
                    f"comment on column {table}.{quoted(column.name)} is {literal(column.comment)}"
                )
    steps.advance(steps.done, steps.in_all, "writing the file")
    connection.execute("commit")
    connection.execute(f"checkpoint {_COPY}")
    connection.execute(f"detach {_COPY}")


def _check(path: Path, source: Content, steps: _Steps) -> Content:
    """Read the copy back from its file and compare; its content, by which it gets its name.

    A view is computed at each reading: where it has no fixed result (a sum of floats in parallel),
    its copy may differ from what was measured. The id is that of the copy, and tables are strict.
    """
    if path.with_name(f"{path.name}.wal").exists():
        raise PublishError(f"{path.name} was not written completely: its log is still beside it")
    copied = _read_file(path, steps)
    labels = [[table.relation.label for table in content.tables] for content in (source, copied)]
    if labels[0] != labels[1]:
        raise PublishError(f"tables did not arrive in the snapshot: {labels[1]} of {labels[0]}")
    for expected, got in zip(source.tables, copied.tables, strict=True):
        if got.relation != expected.relation:
            raise PublishError(
                f"{expected.relation.label} did not arrive in the snapshot as it is in the "
                "warehouse: columns, types or comments differ"
            )
        if got != expected and not expected.relation.is_view:
            raise PublishError(
                f"{expected.relation.label} was copied wrongly: {expected.rows} rows in the "
                f"warehouse, {got.rows} in the snapshot, or other values. Check the disk, then "
                "run again."
            )
    return copied


def _is_sound(path: Path, expected: Content, steps: _Steps) -> bool:
    """True where `path` is a snapshot that can be opened and holds just this content."""
    if not path.exists():
        return False
    tables = len(expected.tables)
    steps.in_all = 2 * tables
    try:
        is_sound = _read_file(path, steps) == expected
    except (duckdb.Error, PublishError):
        is_sound = False
    if not is_sound:
        steps.in_all, steps.done = 4 * tables, 2 * tables
    return is_sound


def _read_file(path: Path, steps: _Steps) -> Content:
    with duckdb.connect(path, read_only=True) as connection:
        [(catalog,)] = connection.execute("select current_database()").fetchall()
        return read_content(connection, catalog, steps.of("checking"))
