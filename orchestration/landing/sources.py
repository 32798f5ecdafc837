"""`sources.yml`: where each entity comes from, and which column or expression is which column.

`load_sources` checks all that can be known without looking at the files; whether a mapped column
exists in a file is checked by `plan`.
"""

import codecs
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, cast
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
)
from pydantic_core import ErrorDetails

from orchestration.entities import ENTITIES, GUEST, SALES_ENTITIES, Type
from orchestration.landing.api.sources import ApiPlace, with_api_sources
from orchestration.landing.errors import LandingError, did_you_mean, listed, nearest
from orchestration.landing.expectations import (
    Expectations,
    Expected,
    Rows,
    expected,
    freshness_problems,
)
from orchestration.landing.file_settings import (
    DecimalMarks,
    Delimiter,
    Mark,
    ThousandsMarks,
    mark_problems,
)
from orchestration.landing.kinds import KINDS, SECRETS, kind_problems
from orchestration.landing.lags import parse_lag
from orchestration.landing.number_formats import NumberFormats
from orchestration.landing.yaml_lines import Document, Place, read_document

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
"""The numbering of customers that sources share unless `customer_ids` names another."""

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

    @field_validator("customer_ids")
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


class _Root(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    sources: dict[str, Source] = Field(min_length=1)


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


def load_sources(path: Path, environment: Mapping[str, str]) -> SourcesConfig:
    """The checked `sources.yml` at `path`.

    `${NAME}` is replaced from `environment`. Raises `LandingError` with one message per problem,
    each naming the line: unknown or misspelt keys, entities, contract columns and types, missing
    settings, required contract columns that are not mapped, no sales entity at all.
    """
    document, apis = with_api_sources(read_document(path, environment), environment)
    try:
        root = _Root.model_validate(document.values if document.values is not None else {})
    except ValidationError as error:
        found = error.errors(include_url=False)
        meant = _meant(found, document)
        messages = [_message(document, p) for p in found if not _is_meant(p, meant)]
        raise LandingError(*messages, *_kind_problems(document, meant)) from None
    problems = [*_kind_problems(document), *_contract_problems(root, document)]
    if problems:
        raise LandingError(*problems)
    return SourcesConfig(
        sources=root.sources, folder=path.absolute().parent, document=document, apis=apis
    )


def _meant(found: Sequence[ErrorDetails], document: Document) -> set[tuple[object, ...]]:
    """The places of keys that are there, but misspelt."""
    unknown = [problem["loc"] for problem in found if problem["type"] == "extra_forbidden"]
    near = [(*base, nearest(str(key), _keys_at((*base, key), document))) for *base, key in unknown]
    return {place for place in near if place[-1]}


def _is_meant(problem: ErrorDetails, meant: set[tuple[object, ...]]) -> bool:
    """Whether a key is missing because it is misspelt, which is said where it stands."""
    return problem["type"] == "missing" and problem["loc"] in meant


_MODELS: tuple[type[BaseModel], ...] = (_Root, Source, EntityMapping)


def _message(document: Document, problem: ErrorDetails) -> str:
    place = cast(Place, tuple(problem["loc"]))
    where = document.at(place)
    key = str(place[-1]) if place else "the file"
    kind = problem["type"]
    if kind == "extra_forbidden":
        known = _keys_at(place, document)
        return f"{where}: unknown key {key!r}.{did_you_mean(key, known)} Known: {listed(known)}."
    if kind == "missing":
        return f"{where}: {'.'.join(map(str, place))} is missing. Add {key!r}."
    if kind in ("dict_type", "model_type"):
        return f"{where}: {key!r} has to hold indented `name: value` lines."
    if problem["input"] is None:
        return f"{where}: {key!r} has no value. Write `{key}: …`, with a blank after the colon."
    text = problem["msg"].removeprefix("Value error, ")
    if any(part in SECRETS for part in place):
        return f"{where}: {key!r}: {text}."
    return f"{where}: {key!r} = {problem['input']!r}: {text}."


def _keys_at(place: Place, document: Document) -> Sequence[str]:
    """The keys that the model at the place of an unknown key knows."""
    if len(place) in (4, 6) and place[-2] == "rows":
        return list(Rows.model_fields)
    depth = {1: 0, 3: 1, 5: 2}.get(len(place), 1)
    if _MODELS[depth] is Source:
        kind = KINDS.get(str(document.values["sources"][place[1]].get("kind")))
        if kind:
            return kind.known
    return list(_MODELS[depth].model_fields)


def _kind_problems(
    document: Document, meant: AbstractSet[tuple[object, ...]] = frozenset()
) -> Iterable[str]:
    """What a source lacks for its kind, and what is a setting of other kinds.

    `meant`: places of settings that are there, but misspelt.
    """
    sources = document.values.get("sources") if isinstance(document.values, dict) else None
    for name, settings in sources.items() if isinstance(sources, dict) else ():
        if isinstance(settings, dict) and settings.get("kind") in KINDS:
            misspelt = {str(key) for *base, key in meant if base == ["sources", name]}
            given = (settings.keys() & Source.model_fields.keys()) | misspelt
            for setting, text in kind_problems(settings["kind"], given):
                yield f"{document.at(('sources', name, setting))}: {text}"


def _contract_problems(root: _Root, document: Document) -> Iterable[str]:
    for name, source in root.sources.items():
        base: Place = ("sources", name)
        if (
            source.kind == "file"
            and source.path
            and source.format is None
            and format_of(Path(source.path)) is None
            and _is_one_file(source)
        ):
            yield (
                f"{document.at((*base, 'path'))}: the format of {source.path!r} is not clear from "
                "its ending. Add `format: csv` (or parquet, jsonl, xlsx)."
            )
        for setting, text in mark_problems(
            source.quote, source.escape, source.delimiter, source.number_formats
        ):
            yield f"{document.at((*base, setting))}: {text}"
        for within, text in freshness_problems(source, dict(source.entities)):
            yield f"{document.at((*base, *within))}: {text}"
        for entity, mapping in source.entities.items():
            yield from _mapping_problems(document, base, entity, mapping)
    mapped = {entity for source in root.sources.values() for entity in source.entities}
    if mapped <= set(ENTITIES) and not mapped & set(SALES_ENTITIES):
        yield (
            f"{document.at(('sources',))}: none of {listed(SALES_ENTITIES)} is mapped, so there is "
            "nothing to measure. Map at least one of them."
        )


def _mapping_problems(
    document: Document, base: Place, entity: str, mapping: EntityMapping
) -> Iterable[str]:
    place = (*base, "entities", entity)
    contract = ENTITIES.get(entity)
    if contract is None:
        yield (
            f"{document.at(place)}: unknown entity {entity!r}.{did_you_mean(entity, ENTITIES)} "
            f"Known: {listed(list(ENTITIES))}."
        )
        return
    for column in mapping.columns:
        if column not in contract.by_name:
            yield (
                f"{document.at((*place, 'columns', column))}: {entity} has no column {column!r}."
                f"{did_you_mean(column, contract.by_name)} "
                f"Known: {listed(list(contract.by_name), 40)}."
            )
    for needed in contract.columns:
        made = needed.key and contract.makes_key
        if needed.required and needed.name not in mapping.columns and not made:
            yield (
                f"{document.at((*place, 'columns'))}: {entity}.{needed.name} is required and not "
                f"mapped. Add `{needed.name}: <column or expression>`."
            )


def format_of(path: Path) -> str | None:
    """The format that a file name's ending means (`.csv.gz` is csv), None where it is unknown."""
    endings = [ending[1:].lower() for ending in path.suffixes]
    if endings and endings[-1] in ("gz", "zst"):
        endings.pop()
    return FORMATS.get(endings[-1]) if endings else None


def _is_one_file(source: Source) -> bool:
    return bool(Path(source.path).suffix) and not any(mark in source.path for mark in "*?[")
