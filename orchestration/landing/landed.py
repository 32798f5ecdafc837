"""Landed Parquet as a relation with all columns of its contract.

A batch holds the columns that its mapping gives and no others: most sources fill a part of a
contract, and writing columns of nothing would take a third of the time of writing. Here what a
file does not hold is NULL, in its type.
"""

from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq

from orchestration.entities import LINEAGE, Entity
from orchestration.sql import literals, quoted


def empty_select(entity: Entity) -> str:
    """SQL: no row, with all columns of the contract and of the lineage."""
    return f"select {', '.join(_held_or_null(entity, frozenset()))} where false"


def landed_select(entity: Entity, parts: Sequence[Path], *also: str) -> str:
    """SQL: all columns of the contract and of the lineage, then `also`, of some Parquet files.

    `also`: expressions with their names; they may use `file_row_number` and `file_index`.
    """
    if not parts:
        return empty_select(entity)
    schemas = {frozenset(pq.read_schema(part).names) for part in parts}
    held = frozenset[str]().union(*schemas)
    columns = ", ".join([*_held_or_null(entity, held), *also])
    options = ["hive_partitioning = false"]
    if len(schemas) > 1:
        options.append("union_by_name = true")
    files = literals(str(part) for part in parts)
    return f"select {columns} from read_parquet([{files}], {', '.join(options)})"


def _held_or_null(entity: Entity, held: frozenset[str]) -> list[str]:
    return [
        quoted(column.name)
        if column.name in held
        else f"cast(null as {column.type}) as {quoted(column.name)}"
        for column in (*entity.columns, *LINEAGE)
    ]
