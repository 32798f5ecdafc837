"""What a destination is: the columns of its files, whom they may name, limits and options."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class FileClass(StrEnum):
    """Who reads a file (section 1.1 of the channel page): a machine or a person in Excel."""

    UPLOAD = "upload"
    REVIEW = "review"


class FileFormat(StrEnum):
    """How a file is written; the value is also the ending of its name."""

    CSV = "csv"
    XLSX = "xlsx"


@dataclass(frozen=True)
class Permission:
    """What a row, or one field of it, needs: every purpose granted, none of the channels objected.

    `channels` are names of `suppression.CHANNELS`.
    """

    purposes: tuple[str, ...]
    channels: frozenset[str]


@dataclass(frozen=True)
class Field:
    """One column of a destination's file.

    `header` names it, once per destination; the file shows `label` (or `hashed_label`, where it is
    hashed) if there is one, and may show the same in several columns.

    `sql` is an expression over the columns of `people` (a person's field, a text) or, with
    `of_segment`, over the segment's own columns; NULL is an empty cell. `needs` names the `people`
    columns that `sql` reads, the first being the one that the field shows: where that holds
    something and the field is empty, the value was rejected. A field with its own `permission` is
    empty where that is missing, and the row stays. What is longer than `most_bytes` in UTF-8, or
    `most_characters`, is rejected, never cut. `is_constant`: `sql` reads no column at all.
    """

    header: str
    sql: str
    needs: tuple[str, ...] = ()
    hashed: bool = False
    of_segment: bool = False
    permission: Permission | None = None
    is_constant: bool = False
    label: str = ""
    hashed_label: str = ""
    most_bytes: int | None = None
    most_characters: int | None = None


@dataclass(frozen=True)
class Layout:
    """One file of an export, where a channel wants several or another form than CSV.

    `only` is the one header that the file shows, for lists of a single kind of identifier: rows
    that have none are not in it, and each identifier stands in it once.
    """

    file_format: FileFormat = FileFormat.CSV
    only: str = ""


@dataclass(frozen=True)
class Option:
    """What a company may set for a destination in `destinations.yml`, under `options`.

    A value is of the type of `default`; with `choices`, one of them.
    """

    name: str
    default: Any = field(hash=False)
    meaning: str
    choices: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Destination:
    """What one channel accepts at first upload.

    `identifiers` are groups of headers, strongest first: a row needs at least one complete group
    and is known by the first that it has; `BY_CUSTOMER` where the channel knows our customers.
    `row_key` is the header of what a channel keeps that holds no people but tasks about them: one
    row there per key, so adds and removes go by it.
    `together` names headers of which a row has all or none. `hashed` says whether fields marked so
    are written as `algorithm` in lower-case hexadecimals (an export may override it). `required`
    names columns of the segment without which a row is dropped.

    Limits: `refuse_below`, `warn_below` and `refuse_above` count rows, `most_bytes` a file;
    `valid_days` after `as_of` the file is stale. `one_currency`: amounts of several are refused.

    Files: `layouts`, one each; `preamble`, rows between header and data, in which (and in constant
    fields) `{audience}`, `{id}` (the channel's of the audience: `audience_ids`, else
    `new_audience_id`) and `{action}` (Replace, Add, Remove) are filled in; `order_by`, headers by
    which people read (`-` before one that falls), else rows stand in an order that says nothing.
    `template`: headers are the account's own and may be configured. `options` may be set by a
    company; `adapt` makes of a destination and the values of all its options the destination that
    is meant.

    `contact_channel` is the contact log's word for what an export here leads to, by which the
    frequency cap counts; None for advertising, which is no contact but must exclude those held out.

    `refuse_countries` and `only_countries` (alpha-2) are a company's policy (`destinations.yml`).
    """

    name: str
    title: str
    file_class: FileClass
    fields: tuple[Field, ...]
    identifiers: tuple[tuple[str, ...], ...]
    permission: Permission
    row_key: str = ""
    together: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    hashed: bool = False
    algorithm: str = "sha256"
    refuse_below: int = 0
    warn_below: int = 0
    refuse_above: int | None = None
    most_bytes: int | None = None
    one_currency: bool = False
    valid_days: int = 30
    contact_channel: str | None = None
    refuse_countries: tuple[str, ...] = ()
    only_countries: tuple[str, ...] = ()
    layouts: tuple[Layout, ...] = (Layout(),)
    has_header: bool = True
    preamble: tuple[tuple[str, ...], ...] = ()
    audience_ids: tuple[tuple[str, str], ...] = ()
    new_audience_id: str = ""
    order_by: tuple[str, ...] = ()
    delimiter: str = ","
    encoding: str = "utf-8"
    template: bool = False
    options: tuple[Option, ...] = ()
    adapt: "Callable[[Destination, Mapping[str, Any]], Destination] | None" = None

    @property
    def headers(self) -> tuple[str, ...]:
        return tuple(column.header for column in self.fields)

    @property
    def hashed_headers(self) -> tuple[str, ...]:
        return tuple(column.header for column in self.fields if self.hashed and column.hashed)

    @property
    def permissions(self) -> tuple[Permission, ...]:
        """The row's permission first, then those of fields."""
        of_fields = (column.permission for column in self.fields if column.permission)
        return tuple(dict.fromkeys((self.permission, *of_fields)))

    def label(self, column: Field) -> str:
        """What the file's first line calls `column`."""
        is_hashed = self.hashed and column.hashed
        return (column.hashed_label if is_hashed else "") or column.label or column.header


MOST_FIELDS = 15
"""So many fields of people a destination may have: why each is empty stands in one number."""


BY_CUSTOMER = ("customer_key",)
"""An identifier for channels that know our customers themselves: one row per customer."""
