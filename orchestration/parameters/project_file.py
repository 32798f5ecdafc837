"""The variables as dbt will see them: `dbt_project.yml`, and `--vars` over it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from orchestration.landing.errors import did_you_mean, nearest
from orchestration.parameters.fields import Write, time_zones, what_to_write
from orchestration.parameters.variables import IDENTITY, LoyaltyWeights, Variables, section_of
from orchestration.settings import DBT_PROJECT, SettingsError

FILE = "dbt_project.yml"
WEIGHTS = "loyalty_weights"
WEIGHTS_TO_WRITE = Write(
    "the weights recency, frequency, tenure, regularity and advocacy, one per line"
)
_THRESHOLD_ORDER = ("relationship_medium_margin", "relationship_high_margin")

Place = tuple[str, ...]
"""A variable's name, or that of a weight below `loyalty_weights`."""


@dataclass(frozen=True)
class _Written:
    """What people wrote, and where it stands: `dbt_project.yml line 27`, or `--vars`."""

    values: Mapping[str, Any]
    places: Mapping[Place, str]

    def at(self, *place: str) -> str:
        while place and place not in self.places:
            place = place[:-1]
        return self.places.get(place, FILE)


def load_variables(
    project: Path = DBT_PROJECT, overrides: Mapping[str, Any] | None = None
) -> Variables:
    """The variables in force, `overrides` (of `--vars`) over those of the project.

    Raises `SettingsError` with one line per problem: place, name, value and remedy.
    """
    written = _read(project / FILE, overrides or {})
    problems = [
        *_unknown_and_missing(written.values, list(Variables.model_fields), written, ()),
        *_protected(overrides or {}),
    ]
    values = {
        name: value for name, value in written.values.items() if name in Variables.model_fields
    }
    try:
        variables = Variables.model_validate(values)
    except ValidationError as error:
        problems += _wrong_values(error, written)
        wrong = {one["loc"][0] for one in error.errors()}
        variables = Variables.model_validate(
            {name: value for name, value in values.items() if name not in wrong}
        )
    weights = written.values.get(WEIGHTS)
    if isinstance(weights, dict):
        names = list(LoyaltyWeights.model_fields)
        problems += _unknown_and_missing(weights, names, written, (WEIGHTS,))
    problems += _contradictions(variables, written)
    if problems:
        raise SettingsError("\n".join(problems))
    return variables


def overrides_in(arguments: Sequence[str]) -> dict[str, Any]:
    """The variables that dbt is given as `--vars '{name: value}'`; none without it.

    Raises `SettingsError` for a text that is no YAML mapping.
    """
    given: dict[str, Any] = {}
    for number, argument in enumerate(arguments):
        name, is_joined, text = argument.partition("=")
        if name != "--vars":
            continue
        if not is_joined:
            text = arguments[number + 1] if number + 1 < len(arguments) else ""
        try:
            found = yaml.safe_load(text)
        except yaml.YAMLError:
            found = None
        if not isinstance(found, dict):
            raise SettingsError(f"--vars is {text!r}; write it as '{{name: value}}'.")
        given = found  # as dbt has it: the last one counts
    return given


def _read(path: Path, overrides: Mapping[str, Any]) -> _Written:
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SettingsError(f"{FILE} line {line}: not valid YAML: {error.problem}.") from error
    places: dict[Place, str] = {}
    node = next((node for key, node in _entries(root) if key.value == "vars"), None)
    values = _value(node, (), places) if node else None
    if not isinstance(values, dict):
        raise SettingsError(f"{FILE}: `vars` is missing; take it back from the project's history.")
    kept = {place: at for place, at in places.items() if place[0] not in overrides}
    given = {(name,): "--vars" for name in overrides}
    return _Written({**values, **overrides}, kept | given)


def _entries(node: yaml.Node | None) -> list[tuple[yaml.ScalarNode, yaml.Node]]:
    return node.value if isinstance(node, yaml.MappingNode) else []


def _value(node: yaml.Node, place: Place, places: dict[Place, str]) -> Any:
    """The value as dbt reads it, lines noted. Raises `SettingsError` for a name that stands twice,
    of which dbt would silently take the last."""
    if not isinstance(node, yaml.MappingNode):
        try:
            return yaml.SafeLoader("").construct_object(node, deep=True)
        except ValueError:  # such as the day 2024-02-31
            return node.value
    values: dict[str, Any] = {}
    for key_node, value_node in _entries(node):
        name, line = str(key_node.value), f"{FILE} line {key_node.start_mark.line + 1}"
        if name in values:
            first = places[(*place, name)].removeprefix(FILE + " ")
            raise SettingsError(
                f"{line}: {name} stands twice (first on {first}). Keep one of them."
            )
        places[(*place, name)] = line
        values[name] = _value(value_node, (*place, name), places)
    return values


