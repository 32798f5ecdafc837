"""How one file is read: the type of every source column, and every entity's expressions.

A source column has one type, whatever number of entities use it: what `types:` says; else the
contract type of the column that it is mapped to directly; else, where only expressions use it,
what DuckDB makes of the file's first records; else text. Expressions see these types.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import duckdb

from orchestration.entities import ENTITIES, LINEAGE, Column, Entity, Type
from orchestration.landing.contract_sql import Dialect
from orchestration.landing.errors import LandingError, did_you_mean, listed
from orchestration.landing.expressions import ExpressionError, column_uses
from orchestration.landing.number_formats import DECIMALS
from orchestration.landing.sources import SHARED_IDS, EntityMapping, SourcesConfig
from orchestration.sql import quoted

NUMBER_OF_ROW = "_row"
"""What expressions may use besides the source's columns: the record's number in the file."""

_WORD = re.compile(r"[^\W\d]\w*")
_CONSTANTS = ("true", "false", "null")
_MOST_COLUMNS = 4000
"""What a worker can still judge in its memory and in seconds."""

Sniffer = Callable[[Sequence[str]], Mapping[str, Type]]
"""Guesses the types of the given columns from the file's first records."""


@dataclass(frozen=True)
class SourceColumn:
    """A column of the file; `type` None keeps what the file declares (Parquet only)."""

    name: str
    type: Type | None
    personal: bool


@dataclass(frozen=True)
class Mapped:
    """One contract column (None: the `where`) and what it is made of.

    `text` is the mapping as written. `source`: the one source column that it is; else `expression`
    over the columns `refers`, whose DuckDB type is `stored`.
    """

    column: Column | None
    text: str
    expression: str
    refers: tuple[str, ...]
    source: str | None = None
    stored: str = "VARCHAR"

    @property
    def contract(self) -> Column:
        """The contract column; `ValueError` for a `where`, which has none."""
        if self.column is None:
            raise ValueError("a `where` is not a contract column")
        return self.column


@dataclass(frozen=True)
class EntityPlan:
    """How one entity's rows come out of the file."""

    entity: Entity
    where: Mapped | None
    mapped: tuple[Mapped, ...]
    unmapped: tuple[SourceColumn, ...]
    """What goes to `extra`."""
    makes_key: bool
    objects: tuple[str, ...] = ()
    """Columns of objects that only expressions use: what else is in them goes to `extra`, too."""
    unexpected: tuple[str, ...] = ()
    """Source columns in which a value is not allowed."""

    @cached_property
    def landed(self) -> tuple[Column, ...]:
        """The columns of the contract and of the lineage that something is landed in."""
        given = {one.contract.name for one in self.mapped}
        columns = [
            column
            for column in self.entity.columns
            if column.name in given or (column.key and self.makes_key)
        ]
        lineage = [column for column in LINEAGE if column.name != "extra" or self.in_extra]
        return (*columns, *lineage)

    @property
    def in_extra(self) -> tuple[str, ...]:
        """The source columns that `extra` holds."""
        return (*(column.name for column in self.unmapped), *self.objects)

    @property
    def as_written(self) -> frozenset[str]:
        """The source columns that are landed as texts."""
        return frozenset(
            one.source for one in self.mapped if one.source and one.contract.type is Type.TEXT
        )

    @property
    def source_columns(self) -> frozenset[str]:
        """The source columns that the entity's mapping uses."""
        used = (*self.mapped, self.where) if self.where else self.mapped
        return frozenset(name for mapped in used for name in mapped.refers)

    def varies(self, column: str) -> bool:
        """Whether a contract column may have another value from record to record."""
        return any(one.contract.name == column and one.refers for one in self.mapped)


@dataclass(frozen=True)
class FilePlan:
    """How one file is read."""

    source: str
    columns: tuple[SourceColumn, ...]
    entities: tuple[EntityPlan, ...]
    dialect: Dialect
    key: tuple[str, ...] = ()
    customer_ids: str = SHARED_IDS
    order_ids: str = SHARED_IDS

    @cached_property
    def by_name(self) -> dict[str, SourceColumn]:
        return {column.name: column for column in self.columns}

    @property
    def marked_reals(self) -> frozenset[str]:
        """Columns whose real numbers, as texts, could be taken for other ones (`number_sql`)."""
        return frozenset(
            column.name
            for column in self.columns
            if column.type in (*DECIMALS, Type.INTEGER)
            and self.dialect.of((column.name,)).number.decimal != "."
        )


@dataclass(frozen=True)
class Shape:
    """What a file looks like: its name, columns, and the types that it declares, if it does."""

    file: str
    columns: tuple[str, ...]
    stored_types: Mapping[str, str]
    key: tuple[str, ...] = ()
    """The columns that tell its rows apart, where the source says it; else the row's number."""
    objects: tuple[str, ...] = ()
    """The columns that hold objects."""


