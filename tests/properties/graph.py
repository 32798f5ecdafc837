"""The dbt project, compiled once, and run on rows in memory: no file, no dbt, under a second."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import duckdb

from orchestration.entities import ENTITIES
from orchestration.landing.landed import empty_select
from orchestration.settings import REPOSITORY, Settings
from orchestration.sql import literal
from orchestration.warehouse.dbt import Dbt

CATALOG = "warehouse"
Row = tuple[Any, ...]
Tables = Mapping[str, Sequence[Mapping[str, Any]]]
"""Table of schema landing or identity, e.g. `landing.orders` → its rows, by column."""

SOURCES = {
    **{
        f"landing.{name}": f"select *, cast(null as bigint) as _sequence from ({empty_select(one)})"
        for name, one in ENTITIES.items()
    },
    **{
        table: "select "
        + ", ".join(
            f"cast(null as {kind}) as {name}"
            for name, kind in (column.split(":") for column in columns.split())
        )
        + " where false"
        for table, columns in {
            "landing._run": "as_of_date:date happened_until:date",
            "landing._sources": "source:varchar covers_until:date",
            "landing._entities": "entity:varchar is_mapped:boolean has_repeated_keys:boolean "
            "rows:bigint",
            "landing._export_assignments": "campaign_id:varchar segment:varchar "
            "destination:varchar audience:varchar customer_key:bigint customer_id:varchar "
            "arm:varchar assigned_on:date",
            "landing._batches": "batch_id:varchar entity:varchar source:varchar file:varchar "
            "rows_read:bigint rows_accepted:bigint rows_rejected:bigint rows_filtered:bigint",
            "landing._batch_amounts": "batch_id:varchar fate:varchar currency:varchar rows:bigint "
            "amount:decimal(28,2) without_amount:bigint unreadable:bigint",
            "identity.customer_keys": "customer_id:varchar customer_key:bigint",
            "identity.customer_members": "customer_id:varchar customer_key:bigint "
            "person_id:varchar",
            "identity.customer_links": "customer_id:varchar linked_customer_id:varchar "
            "rule:varchar evidence_number:bigint evidence:varchar source_name:varchar "
            "linked_source_name:varchar is_joined:boolean",
            "identity.customer_key_changes": "change_number:bigint customer_id:varchar "
            "previous_customer_key:bigint customer_key:bigint change:varchar reason:varchar "
            "detail:varchar batch_sequence:bigint unit_of_analysis:varchar",
        }.items()
    },
}


@dataclass(frozen=True)
class Model:
    """One model: what dbt made of its file."""

    name: str
    schema: str
    relation: str
    sql: str
    is_view: bool
    needs: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """What a model holds: names and types of its columns, and its rows, sorted."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def dicts(self) -> list[dict[str, Any]]:
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def without(self, *columns: str) -> "Table":
        """The same without some columns."""
        kept = [place for place, name in enumerate(self.columns) if name not in columns]
        return Table(
            tuple(self.columns[place] for place in kept),
            tuple(self.types[place] for place in kept),
            tuple(sorted((tuple(row[place] for place in kept) for row in self.rows), key=repr)),
        )


def compile_project(folder: Path) -> Path:
    """Compiles all models; returns the manifest's path."""
    settings = Settings(folder, folder / "sources.yml")
    # Staging sorts out versions of every entity: `all` keys may repeat.
    dbt = Dbt(settings, settings.warehouse, repeated_entities=("all",))
    dbt.invoke(["compile", "--select", "resource_type:model"])
    return dbt.manifest_path


class Graph:
    """All models by name, and a database in which builds leave nothing behind."""

    def __init__(self, manifest: Path) -> None:
        nodes = json.loads(manifest.read_text())["nodes"].values()
        models = (
            Model(
                name=node["name"],
                schema=node["schema"],
                relation=node["relation_name"],
                sql=node["compiled_code"],
                is_view=node["config"]["materialized"] == "view",
                needs=tuple(
                    needed.split(".")[-1]
                    for needed in node["depends_on"]["nodes"]
                    if needed.startswith("model.")
                ),
            )
            for node in nodes
            if node["resource_type"] == "model"
        )
        self.models = {model.name: model for model in models}
        self.marts = sorted(one.name for one in self.models.values() if one.schema == "marts")
        self._connection = duckdb.connect(":memory:")
        self._connection.execute(f"attach ':memory:' as {CATALOG}")
        self._connection.execute(f"use {CATALOG}")
        self._connection.execute("set timezone = 'UTC'")
        for schema in sorted({node["schema"] for node in nodes} | {"landing", "identity"}):
            self._connection.execute(f"create schema if not exists {schema}")
        for table, select in SOURCES.items():
            self._connection.execute(f"create table {table} as {select}")
        for node in nodes:
            if node["resource_type"] == "seed":
                self._connection.execute(
                    f"create table {node['relation_name']} as {_seed_select(node)}"
                )

    def needed_for(self, names: Iterable[str]) -> list[Model]:
        """The models `names` and all that they need, each after what it needs."""
        ordered: dict[str, Model] = {}

        def add(name: str) -> None:
            if name not in ordered:
                for needed in self.models[name].needs:
                    add(needed)
                ordered[name] = self.models[name]

        for name in names:
            add(name)
        return list(ordered.values())

    def build(
        self,
        tables: Tables,
        names: Sequence[str],
        threads: int = 1,
        is_optimized: bool = False,
        instead: Mapping[str, str] = MappingProxyType({}),
    ) -> dict[str, Table]:
        """Builds what `names` need of the sources' `tables` and returns what they hold.

        `is_optimized`: with plans as good as DuckDB finds, which takes most of the time with a few
        rows. `instead`: model → SQL to build it with instead of its own.
        """
        connection = self._connection
        connection.execute(f"set threads = {threads}")
        connection.execute(f"pragma {'enable' if is_optimized else 'disable'}_optimizer")
        connection.execute("begin")
        try:
            for table, rows in tables.items():
                _insert(connection, table, rows)
            for model in self.needed_for(names):
                kind = "view" if model.is_view else "table"
                sql = instead.get(model.name, model.sql)
                connection.execute(f"create {kind} {model.relation} as {sql}")
            return {name: _read(connection, self.models[name].relation) for name in names}
        finally:
            connection.execute("rollback")


def _seed_select(node: Mapping[str, Any]) -> str:
    file = REPOSITORY / node["original_file_path"]
    types = node["config"]["column_types"]
    with file.open(newline="") as opened:
        header = next(csv.reader(opened))
    columns = ", ".join(
        f"{literal(name)}: {literal(types.get(name, 'varchar'))}" for name in header
    )
    return f"select * from read_csv({literal(str(file))}, header = true, columns = {{{columns}}})"


def _insert(
    connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping[str, Any]]
) -> None:
    if not rows:
        return
    columns = list(dict.fromkeys(column for row in rows for column in row))
    values = ", ".join(
        "(" + ", ".join(_written(row.get(column)) for column in columns) + ")" for row in rows
    )
    connection.execute(f"insert into {table} ({', '.join(columns)}) values {values}")


def _written(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, datetime):
        return f"timestamptz '{value.isoformat()}+00:00'"
    if isinstance(value, date):
        return f"date '{value}'"
    return literal(value) if isinstance(value, str) else str(value)


def _read(connection: duckdb.DuckDBPyConnection, relation: str) -> Table:
    result = connection.execute(f"select * from {relation}")
    columns = [(name, str(kind)) for name, kind, *_ in result.description or ()]
    rows = tuple(sorted(result.fetchall(), key=repr))
    return Table(tuple(name for name, _ in columns), tuple(kind for _, kind in columns), rows)
