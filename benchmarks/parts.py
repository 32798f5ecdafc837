"""Single stages beside the barest SQL that does the same work, each in a process of its own.

`python -m benchmarks.parts <part> <arguments>` prints the seconds of the part itself, imports left
out.
"""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

from orchestration.files import fsync_file

_LINES = """
    select *
    from read_csv(
        '{demo}/order_lines/order_lines_????-??.csv', auto_detect = false, header = true,
        delim = ',', quote = '"', escape = '"', store_rejects = true, rejects_limit = 0,
        columns = {{
            'order_line_id': 'varchar', 'order_id': 'varchar', 'product_id': 'varchar',
            'quantity': 'decimal(18, 3)', 'unit_price': 'decimal(18, 4)',
            'discount': 'decimal(18, 4)'
        }}
    )
"""


def land_lines() -> float:
    """Our landing of the order lines alone (RETENTION_SOURCES names them)."""
    from orchestration.settings import Settings  # noqa: PLC0415
    from orchestration.stages import land_sources  # noqa: PLC0415

    settings = Settings.from_environment()
    started = time.monotonic()
    land_sources(settings)
    return time.monotonic() - started


def copy_lines(demo: str, target: str) -> float:
    """One bare COPY of the same files to one Parquet file, fsynced."""
    started = time.monotonic()
    with _connect() as connection:
        connection.execute(
            f"copy ({_LINES.format(demo=demo)}) to '{target}' (format parquet, compression zstd)"
        )
    fsync_file(Path(target))
    return time.monotonic() - started


def copy_tables(warehouse: str, published: str, target: str) -> float:
    """The published tables copied from the warehouse into a new file, checkpointed, fsynced."""
    started = time.monotonic()
    with _connect() as connection:
        connection.execute(f"attach '{warehouse}' as source (read_only)")
        connection.execute(f"attach '{published}' as published (read_only)")
        connection.execute(f"attach '{target}' as target")
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() "
            "where database_name = 'published' and schema_name in ('marts', 'quality')"
        ).fetchall()
        for schema, table in tables:
            connection.execute(f"create schema if not exists target.{schema}")
            connection.execute(
                f"create table target.{schema}.{table} as from source.{schema}.{table}"
            )
        connection.execute("checkpoint target")
    fsync_file(Path(target))
    return time.monotonic() - started


def _connect() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": os.cpu_count() or 1, "memory_limit": "3GB"})


_PARTS: dict[str, Callable[..., float]] = {
    part.__name__: part for part in (land_lines, copy_lines, copy_tables)
}

if __name__ == "__main__":
    print(_PARTS[sys.argv[1]](*sys.argv[2:]))  # noqa: T201
