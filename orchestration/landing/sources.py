"""Sources: where each entity comes from, and which column or expression is which column."""

import codecs
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
)

from orchestration.entities import GUEST, Type
from orchestration.landing.api.sources import ApiPlace
from orchestration.landing.errors import did_you_mean, listed
from orchestration.landing.expectations import (
    Expectations,
    Expected,
    expected,
)
from orchestration.landing.file_settings import (
    DecimalMarks,
    Delimiter,
    Mark,
    ThousandsMarks,
)
from orchestration.landing.kinds import KINDS
from orchestration.landing.lags import parse_lag
from orchestration.landing.number_formats import NumberFormats
from orchestration.landing.yaml_lines import Document

FORMATS = {
    "csv": "csv",
    "txt": "csv",
    "tsv": "csv",
    "parquet": "parquet",
    "jsonl": "jsonl",
    "ndjson": "jsonl",
    "xlsx": "xlsx",
}
"""File name endings and the format that they mean unless `format` says otherwise."""

SHARED_IDS = "shared"
"""The numbering that sources share unless `customer_ids` or `order_ids` names another."""

_TYPES = {contract_type.name.lower(): contract_type for contract_type in Type}


def _expression(value: Any) -> Any:
    """YAML reads `false` and `5` as what they are; as expressions they are texts again."""
    return str(value).lower() if isinstance(value, bool | int | float) else value


Expression = Annotated[str, BeforeValidator(_expression), Field(min_length=1)]
"""A source column's name, or a DuckDB expression over the source's columns and `_row`."""


class EntityMapping(Expectations):
    """How one entity is read from a source: which rows, and contract column → expression."""

    where: Expression | None = None
    columns: dict[str, Expression] = Field(min_length=1)


