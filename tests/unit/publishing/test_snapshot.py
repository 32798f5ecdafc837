from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest

from orchestration.publishing import PublishError, publish_snapshot, snapshot
from orchestration.settings import Settings

Build = Callable[[int], None]


def test_a_snapshot_holds_the_public_schemas_as_tables_and_nothing_else(
    settings: Settings, warehouse: duckdb.DuckDBPyConnection
) -> None:
    warehouse.execute("create view marts.top as from marts.customers where customer_key < 10")
    warehouse.execute("""create table marts."odd ""name" as select 1 as "odd ""column" """)
    lines: list[str] = []
    published = publish_snapshot(warehouse, settings, date(2026, 1, 31), lines.append)
    assert {(table.schema, table.name, table.rows) for table in published.tables} == {
        ("marts", "customers", 20000),
        ("marts", "top", 10),
        ("marts", 'odd "name', 1),
        ("quality", "run_parameters", 1),
    }
    assert published.path == settings.published / f"marts-{published.content_id}.duckdb"
    assert published.bytes == published.path.stat().st_size
    assert published.as_of_date == date(2026, 1, 31)
    assert published.is_new
    assert published.content_id in lines[-1]
    with duckdb.connect(settings.published / "current.duckdb", read_only=True) as reader:
        assert reader.execute(
            "select distinct schema_name from duckdb_tables() where not internal order by all"
        ).fetchall() == [("marts",), ("quality",)]
        assert not reader.execute("select 1 from duckdb_views() where not internal").fetchall()
        copied = reader.execute("from marts.customers order by all").fetchall()
    assert copied == warehouse.execute("from marts.customers order by all").fetchall()


def test_who_watches_is_told_how_many_tables_are_done(
    settings: Settings, warehouse: duckdb.DuckDBPyConnection
) -> None:
    told: list[tuple[int, int | None]] = []
    for tables in (3 * 2, 2 * 2):  # measured, copied, checked; and once more: already there
        told.clear()
        publish_snapshot(
            warehouse, settings, advance=lambda done, in_all, _what: told.append((done, in_all))
        )
        assert [done for done, _ in told] == sorted(done for done, _ in told)
        assert {done for done, _ in told} >= set(range(tables))
        assert told[-1][1] == tables


def test_every_duckdb_client_since_1_0_can_open_a_snapshot(
    settings: Settings, warehouse: duckdb.DuckDBPyConnection
) -> None:
    path = publish_snapshot(warehouse, settings).path
    # The main header's version number; 64 is what DuckDB 0.9 to 1.1 write and read.
    # https://duckdb.org/docs/stable/internals/storage
    assert int.from_bytes(path.read_bytes()[12:20], "little") == 64


def test_comments_are_carried_over(
    settings: Settings, warehouse: duckdb.DuckDBPyConnection
) -> None:
    warehouse.execute("comment on table marts.customers is 'the customer''s row'")
    warehouse.execute("comment on column marts.customers.net_sales is 'reporting currency'")
    warehouse.execute("create view marts.few as select customer_key from marts.customers")
    warehouse.execute("comment on view marts.few is 'a few'")
    warehouse.execute("comment on column marts.few.customer_key is 'ours'")
    path = publish_snapshot(warehouse, settings).path
    with duckdb.connect(path, read_only=True) as reader:
        assert reader.execute(
            "select table_name, comment from duckdb_tables() where schema_name = 'marts' "
            "order by all"
        ).fetchall() == [("customers", "the customer's row"), ("few", "a few")]
        assert reader.execute(
            "select table_name, column_name, comment from duckdb_columns() "
            "where comment is not null order by all"
        ).fetchall() == [
            ("customers", "net_sales", "reporting currency"),
            ("few", "customer_key", "ours"),
        ]


def test_the_link_is_relative_and_the_data_folder_can_be_moved(
    settings: Settings, warehouse: duckdb.DuckDBPyConnection
) -> None:
    published = publish_snapshot(warehouse, settings)
    assert (settings.published / "current.duckdb").readlink() == Path(published.path.name)
    moved = settings.published.rename(settings.data_dir / "moved")
    with duckdb.connect(moved / "current.duckdb", read_only=True) as reader:
        assert reader.execute("from quality.run_parameters").fetchall() == [(1,)]


def test_content_that_is_there_already_is_linked_and_not_written_again(
    settings: Settings, warehouse: duckdb.DuckDBPyConnection, build: Build
) -> None:
    first = publish_snapshot(warehouse, settings)
    inode = first.path.stat().st_ino
    build(2)
    assert publish_snapshot(warehouse, settings).is_new
    build(1)
    again = publish_snapshot(warehouse, settings)
    assert (again.is_new, again.path) == (False, first.path)
    assert again.path.stat().st_ino == inode
    assert (settings.published / "current.duckdb").resolve() == first.path


@pytest.mark.parametrize("damage", ["truncated", "other rows"])
def test_a_damaged_file_of_the_same_content_is_replaced(
    settings: Settings, warehouse: duckdb.DuckDBPyConnection, damage: str
) -> None:
    first = publish_snapshot(warehouse, settings)
    first.path.chmod(0o644)
    if damage == "truncated":
        first.path.write_bytes(first.path.read_bytes()[:5000])
    else:
        with duckdb.connect(first.path) as vandal:
            vandal.execute("delete from marts.customers where customer_key = 5")
    again = publish_snapshot(warehouse, settings)
    assert (again.is_new, again.path) == (True, first.path)
    with duckdb.connect(again.path, read_only=True) as reader:
        assert reader.execute("select count(*) from marts.customers").fetchall() == [(20000,)]


