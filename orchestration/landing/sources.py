"""`sources.yml`: where each entity comes from, and which column or expression is which column.

`load_sources` checks all that can be known without looking at the files; whether a mapped column
exists in a file is checked by `plan`.
"""

import codecs
import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, cast
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails

from orchestration.entities import ENTITIES, GUEST, SALES_ENTITIES, Type
from orchestration.landing.errors import LandingError, listed
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


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EntityMapping(_Strict):
    """How one entity is read from a source: which rows, and contract column → expression."""

    where: Expression | None = None
    columns: dict[str, Expression] = Field(min_length=1)


class Source(_Strict):
    """One source: where its files are, how they are written, what they hold."""

    kind: Literal["file", "database", "api"]
    path: str
    """A file, a folder or a glob, relative to the folder of `sources.yml`."""
    format: Literal["csv", "parquet", "jsonl", "xlsx"] | None = None
    encoding: str = "utf-8"
    delimiter: str = Field(",", min_length=1, max_length=1)
    quote: str = Field('"', max_length=1)
    header: bool = True
    names: tuple[str, ...] = ()
    """Column names of a file without a header; default c1, c2, …"""
    skip: int = Field(0, ge=0)
    """Lines before the header."""
    decimal: Literal[".", ","] = "."
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
    max_rejected_share: float = Field(0.5, ge=0, le=1)
    """A file of which more than this share of rows is rejected stops the run."""
    entities: dict[str, EntityMapping] = Field(min_length=1)

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str) -> str:
        try:
            return codecs.lookup(value).name
        except LookupError:
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

    def column_type(self, column: str) -> Type | None:
        """What `types:` says about a source column."""
        name = self.types.get(column)
        return _TYPES[name] if name else None


class _Root(_Strict):
    sources: dict[str, Source] = Field(min_length=1)


class SourcesConfig(BaseModel):
    """All sources, in the order of the file, and where each of their settings stands."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    sources: dict[str, Source]
    folder: Path
    """The folder of `sources.yml`: paths are relative to it."""
    document: Document

    def place(self, source: str, *keys: str) -> str:
        """`sources.yml line 12`: where a source's setting stands."""
        return self.document.at(("sources", source, *keys))

    def mapped_entities(self) -> dict[str, tuple[str, ...]]:
        """Source → the entities that it is mapped to."""
        return {name: tuple(source.entities) for name, source in self.sources.items()}


def load_sources(path: Path, environment: Mapping[str, str]) -> SourcesConfig:
    """The checked `sources.yml` at `path`.

    `${NAME}` is replaced from `environment`. Raises `LandingError` with one message per problem,
    each naming the line: unknown or misspelt keys, entities, contract columns and types, missing
    settings, required contract columns that are not mapped, no sales entity at all.
    """
    document = read_document(path, environment)
    try:
        root = _Root.model_validate(document.values if document.values is not None else {})
    except ValidationError as error:
        raise LandingError(
            *(_message(document, problem) for problem in error.errors(include_url=False))
        ) from None
    problems = list(_contract_problems(root, document))
    if problems:
        raise LandingError(*problems)
    return SourcesConfig(sources=root.sources, folder=path.absolute().parent, document=document)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """` Did you mean 'x'?` where one of `known` is near, else nothing."""
    folded = {candidate.lower(): candidate for candidate in known}
    near = difflib.get_close_matches(name.lower(), folded, n=1, cutoff=0.6)
    return f" Did you mean {folded[near[0]]!r}?" if near else ""


_MODELS: tuple[type[BaseModel], ...] = (_Root, Source, EntityMapping)


def _message(document: Document, problem: ErrorDetails) -> str:
    place = cast(Place, tuple(problem["loc"]))
    where = document.at(place)
    key = str(place[-1]) if place else "the file"
    kind = problem["type"]
    if kind == "extra_forbidden":
        known = _keys_at(place)
        return f"{where}: unknown key {key!r}.{did_you_mean(key, known)} Known: {listed(known)}."
    if kind == "missing":
        return f"{where}: {'.'.join(map(str, place))} is missing. Add {key!r}."
    if kind in ("dict_type", "model_type"):
        return f"{where}: {key!r} has to hold indented `name: value` lines."
    if problem["input"] is None:
        return f"{where}: {key!r} has no value. Write `{key}: …`, with a blank after the colon."
    text = problem["msg"].removeprefix("Value error, ")
    return f"{where}: {key!r} = {problem['input']!r}: {text}."


def _keys_at(place: Place) -> Sequence[str]:
    """The keys that the model at the place of an unknown key knows."""
    depth = {1: 0, 3: 1, 5: 2}.get(len(place), 1)
    return list(_MODELS[depth].model_fields)


def _contract_problems(root: _Root, document: Document) -> Iterable[str]:
    for name, source in root.sources.items():
        base: Place = ("sources", name)
        if source.kind != "file":
            yield (
                f"{document.at((*base, 'kind'))}: kind {source.kind!r} is not yet supported. "
                "Export to files and use kind: file."
            )
        if source.format is None and format_of(Path(source.path)) is None and _is_one_file(source):
            yield (
                f"{document.at((*base, 'path'))}: the format of {source.path!r} is not clear from "
                "its ending. Add `format: csv` (or parquet, jsonl, xlsx)."
            )
        for entity, mapping in source.entities.items():
            yield from _mapping_problems(document, base, entity, mapping)
    mapped = {entity for source in root.sources.values() for entity in source.entities}
    if not mapped & set(SALES_ENTITIES):
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
    if endings and endings[-1] == "gz":
        endings.pop()
    return FORMATS.get(endings[-1]) if endings else None


def _is_one_file(source: Source) -> bool:
    return bool(Path(source.path).suffix) and not any(mark in source.path for mark in "*?[")
