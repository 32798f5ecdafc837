"""Everything that people set for the metrics, checked before anything is done with it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orchestration.identity import IdentityError
from orchestration.identity.overrides import FILE as OVERRIDES
from orchestration.identity.overrides import read_overrides
from orchestration.identity.rules import GUARDS, read_guards
from orchestration.parameters import benchmark_problems, load_variables, seed_problems
from orchestration.settings import DBT_PROJECT, SettingsError


def check_settings(project: Path = DBT_PROJECT, overrides: Mapping[str, Any] | None = None) -> None:
    """Checks variables (with `overrides` of `--vars`), seeds and rules of identity.

    Raises `SettingsError` with all problems at once, each with its place, value and remedy.
    """
    problems = seed_problems(project)
    try:
        problems = [*benchmark_problems(load_variables(project, overrides), project), *problems]
    except SettingsError as error:
        problems = [str(error), *problems]
    for read, file in ((read_guards, GUARDS), (read_overrides, OVERRIDES)):
        if any(problem.startswith(f"seeds/{file}") for problem in problems):
            continue  # it cannot even be read
        try:
            read(project / "seeds" / file)
        except IdentityError as error:
            problems += error.problems
    if problems:
        raise SettingsError("\n".join(problems))
