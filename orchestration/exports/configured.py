"""A destination as a company has set it: headers of its template, values of its options."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from orchestration.exports.destination import Destination, Field
from orchestration.exports.fields import constant
from orchestration.exports.model import ExportError

_OF_EVERY_FILE = ("delimiter", "encoding")
_BLANK = "blank"


def configured(
    destination: Destination,
    headers: Mapping[str, str] | None = None,
    options: Mapping[str, Any] | None = None,
) -> Destination:
    """`destination` with the columns of `headers` and the values of `options`.

    `headers` (ours → the template's, for destinations with a `template`) are all columns of the
    file, in their order; `blank`, `blank_2` … of ours are columns that stay empty. `options` are
    those that the destination declares; the others have their defaults.

    Raises `ExportError` that says what cannot be set and what can.
    """
    values = _values(destination, options or {})
    made = replace(destination, **{name: values[name] for name in _OF_EVERY_FILE if name in values})
    if made.adapt:
        made = made.adapt(made, values)
    return _with_headers(made, headers) if headers else made


def _values(destination: Destination, given: Mapping[str, Any]) -> dict[str, Any]:
    declared = {option.name: option for option in destination.options}
    values = {name: option.default for name, option in declared.items()}
    for name, value in given.items():
        if name not in declared:
            there = ", ".join(declared) or "none"
            raise ExportError(f"{destination.name} has no option {name!r}. Options: {there}.")
        option = declared[name]
        if option.choices and value not in option.choices:
            choices = ", ".join(repr(choice) for choice in option.choices)
            raise ExportError(
                f"Option {name!r} of {destination.name} is one of {choices}, not {value!r}."
            )
        if not isinstance(value, type(option.default)):
            kind = type(option.default).__name__
            raise ExportError(
                f"Option {name!r} of {destination.name} is a {kind}, not {type(value).__name__}."
            )
        values[name] = value
    return values


def _with_headers(destination: Destination, headers: Mapping[str, str]) -> Destination:
    if not destination.template:
        raise ExportError(
            f"The headers of {destination.name} are the channel's own. Take `headers` out."
        )
    columns = {column.header: column for column in destination.fields}
    unknown = [ours for ours in headers if ours not in columns and not ours.startswith(_BLANK)]
    if unknown:
        raise ExportError(
            f"{destination.name} has no column {', '.join(unknown)}. There are: "
            f"{', '.join(columns)}, and {_BLANK} for one that stays empty."
        )
    fields = tuple(_renamed(columns, ours, theirs) for ours, theirs in headers.items())
    identifiers = tuple(
        group for group in destination.identifiers if all(header in headers for header in group)
    )
    if not identifiers:
        wanted = " or ".join("+".join(group) for group in destination.identifiers)
        raise ExportError(f"The headers of {destination.name} need a column for {wanted}.")
    return replace(destination, fields=fields, identifiers=identifiers)


def _renamed(columns: Mapping[str, Field], ours: str, theirs: str) -> Field:
    if ours not in columns:
        return replace(constant(ours, None), label=theirs)
    return replace(columns[ours], label=theirs, hashed_label=theirs)
