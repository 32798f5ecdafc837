"""`sources.yml`: read, and held against all that can be known without looking at the deliveries.

Whether a mapped column exists in a file is checked by `plan`.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from orchestration.entities import ENTITIES, SALES_ENTITIES
from orchestration.landing.api.sources import with_api_sources
from orchestration.landing.errors import LandingError, did_you_mean, listed, nearest
from orchestration.landing.expectations import Rows, freshness_problems
from orchestration.landing.file_settings import mark_problems
from orchestration.landing.kinds import KINDS, SECRETS, kind_problems
from orchestration.landing.sources import EntityMapping, Source, SourcesConfig, format_of
from orchestration.landing.yaml_lines import Document, Place, read_document


class _Root(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    sources: dict[str, Source] = Field(min_length=1)


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


def _is_one_file(source: Source) -> bool:
    return bool(Path(source.path).suffix) and not any(mark in source.path for mark in "*?[")
