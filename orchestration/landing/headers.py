"""What the columns of a delivery look like: names, order, types, and the names inside objects.

The ledger keeps the header of every batch, so that the next delivery of its source can be compared
with it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass, replace
from functools import cached_property
from sqlite3 import Connection

from orchestration.landing.header_columns import EMPTY, HeaderColumn, look_at, texts_in
from orchestration.landing.nested_names import MOST_NAMES, NestedName, Path, nested_names
from orchestration.landing.readers.base import Reader

SCHEMA = """
create table if not exists headers (
    batch_id text primary key references batches (batch_id),
    header text not null
);
"""
_LOOKED_AT = 200


@dataclass(frozen=True)
class Header:
    """The columns of a file. `declares`: the types are the file's own; `has_order`: the order of
    the columns means something (not in JSON)."""

    file: str
    columns: tuple[HeaderColumn, ...]
    declares: bool = False
    has_order: bool = True
    nested: tuple[NestedName, ...] = ()

    @cached_property
    def by_name(self) -> dict[str, HeaderColumn]:
        return {column.name: column for column in self.columns}

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @cached_property
    def by_path(self) -> dict[Path, NestedName]:
        """The names inside objects."""
        return {one.path: one for one in self.nested}

    @property
    def objects(self) -> tuple[str, ...]:
        """The columns that hold objects, or texts that are JSON objects."""
        in_texts = {one.path[0] for one in self.nested}
        return tuple(
            column.name
            for column in self.columns
            if column.name in in_texts or column.type.startswith(("STRUCT", "MAP", "JSON"))
        )

    def values_at(self, path: Path) -> int:
        """How many of the first values of a column, or of a name in it, are not empty."""
        if len(path) == 1:
            column = self.by_name.get(path[0])
        else:
            nested = self.by_path.get(path)
            column = nested.column if nested else None
        return column.values if column else 0

    def names_missing_in(self, other: "Header") -> tuple[NestedName, ...]:
        """The names inside objects that the other header lacks, and not by chance."""
        if len(other.nested) >= MOST_NAMES:  # they may have been left out
            return ()
        return tuple(
            one
            for one in self.nested
            if one.path not in other.by_path and one.is_missing_in(other.values_at(one.path[:-1]))
        )

    def with_what_was_known(self, former: "Header | None") -> "Header":
        """The header; columns that hold nothing now are what they were, and names inside objects
        that are missing by chance are still there."""
        if former is None:
            return self
        known = former.by_name
        columns = tuple(
            known.get(column.name, column) if column.type == EMPTY else column
            for column in self.columns
        )
        return replace(self, columns=columns, nested=tuple(self._known_names(former)))

    def _known_names(self, former: "Header") -> Iterator[NestedName]:
        for one in self.nested:
            before = former.by_path.get(one.path)
            yield one.seen_again(before) if before else one
        gone = {one.path for one in former.names_missing_in(self)}
        for one in former.nested:
            is_gone = any(one.path[:length] in gone for length in range(2, len(one.path) + 1))
            if one.path not in self.by_path and not is_gone:
                yield one.not_seen_in(self.values_at(one.path[:-1]))


def header_of(reader: Reader, file: str, has_order: bool) -> Header:
    """The header of an opened file."""
    declared = reader.stored_types()
    first = reader.first_texts(_LOOKED_AT)
    values: dict[str, list[str | None]] = {}
    if first is not None:
        values = {name: first.column(name).to_pylist() for name in first.column_names}
    columns = {name: look_at(name, own) for name, own in values.items()}
    for name, kind in declared.items():
        looked_at = columns.get(name, HeaderColumn(name, EMPTY))
        columns[name] = HeaderColumn(name, kind, values=looked_at.values)
    return Header(
        file,
        tuple(columns.get(name, HeaderColumn(name, EMPTY)) for name in reader.columns),
        declares=bool(declared),
        has_order=has_order,
        nested=nested_names({name: texts_in(own) for name, own in values.items()}),
    )


def write(connection: Connection, batch_id: str, header: Header) -> None:
    """Enter the header under which a batch was accepted."""
    connection.execute(
        "insert or replace into headers values (?, ?)", (batch_id, json.dumps(_plain(header)))
    )


def latest(connection: Connection, source: str, entity: str) -> Header | None:
    """The header of the last accepted delivery of an entity; None where none is known."""
    row = connection.execute(
        "select header from headers inner join batches using (batch_id) "
        "where source = ? and entity = ? "
        "order by superseded_by is null desc, sequence desc limit 1",
        (source, entity),
    ).fetchone()
    return _header(json.loads(row[0])) if row else None


def of_content(
    connection: Connection, source: str, entity: str, content_hash: str
) -> Header | None:
    """The header under which this very content was accepted before, under whatever mapping."""
    row = connection.execute(
        "select header from headers inner join batches using (batch_id) "
        "where source = ? and entity = ? and content_hash = ? "
        "order by superseded_by is null desc, sequence desc limit 1",
        (source, entity, content_hash),
    ).fetchone()
    return _header(json.loads(row[0])) if row else None


def _plain(header: Header) -> Mapping[str, object]:
    return {
        "file": header.file,
        "declares": header.declares,
        "has_order": header.has_order,
        "columns": [astuple(column) for column in header.columns],
        "nested": [[one.path, astuple(one.column), one.share, one.of] for one in header.nested],
    }


def _header(plain: Mapping[str, object]) -> Header:
    columns, nested = plain["columns"], plain.get("nested", ())
    if not isinstance(columns, Iterable) or not isinstance(nested, Iterable):
        raise TypeError("a header in the ledger has no columns")
    return Header(
        file=str(plain["file"]),
        columns=tuple(HeaderColumn(*column) for column in columns),
        declares=bool(plain["declares"]),
        has_order=bool(plain["has_order"]),
        nested=tuple(
            NestedName(tuple(path), HeaderColumn(*column), share, of)
            for path, column, share, of in nested
        ),
    )