def _unknown_and_missing(
    values: Mapping[str, Any], known: list[str], written: _Written, parent: Place
) -> list[str]:
    """Names that nobody reads, and names that are lacking; a misspelt one is said once."""
    what, under = ("weight", WEIGHTS) if parent else ("variable", "vars")
    unknown = [str(name) for name in values if name not in known]
    lacking = [name for name in known if name not in values]
    meant = {nearest(name, lacking) for name in unknown}
    problems = [
        f"{written.at(*parent, name)}: {name!r} is no {what} of this project."
        f"{did_you_mean(name, lacking or known) or ' Take it out.'}"
        for name in unknown
    ]
    model: type[BaseModel] = LoyaltyWeights if parent else Variables
    return problems + [
        f"{written.at(*parent)}: the {what} {name!r} is missing; write it under `{under}:` (its "
        f"default is {shown_default(model, name)})."
        for name in lacking
        if name not in meant
    ]


def shown_default(model: type[BaseModel], name: str) -> str:
    """A default as one writes it in YAML."""
    default = model.model_fields[name].default
    if isinstance(default, BaseModel):
        default = default.model_dump()
    text: str = yaml.safe_dump(default, default_flow_style=True, sort_keys=False, width=1000)
    return text.removesuffix("\n...\n").strip()


def _wrong_values(error: ValidationError, written: _Written) -> list[str]:
    """One line per value that cannot be used, in the order of the variables."""
    problems: dict[Place, str] = {}
    for one in error.errors():
        name = str(one["loc"][0])
        place: Place = (name,)
        value, write = written.values[name], WEIGHTS_TO_WRITE
        if name != WEIGHTS:
            write = what_to_write(Variables.model_fields[name])
        elif len(one["loc"]) > 1:
            weight = str(one["loc"][1])
            if weight not in LoyaltyWeights.model_fields:
                continue  # an unknown name is told elsewhere
            place, value = (name, weight), value[weight]
            write = what_to_write(LoyaltyWeights.model_fields[weight])
        quotes = ", without quotes" if _is_only_quoted(value, write) else ""
        is_zone = name == "reporting_timezone" and isinstance(value, str)
        near = did_you_mean(value, time_zones()) if is_zone else ""
        problems[place] = (
            f"{written.at(*place)}: {'.'.join(place)} is {_shown(value)}; write "
            f"{write.text}{quotes}.{near}"
        )
    return list(problems.values())


def _shown(value: Any) -> str:
    """A value as it stands in YAML: texts in quotes, nothing as null."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return repr(value) if isinstance(value, str | dict | list) else str(value)


def _is_only_quoted(value: Any, write: Write) -> bool:
    """Whether a text would be a number, or a truth, without its quotes."""
    if write.is_text or not isinstance(value, str):
        return False
    try:
        return isinstance(yaml.safe_load(value), bool | int | float)
    except yaml.YAMLError:
        return False


def _protected(overrides: Mapping[str, Any]) -> list[str]:
    """Customers are resolved once for all warehouses of a data folder, by the file alone."""
    return [
        f"--vars: {name} decides who is one customer in every warehouse of the data folder; set it "
        f"in {FILE}."
        for name in overrides
        if name in Variables.model_fields and section_of(name) == IDENTITY
    ]


def _contradictions(variables: Variables, written: _Written) -> list[str]:
    """What no value alone says. `at_risk_multiple` above `churn_multiple` is none: the definition
    takes the smaller limit, and below `min_churn_days` quick buyers are still at risk first."""
    problems = []
    if variables.min_churn_days > variables.max_churn_days:
        problems.append(
            f"{written.at('min_churn_days')}: min_churn_days is {variables.min_churn_days}, above "
            f"max_churn_days ({variables.max_churn_days}); write at most that."
        )
    if not any(variables.loyalty_weights.model_dump().values()):
        problems.append(
            f"{written.at(WEIGHTS)}: {WEIGHTS} are all 0; give at least one part a weight above 0."
        )
    medium, high = (getattr(variables, name).partition(":") for name in _THRESHOLD_ORDER)
    if medium[0] == high[0] and medium[2] and float(medium[2]) > float(high[2]):
        problems.append(
            f"{written.at(_THRESHOLD_ORDER[0])}: relationship_medium_margin is "
            f"{variables.relationship_medium_margin!r}, above relationship_high_margin "
            f"({variables.relationship_high_margin!r}); write at most that."
        )
    return problems
