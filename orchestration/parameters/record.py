"""What a run records of its settings, so that one knows later how its figures came about."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from pydantic import BaseModel

from orchestration.parameters.seed_file import SeedTable
from orchestration.parameters.variables import TIME_AND_MONEY, Variables, section_of

_SEEDS = "Seeds"


@dataclass(frozen=True)
class RecordedParameter:
    """One setting of a run: what it means, and whether it stands as the definitions have it.

    `kind`: variable, seed or run. `default_value` is None where the data decide by default, and of
    seeds; of these `content_hash` (SHA-256 of the file) says which rows were used, and
    `is_default` is None: a company's own rows are meant to differ.
    """

    name: str
    kind: str
    section: str
    description: str
    default_value: str | None
    is_default: bool | None
    content_hash: str | None = None


def recorded_parameters(
    variables: Variables, seeds: Iterable[SeedTable], as_of_date: date | None
) -> list[RecordedParameter]:
    """All settings of a run: the day asked for, every variable, every seed."""
    asked = RecordedParameter(
        "as_of_date",
        "run",
        TIME_AND_MONEY,
        "The day whose end is described; null: the last day with an order.",
        None,
        as_of_date is None,
    )
    of_variables = [
        RecordedParameter(
            name,
            "variable",
            section_of(name),
            str(field.description),
            _text(field.default),
            getattr(variables, name) == field.default,
        )
        for name, field in Variables.model_fields.items()
    ]
    of_seeds = [
        RecordedParameter(
            seed.name, "seed", _SEEDS, seed.description, None, None, seed.content_hash
        )
        for seed in seeds
    ]
    return [asked, *of_variables, *of_seeds]


def _text(default: object) -> str | None:
    """A default as `value_used` shows it: dbt writes mappings as JSON, names sorted."""
    if isinstance(default, BaseModel):
        return json.dumps(default.model_dump(), sort_keys=True)
    return None if default is None else str(default)