@pytest.mark.parametrize(
    "fault",
    [
        "delete from marts.customers where customer_key = 5",
        "update marts.customers set net_sales = 0 where customer_key = 5",
        "drop table marts.customers",
        "comment on table marts.customers is 'other'",
    ],
)
def test_a_copy_that_differs_from_the_warehouse_is_not_published(
    settings: Settings,
    warehouse: duckdb.DuckDBPyConnection,
    build: Build,
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
) -> None:
    former = publish_snapshot(warehouse, settings)
    build(2)
    copy = snapshot._copy

    def copy_wrongly(connection: object, catalog: str, path: Path, *others: object) -> None:
        copy(connection, catalog, path, *others)
        with duckdb.connect(path) as vandal:
            vandal.execute(fault)

    monkeypatch.setattr(snapshot, "_copy", copy_wrongly)
    with pytest.raises(PublishError, match=r"marts\.customers"):
        publish_snapshot(warehouse, settings)
    assert_only(settings, former.path)


def test_a_copy_that_breaks_off_leaves_nothing_attached(
    settings: Settings, warehouse: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def copy_until_checkpoint(
        connection: duckdb.DuckDBPyConnection, catalog: str, path: Path, *_others: object
    ) -> None:
        connection.execute(f"attach '{path}' as {snapshot._COPY}")
        connection.execute("commit")
        raise duckdb.IOException("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(snapshot, "_copy", copy_until_checkpoint)
        with pytest.raises(PublishError, match="no space left"):
            publish_snapshot(warehouse, settings)
    assert warehouse.execute(
        "select database_name from duckdb_databases() where not internal"
    ).fetchall() == [("warehouse",)]
    assert not list(settings.published.iterdir())
    assert publish_snapshot(warehouse, settings).is_new


def test_a_view_without_a_fixed_result_is_published_as_it_was_copied(
    settings: Settings, warehouse: duckdb.DuckDBPyConnection
) -> None:
    warehouse.execute("create view quality.dice as select random() as value")
    published = publish_snapshot(warehouse, settings)
    with duckdb.connect(published.path, read_only=True) as reader:
        assert len(reader.execute("from quality.dice").fetchall()) == 1


def test_a_personal_column_stops_publishing(
    settings: Settings, warehouse: duckdb.DuckDBPyConnection
) -> None:
    former = publish_snapshot(warehouse, settings)
    warehouse.execute("create table marts.contacts as from restricted.people")
    with pytest.raises(PublishError, match=r"marts.contacts has the personal column 'email'"):
        publish_snapshot(warehouse, settings)
    assert_only(settings, former.path)


def test_a_warehouse_without_marts_is_refused(
    settings: Settings, warehouse: duckdb.DuckDBPyConnection
) -> None:
    former = publish_snapshot(warehouse, settings)
    warehouse.execute("drop schema marts cascade")
    with pytest.raises(PublishError, match="has no marts"):
        publish_snapshot(warehouse, settings)
    assert_only(settings, former.path)


def test_the_callers_connection_is_left_as_it_was(
    settings: Settings, warehouse: duckdb.DuckDBPyConnection
) -> None:
    warehouse.execute("begin; update quality.run_parameters set version = 99")
    publish_snapshot(warehouse, settings)
    assert warehouse.execute("from quality.run_parameters").fetchall() == [(99,)]
    warehouse.execute("rollback")
    with duckdb.connect(settings.published / "current.duckdb", read_only=True) as reader:
        assert reader.execute("from quality.run_parameters").fetchall() == [(1,)]
    assert warehouse.execute(
        "select database_name from duckdb_databases() where not internal"
    ).fetchall() == [("warehouse",)]


def test_a_path_is_published_like_a_connection(
    settings: Settings, warehouse: duckdb.DuckDBPyConnection
) -> None:
    # dbt writes views with the catalog's name in them.
    warehouse.execute("create view marts.few as from warehouse.marts.customers limit 0")
    by_connection = publish_snapshot(warehouse, settings)
    by_connection.path.unlink()
    warehouse.close()
    by_path = publish_snapshot(settings.warehouse, settings)
    assert (by_path.content_id, by_path.is_new) == (by_connection.content_id, True)


def test_days_of_views_do_not_depend_on_the_time_zone_of_the_caller(
    settings: Settings, warehouse: duckdb.DuckDBPyConnection
) -> None:
    warehouse.execute("create view marts.days as select make_timestamptz(82800000000)::date as day")
    ids = set()
    for zone in ("Asia/Tokyo", "UTC"):
        warehouse.execute(f"set timezone = '{zone}'")
        ids.add(publish_snapshot(warehouse, settings).content_id)
    warehouse.execute("set global timezone = 'Asia/Tokyo'")
    ids.add(publish_snapshot(warehouse, settings).content_id)
    assert len(ids) == 1


def test_a_missing_or_unreadable_warehouse_is_named(settings: Settings) -> None:
    with pytest.raises(PublishError, match=r"no warehouse at .*warehouse\.duckdb"):
        publish_snapshot(settings.warehouse, settings)
    settings.warehouse.write_text("not a database, but long enough to be looked at" * 100)
    with pytest.raises(PublishError, match=r"warehouse\.duckdb could not be opened"):
        publish_snapshot(settings.warehouse, settings)


def test_a_folder_that_cannot_be_written_is_named(
    settings: Settings, warehouse: duckdb.DuckDBPyConnection
) -> None:
    settings.published.write_text("in the way")
    with pytest.raises(PublishError, match=f"could not be published in {settings.published}"):
        publish_snapshot(warehouse, settings)


def assert_only(settings: Settings, version: Path) -> None:
    """The published folder holds this version, the link to it, and no leftovers."""
    assert {path.name for path in settings.published.iterdir()} == {"current.duckdb", version.name}
    assert (settings.published / "current.duckdb").resolve() == version