class Source(Expectations):
    """One source: where its rows are, how they are written, what they hold.

    Which settings a `kind` knows and needs says `kinds.KINDS`.
    """

    kind: Literal["file", "database", "table", "api"]
    path: str = ""
    """A file, a folder or a glob, relative to the folder of `sources.yml`, or an address with a
    protocol, such as `s3://bucket/folder`; of `kind: table` the DuckDB file."""
    storage_options: dict[str, Any] = Field(default_factory=dict, repr=False)
    """What fsspec needs to open `path`: keys, endpoints."""
    address: SecretStr | None = None
    """SQLAlchemy address of a database; it may hold a password and is never shown."""
    table: str = ""
    """`table` or `schema.table`."""
    query: str = ""
    """An SQL query in place of a table."""
    key: tuple[str, ...] = ()
    """The columns that tell a table's rows apart; default: its primary key."""
    preset: str = ""
    """Of `kind: api`: how the interface is read (`api.sources`) …"""
    stream: str = ""
    """… and which of its endpoints this is."""
    settings: dict[str, str] = Field(default_factory=dict)
    """What the preset wants to know, such as the shop's address."""
    cursor: str = ""
    """The column by which a table is read on; without one it is read whole every time."""
    lag: timedelta | int | None = None
    """How far behind the greatest cursor rows may still appear: `2 days`, `1000`."""
    format: Literal["csv", "parquet", "jsonl", "xlsx"] | None = None
    encoding: str = "utf-8"
    delimiter: Delimiter = ","
    """Of `.tsv` files a tab, unless it is set."""
    quote: Mark = '"'
    escape: Mark = ""
    """What makes the quote, the delimiter or itself ordinary after it, besides doubled quotes."""
    header: bool = True
    names: tuple[str, ...] = ()
    """Column names of a file without a header; default c1, c2, …"""
    skip: int = Field(0, ge=0)
    """Lines before the header."""
    decimal: DecimalMarks = "."
    """`.` or `,`, of all columns or `column: mark`."""
    thousands: ThousandsMarks = ""
    """`.` or `,` where it stands between thousands, of all columns or `column: mark`."""
    date_format: str | None = None
    timestamp_format: str | None = None
    sheet: str | None = None
    header_row: int = Field(1, ge=1)
    """The sheet's row, from 1, that holds the column names."""
    customer_ids: str = SHARED_IDS
    """Whose numbering the customer ids follow: `shared` is the company's, any other name a
    numbering of its own, in which 55 is written `<name>:55` from here on."""
    order_ids: str = SHARED_IDS
    """The same for orders, their lines and refunds."""
    timezone: str = "UTC"
    """IANA name; in this zone are times that say no offset of their own."""
    types: dict[str, str] = Field(default_factory=dict)
    """Source column → contract type, for columns whose mapping does not say it."""
    covers_until: date | None = None
    """The last day that the source's deliveries are known to be complete for."""
    redelivery: Literal["adds", "replaces"] = "adds"
    """What a file means that is there again with other content: more rows and newer versions of
    rows, or all that counts of it."""
    max_rejected_share: float = Field(0.5, ge=0, le=1)
    """A file of which more than this share of rows is rejected stops the run."""
    entities: dict[str, EntityMapping] = Field(min_length=1)

    @field_validator("lag", mode="before")
    @classmethod
    def _known_lag(cls, value: Any) -> timedelta | int | None:
        return None if value is None else parse_lag(value)

    @field_validator("key", mode="before")
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str) -> str:
        try:
            b"a".decode(value, "replace")  # LookupError: not of texts; UnicodeError: not of files
            return codecs.lookup(value).name
        except (LookupError, UnicodeError):
            raise ValueError(
                f"{value!r} is not an encoding that Python knows; "
                "common ones: utf-8, cp1251, cp1252, iso-8859-1, utf-16"
            ) from None

    @field_validator("types")
    @classmethod
    def _known_types(cls, value: dict[str, str]) -> dict[str, str]:
        for column, name in value.items():
            if name not in _TYPES:
                raise ValueError(
                    f"{name!r} (of {column!r}) is not a type.{did_you_mean(name, _TYPES)} "
                    f"Known: {listed(list(_TYPES))}"
                )
        return value

    @field_validator("customer_ids", "order_ids")
    @classmethod
    def _plain_name(cls, value: str) -> str:
        if not re.fullmatch("[a-z0-9_-]+", value) or value == GUEST:
            raise ValueError(
                f"{value!r} cannot name a numbering; take small letters, digits, `_` and `-`, and "
                f"not {GUEST!r}, under which orders without a customer id are numbered"
            )
        return value

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError(
                f"{value!r} is not a time zone; write an IANA name such as Europe/Berlin"
            ) from None
        return value

    def settings_that_land(self) -> dict[str, Any]:
        """The settings, as JSON values, that what is landed depends on besides the content."""
        return self.model_dump(mode="json", include=set(KINDS[self.kind].lands))

    @property
    def number_formats(self) -> NumberFormats:
        """How numbers are written, by column."""
        return NumberFormats.of(self.decimal, self.thousands)

    def columns_named(self) -> Iterator[tuple[str, str]]:
        """(setting, source column) of settings that name single columns."""
        for setting in ("types", "decimal", "thousands"):
            value = getattr(self, setting)
            for column in value if isinstance(value, dict) else ():
                yield setting, column

    def column_type(self, column: str) -> Type | None:
        """What `types:` says about a source column."""
        name = self.types.get(column)
        return _TYPES[name] if name else None


class SourcesConfig(BaseModel):
    """All sources, in the order of the file, and where each of their settings stands."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    sources: dict[str, Source]
    folder: Path
    """The folder of `sources.yml`: paths are relative to it."""
    document: Document
    apis: dict[str, ApiPlace] = Field(default_factory=dict, repr=False)
    """Source of `kind: api` → how it is read."""

    def place(self, source: str, *keys: str) -> str:
        """`sources.yml line 12`: where a source's setting stands."""
        return self.document.at(("sources", source, *keys))

    def expected(self, source: str, entity: str) -> Expected:
        """What a source is expected to deliver for one of its entities."""
        settings = self.sources[source]
        return expected(settings, settings.entities[entity], entity)

    def mapped_entities(self) -> dict[str, tuple[str, ...]]:
        """Source → the entities that it is mapped to."""
        return {name: tuple(source.entities) for name, source in self.sources.items()}


def format_of(path: Path) -> str | None:
    """The format that a file name's ending means (`.csv.gz` is csv), None where it is unknown."""
    endings = [ending[1:].lower() for ending in path.suffixes]
    if endings and endings[-1] in ("gz", "zst"):
        endings.pop()
    return FORMATS.get(endings[-1]) if endings else None
