"""What call lists and CRM imports have alike: title, due date, priority, owner, key of a task.

All come from the segment's columns.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from orchestration import sql
from orchestration.exports.destination import Destination, Field, Option
from orchestration.exports.fields import of_segment

_LANGUAGES = ("en", "ru")
_SOON, _LATER = 3, 14
"""Days from `as_of_date` within which a task is urgent, or can wait."""

_OWNER = "manager_id"


def options(language: str) -> tuple[Option, ...]:
    """`language` is the default one of actions and reasons."""
    return (
        Option("language", language, "of actions and reasons", _LANGUAGES),
        Option("owners", {}, "manager id → e-mail of who owns the task"),
    )


OPTIONS = options("en")


def title(header: str) -> Field:
    """The suggested action."""
    return of_segment(header, "suggested_action_{language}")


def reason(header: str) -> Field:
    """Why the customer is in the segment."""
    return of_segment(header, "reason_{language}")


def due(header: str) -> Field:
    """The day until which it is to be done (ISO); empty where there is none."""
    return of_segment(header, "due_date")


def owner(header: str) -> Field:
    """The manager's e-mail where the option `owners` has it, else the manager's id."""
    return of_segment(header, "{owner}")


def priority(header: str) -> Field:
    """HIGH when due within three days, LOW when in more than two weeks or whenever, else MEDIUM."""
    days = "due_date - as_of_date"
    return of_segment(
        header,
        f"case when {days} <= {_SOON} then 'HIGH' when {days} <= {_LATER} then 'MEDIUM' "
        "else 'LOW' end",
    )


def key(header: str) -> Field:
    """The same for a customer, a segment and a month: 16 hexadecimal digits."""
    parts = "customer_id, segment_code, strftime(as_of_date, '%Y-%m')"
    return of_segment(header, f"left(sha256(concat_ws('|', {parts})), 16)")


def adapted(destination: Destination, values: Mapping[str, Any]) -> Destination:
    """`destination` in the language, and with the owners, of `values`."""
    branches = " ".join(
        f"when {sql.literal(str(manager))} then {sql.literal(str(email))}"
        for manager, email in sorted(values["owners"].items())
    )
    who = f"case {_OWNER} {branches} else {_OWNER} end" if branches else _OWNER
    filled = {"{language}": values["language"], "{owner}": who}
    return replace(
        destination, fields=tuple(_filled(column, filled) for column in destination.fields)
    )


def _filled(column: Field, filled: Mapping[str, str]) -> Field:
    expression = column.sql
    for mark, text in filled.items():
        expression = expression.replace(mark, text)
    return replace(column, sql=expression)
