"""YAML that remembers its lines, so that an error can name the line it is about."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from orchestration.landing.errors import LandingError

Place = tuple[str | int, ...]
"""Where a value stands: the keys and list positions that lead to it."""

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True)
class Document:
    """The values of a YAML file and, for every place in it, the line (from 1) where it stands."""

    name: str
    values: Any
    lines: Mapping[Place, int]

    def at(self, place: Place) -> str:
        """`sources.yml line 12`, by the nearest place that the file has."""
        while place and place not in self.lines:
            place = place[:-1]
        return f"{self.name} line {self.lines.get(place, 1)}"


def read_document(path: Path, environment: Mapping[str, str]) -> Document:
    """The YAML file at `path`, with every `${NAME}` in its texts replaced from `environment`.

    Raises `LandingError` that names the line for: no such file, bytes that are not UTF-8, a
    syntax error, a key that stands twice, an undefined variable.
    """
    try:
        root = yaml.compose(path.read_text(encoding="utf-8-sig"), Loader=yaml.SafeLoader)
    except OSError as error:
        raise LandingError(
            f"{path}: cannot be read ({error.strerror}). "
            "Write it, or set RETENTION_SOURCES to the path of your sources.yml."
        ) from error
    except UnicodeDecodeError as error:
        raise LandingError(f"{path}: is not UTF-8 ({error.reason}). Save it as UTF-8.") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise LandingError(
            f"{path.name} line {line}: not valid YAML: {error.problem}. "
            "Check indentation, and put texts with : # { } [ ] ' in double quotes."
        ) from error
    lines: dict[Place, int] = {}
    values = _value(root, (), lines, path.name, environment) if root else None
    return Document(path.name, values, lines)


def _value(
    node: yaml.Node, place: Place, lines: dict[Place, int], name: str, env: Mapping[str, str]
) -> Any:
    line = node.start_mark.line + 1
    lines.setdefault(place, line)
    if isinstance(node, yaml.MappingNode):
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if key in result:
                raise LandingError(
                    f"{name} line {key_node.start_mark.line + 1}: {key!r} stands twice here "
                    f"(first on line {lines[(*place, key)]}). Keep one of them."
                )
            lines[(*place, key)] = key_node.start_mark.line + 1
            result[key] = _value(value_node, (*place, key), lines, name, env)
        return result
    if isinstance(node, yaml.SequenceNode):
        return [
            _value(item, (*place, number), lines, name, env)
            for number, item in enumerate(node.value)
        ]
    if node.tag == "tag:yaml.org,2002:str":
        return _substituted(str(node.value), line, name, env)
    loader = yaml.SafeLoader("")
    try:
        return _as_written(loader.construct_object(node), str(node.value))
    except ValueError as error:  # such as the date 2024-02-31
        raise LandingError(
            f"{name} line {line}: {node.value!r} cannot be read: {error}."
        ) from error


def _as_written(value: Any, text: str) -> Any:
    """The value, or the text where it may be a name that YAML takes for something else.

    Such as the column `off`, which would be false, and `010`, which would be 8.
    """
    if isinstance(value, bool):
        return value if text.lower() in ("true", "false") else text
    return text if isinstance(value, int | float) and str(value) != text else value


def _substituted(text: str, line: int, name: str, environment: Mapping[str, str]) -> str:
    def replace(match: re.Match[str]) -> str:
        value = environment.get(match.group(1))
        if value is None:
            raise LandingError(
                f"{name} line {line}: the environment variable {match.group(1)} is not defined. "
                f"Set it (export {match.group(1)}=…) or write the value itself."
            )
        return value

    return _VARIABLE.sub(replace, text)
