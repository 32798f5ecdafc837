from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from orchestration.settings import Settings

MARTS = """
    create or replace table marts.customers as
    select
        i as customer_key, {version} as version, 'C' || i as customer_id,
        (i * {version} / 7)::decimal(18, 2) as net_sales, i / 3.0::double as loyalty_score
    from range(20000) as r(i);
    create or replace table quality.run_parameters as select {version} as version;
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path, tmp_path / "sources.yml")


@pytest.fixture
def warehouse(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """An open warehouse with every schema, restricted ones included, and marts of version 1."""
    with duckdb.connect(settings.warehouse) as connection:
        for schema in ("landing", "staging", "intermediate", "segments", "restricted"):
            connection.execute(f"create schema {schema}")
            connection.execute(f"create table {schema}.people as select 'a@example.com' as email")
        connection.execute("create schema marts; create schema quality")
        connection.execute(MARTS.format(version=1))
        yield connection


@pytest.fixture
def build(warehouse: duckdb.DuckDBPyConnection) -> Callable[[int], None]:
    """Rebuild the marts so that every row carries the given version."""

    def run(version: int) -> None:
        warehouse.execute(MARTS.format(version=version))

    return run
