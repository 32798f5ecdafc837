"""Everything that people set for the metrics, checked before anything is done with it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orchestration.identity import IdentityError
from orchestration.identity.overrides import FILE as OVERRIDES
from orchestration.identity.overrides import read_overrides
from orchestration.identity.rules import GUARDS, read_guards
from orchestration.parameters import load_variables, seed_problems
from orchestration.settings import DBT_PROJECT, SettingsError


def check_settings(project: Path = DBT_PROJECT, overrides: Mapping[str, Any] | None = None) -> None:
    """Checks variables (with `overrides` of `--vars`), seeds and rules of identity.

    Raises `SettingsError` with all problems at once, each with its place, value and remedy.
    """
    problems: list[str] = []
    variables = None
    try:
        variables = load_variables(project, overrides)
    except SettingsError as error:
        problems.append(str(error))
    problems += seed_problems(project, variables)
    for read, file in ((read_guards, GUARDS), (read_overrides, OVERRIDES)):
        if any(problem.startswith(f"seeds/{file}") for problem in problems):
            continue  # it cannot even be read
        try:
            read(project / "seeds" / file)
        except IdentityError as error:
            problems += error.problems
    if problems:
        raise SettingsError("\n".join(problems))
