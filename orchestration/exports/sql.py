"""Quoting for SQL and regular expressions that are put together from our own names and values."""

from collections.abc import Iterable


def name(identifier: str) -> str:
    """`identifier` as a quoted SQL name."""
    return '"' + identifier.replace('"', '""') + '"'


def text(value: str) -> str:
    """`value` as an SQL string literal."""
    return "'" + value.replace("'", "''") + "'"


def texts(values: Iterable[str]) -> str:
    """`values` as a parenthesised list of literals; at least one."""
    return "(" + ", ".join(text(value) for value in values) + ")"


def all_of(*conditions: str) -> str:
    """A test that every condition holds, asked in turn: each only of the rows that are left.

    `and` in a projection is computed for all rows, which is dear where a condition is a pattern.
    """
    *first, last = conditions
    result = last
    for condition in reversed(first):
        result = f"case when {condition} then {result} else false end"
    return result


def matches(expression: str, pattern: str) -> str:
    """A test that the whole of `expression` matches `pattern` (RE2)."""
    return f"regexp_full_match({expression}, {text(pattern)})"