def refuse_many_columns(file: str, columns: int) -> None:
    """Raise `LandingError` for more columns than can be judged."""
    if columns > _MOST_COLUMNS:
        raise LandingError(
            f"{file}: {columns:,} columns or more, where {_MOST_COLUMNS:,} can be read. Is "
            "`delimiter` right, and are names and values not mixed up?"
        )


def make_plan(
    config: SourcesConfig,
    source_name: str,
    shape: Shape,
    sniff: Sniffer,
    connection: duckdb.DuckDBPyConnection,
) -> FilePlan:
    """The plan for a file of `source_name`.

    Raises `LandingError` with one message for every mapping that names no column of the file or is
    no valid expression.
    """
    return _Planner(config, source_name, shape, sniff, connection).plan()


class _Planner:
    def __init__(
        self,
        config: SourcesConfig,
        source_name: str,
        shape: Shape,
        sniff: Sniffer,
        connection: duckdb.DuckDBPyConnection,
    ) -> None:
        self.config, self.name, self.file, self.key = config, source_name, shape.file, shape.key
        self.source = config.sources[source_name]
        self.columns, self.stored_types = shape.columns, shape.stored_types
        self.objects = shape.objects
        self.sniff, self.connection = sniff, connection
        self.folded = {column.lower(): column for column in reversed(shape.columns)}
        self.problems: list[str] = []
        self.uses: dict[str, set[bool]] = {}
        """Column → whether expressions take it for a text, for something else, or both."""

    def plan(self) -> FilePlan:
        if NUMBER_OF_ROW in self.folded:
            raise LandingError(
                f"{self.file}: a column is named {NUMBER_OF_ROW!r}, which is the record's number "
                "here. Rename it in the file."
            )
        refuse_many_columns(self.file, len(self.columns))
        for setting, column in self.source.columns_named():
            if column not in self.columns:
                self.problems.append(
                    f"{self.config.place(self.name, setting, column)}: {self.file} has no column "
                    f"{column!r}.{self._columns_found(column)}"
                )
        read = {
            name: self._read_mapping(name, mapping)
            for name, mapping in self.source.entities.items()
        }
        if self.problems:
            raise LandingError(*self.problems)
        types = self._column_types([mapped for all_ in read.values() for mapped in all_])
        personal = {
            name
            for all_ in read.values()
            for mapped in all_
            if mapped.column and mapped.column.personal
            for name in mapped.refers
        }
        used = {name for all_ in read.values() for mapped in all_ for name in mapped.refers}
        whole = {mapped.source for all_ in read.values() for mapped in all_}
        objects = tuple(name for name in self.objects if name not in whole)
        plan_columns = tuple(
            # What is kept in `extra` counts as personal as a whole.
            SourceColumn(name, types[name], name in personal or name not in used or name in objects)
            for name in self.columns
        )
        unmapped = tuple(column for column in plan_columns if column.name not in used)
        entities = tuple(self._entity(name, read[name], types, unmapped, objects) for name in read)
        if self.problems:
            raise LandingError(*self.problems)
        dialect = Dialect(
            self.source.timezone,
            self.source.number_formats,
            self.source.date_format,
            self.source.timestamp_format,
        )
        return FilePlan(
            self.name,
            plan_columns,
            entities,
            dialect,
            self.key,
            customer_ids=self.source.customer_ids,
            order_ids=self.source.order_ids,
        )

    def _read_mapping(self, entity: str, mapping: EntityMapping) -> list[Mapped]:
        contract = ENTITIES[entity]
        found = [
            self._mapped(contract.by_name[name], text, (entity, "columns", name))
            for name, text in mapping.columns.items()
        ]
        if mapping.where is not None:
            found.append(self._mapped(None, mapping.where, (entity, "where")))
        return [mapped for mapped in found if mapped is not None]

    def _mapped(self, column: Column | None, text: str, place: tuple[str, ...]) -> Mapped | None:
        """The mapping as a column or an expression; a problem is noted where it is neither."""
        source = text if text in self.columns else self.folded.get(text.strip().lower())
        if source:
            return Mapped(column, text, quoted(source), (source,), source if column else None)
        where = self.config.place(self.name, "entities", *place)
        label = f"{place[0]}.{column.name if column else 'where'}"
        if _WORD.fullmatch(text.strip()) and text.strip().lower() not in _CONSTANTS:
            # Some single words, such as user, are expressions: of a column that is not there, they
            # would make a value that nobody delivered.
            self.problems.append(
                f"{where}: {label} is mapped to {text!r}, which is no column of {self.file}."
                f"{self._columns_found(text)}"
            )
            return None
        try:
            gives_text = column is not None and column.type is Type.TEXT
            uses = column_uses(text, self.connection, gives_text)
        except ExpressionError as error:
            near = self._columns_found(text)
            self.problems.append(
                f"{where}: {label} is mapped to {text!r}, which is no column of {self.file} and no "
                f"expression ({error}).{near}"
            )
            return None
        own = {name: self.folded[name.lower()] for name in uses if name.lower() in self.folded}
        for name, column_name in own.items():
            self.uses.setdefault(column_name, set()).update(uses[name])
        known = sorted(set(own.values()))
        return Mapped(column, text, f"({text}\n)", tuple(known))

    def _columns_found(self, name: str) -> str:
        found = f"{did_you_mean(name, self.columns)} Columns found: {listed(self.columns, 40)}."
        if len(self.columns) == 1:
            marks = {mark: self.columns[0].count(mark) for mark in ";\t|,"}
            best = max(marks, key=lambda mark: marks[mark])
            if marks[best]:
                found += f" The columns seem to be separated by {best!r}: set `delimiter`."
        return found

    def _column_types(self, all_mapped: Sequence[Mapped]) -> dict[str, Type | None]:
        types: dict[str, Type | None] = {}
        only_in_expressions: list[str] = []
        for name in self.columns:
            wanted = {m.column.type for m in all_mapped if m.source == name and m.column}
            declared = self.source.column_type(name)
            if declared:
                types[name] = declared
            elif wanted:
                types[name] = _common(wanted)
            elif self.stored_types:
                types[name] = None
            else:
                types[name] = Type.TEXT
                is_used = any(name in mapped.refers for mapped in all_mapped)
                # A guess from the first values would make 7 and 7.0 of one id, or lose a plus.
                if is_used and self.uses.get(name) != {True}:
                    only_in_expressions.append(name)
        if only_in_expressions:
            types.update(self.sniff(only_in_expressions))
        return types

    def _entity(
        self,
        name: str,
        mapped: Sequence[Mapped],
        types: Mapping[str, Type | None],
        unmapped: tuple[SourceColumn, ...],
        objects: tuple[str, ...],
    ) -> EntityPlan:
        contract = ENTITIES[name]
        bound = [self._bound(name, one, types) for one in mapped]
        used = {source for one in mapped for source in one.refers}
        return EntityPlan(
            entity=contract,
            where=next((one for one in bound if one.column is None), None),
            mapped=tuple(one for one in bound if one.column is not None),
            unmapped=unmapped,
            makes_key=contract.makes_key
            and not any(one.column and one.column.key for one in mapped),
            objects=tuple(source for source in objects if source in used),
        )

    def _bound(self, entity: str, mapped: Mapped, types: Mapping[str, Type | None]) -> Mapped:
        """The mapping with the type that DuckDB gives its expression."""
        if mapped.source and mapped.column:  # asking takes longer than reading a small file
            kind = types[mapped.source]
            return replace(mapped, stored=str(kind or self.stored_types[mapped.source]))
        columns = "".join(
            f"cast(null as {types[name] or self.stored_types[name]}) as {quoted(name)}, "
            for name in mapped.refers
        )
        query = (
            f"select {mapped.expression} as value "
            f"from (select {columns}cast(null as bigint) as {NUMBER_OF_ROW})"
        )
        if mapped.column is None:
            query = query.replace(" as value", "::boolean as value", 1)
        try:
            described = self.connection.execute(f"describe {query}").fetchone()
        except duckdb.Error as error:
            key = ("columns", mapped.column.name) if mapped.column else ("where",)
            self.problems.append(
                f"{self.config.place(self.name, 'entities', entity, *key)}: "
                f"{entity}.{key[-1]} = {mapped.text!r} {self._why_not(error)}"
            )
            return mapped
        stored = str(described[1]) if described else "VARCHAR"
        return replace(mapped, stored=stored)

    def _why_not(self, error: duckdb.Error) -> str:
        unknown = re.search(r'Referenced column "([^"]+)" not found', str(error))
        if unknown:
            return (
                f"needs a column {unknown.group(1)!r}, which {self.file} does not have."
                f"{self._columns_found(unknown.group(1))} Correct the mapping, or have the column "
                "delivered."
            )
        return (
            f"does not work on {self.file}: {_first_line(error)}. Types that were guessed wrongly "
            "can be set by `types`."
        )


def _common(wanted: Iterable[Type]) -> Type:
    """The type of a column that is mapped to columns of several types: the one that loses least."""
    types = set(wanted)
    if len(types) == 1:
        return types.pop()
    if types == {Type.DATE, Type.TIMESTAMP}:
        return Type.TIMESTAMP
    for widest in (Type.NUMBER, Type.RATE, Type.AMOUNT, Type.QUANTITY):
        if widest in types and types <= {
            Type.NUMBER, Type.RATE, Type.AMOUNT, Type.QUANTITY, Type.INTEGER,
        }:  # fmt: skip
            return widest
    return Type.TEXT


def _first_line(error: duckdb.Error) -> str:
    return str(error).split("\n", 1)[0].rstrip(".!")
