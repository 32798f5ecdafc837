"""What the columns of a delivery look like: names, order, types, and the shapes of their values.

The ledger keeps the header of every batch, so that the next delivery of its source can be compared
with it. A shape is a value without its letters and digits (`a@a.a`, `a-9`): it tells columns apart
and says nothing about anybody.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from sqlite3 import Connection

from orchestration.landing.readers.base import Reader

SCHEMA = """
create table if not exists headers (
    batch_id text primary key references batches (batch_id),
    header text not null
);
"""
_LOOKED_AT = 200
_MOST = 0.9
_SHAPES = 5
_LONGEST_SHAPE = 20

EMPTY, TEXTS = "nothing", "texts"
_DATE = r"(\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{2,4})"
_LETTERS, _DIGITS = re.compile(r"[^\W\d_]+"), re.compile(r"\d+")
_KINDS = {
    "whole numbers": re.compile(r"[-+]?\d+"),
    "dates": re.compile(_DATE),
    "times": re.compile(rf"{_DATE}[ T]\d{{1,2}}:\d\d.*"),
    "numbers": re.compile(
        r"(?=.*\d)[-+(\u2212]?(\d{1,3}([.,'\u2019\s]\d{3})+|\d+)?([.,]\d*)?([eE][-+]?\d+)?\)?"
    ),
    "true or false": re.compile(r"true|false|t|f|yes|no|y|n|да|нет", re.IGNORECASE),
}
"""What a text is said to hold, in the order in which it is tried."""
WIDER = {"whole numbers": "numbers", "dates": "times"}
"""What holds all of a kind and more."""


@dataclass(frozen=True)
class HeaderColumn:
    """`type` is what the file declares, or what most of the first values are: see `_KINDS`.

    `shapes`: the most frequent shapes of the first values → their share.
    """

    name: str
    type: str
    shapes: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Header:
    """The columns of a file. `declares`: the types are the file's own; `has_order`: the order of
    the columns means something (not in JSON)."""

    file: str
    columns: tuple[HeaderColumn, ...]
    declares: bool = False
    has_order: bool = True

    @property
    def by_name(self) -> dict[str, HeaderColumn]:
        return {column.name: column for column in self.columns}

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def with_known_types(self, former: "Header | None") -> "Header":
        """The header; columns that hold nothing now are what they were."""
        if former is None:
            return self
        known = former.by_name
        return replace(
            self,
            columns=tuple(
                known.get(column.name, column) if column.type == EMPTY else column
                for column in self.columns
            ),
        )


def header_of(reader: Reader, file: str, has_order: bool) -> Header:
    """The header of an opened file."""
    declared = reader.stored_types()
    sample = reader.sample()
    if declared or sample is None:
        columns = tuple(HeaderColumn(name, declared[name]) for name in reader.columns)
        return Header(file, columns, declares=True, has_order=has_order)
    first = sample.slice(0, _LOOKED_AT)
    columns = tuple(_looked_at(name, first.column(name).to_pylist()) for name in reader.columns)
    return Header(file, columns, has_order=has_order)


def _looked_at(name: str, values: Sequence[str | None]) -> HeaderColumn:
    texts = [text for value in values if value and (text := value.strip())]
    shapes = Counter(_shape(text) for text in texts).most_common(_SHAPES)
    shares = {shape: round(count / len(texts), 2) for shape, count in shapes}
    return HeaderColumn(name, _kind_of(texts), shares)


def _kind_of(texts: Sequence[str]) -> str:
    """What most of the texts are."""
    if not texts:
        return EMPTY
    kinds = Counter(_kind(text) for text in texts)
    for kind, wider in WIDER.items():
        if kinds[wider]:
            kinds[wider] += kinds.pop(kind, 0)
    kind, count = max(kinds.items(), key=lambda found: (found[1], found[0]))
    return kind if count >= _MOST * len(texts) else TEXTS


def _kind(text: str) -> str:
    return next((kind for kind, form in _KINDS.items() if form.fullmatch(text)), TEXTS)


def _shape(text: str) -> str:
    return _DIGITS.sub("9", _LETTERS.sub("a", text))[:_LONGEST_SHAPE]


def likeness(one: HeaderColumn, other: HeaderColumn) -> float:
    """How much alike the values of two columns are, from 0 to 1."""
    return sum(min(share, other.shapes.get(shape, 0.0)) for shape, share in one.shapes.items())


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


def _plain(header: Header) -> Mapping[str, object]:
    return {
        "file": header.file,
        "declares": header.declares,
        "has_order": header.has_order,
        "columns": [[column.name, column.type, column.shapes] for column in header.columns],
    }


def _header(plain: Mapping[str, object]) -> Header:
    columns = plain["columns"]
    if not isinstance(columns, Iterable):
        raise TypeError("a header in the ledger has no columns")
    return Header(
        file=str(plain["file"]),
        columns=tuple(HeaderColumn(name, kind, shapes) for name, kind, shapes in columns),
        declares=bool(plain["declares"]),
        has_order=bool(plain["has_order"]),
    )
