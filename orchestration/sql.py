"""SQL put together from names, values and conditions: what is quoted, how conditions are asked,
how rows are counted."""

from collections.abc import Iterable

import duckdb


def quoted(name: str) -> str:
    """`name` as an SQL identifier, whatever it contains."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """`text` as an SQL string, whatever it contains."""
    if "\0" in text:  # SQL cannot write it
        return f"({' || chr(0) || '.join(literal(part) for part in text.split(chr(0)))})"
    return "'" + text.replace("'", "''") + "'"


def literals(texts: Iterable[str]) -> str:
    """SQL strings, separated by commas."""
    return ", ".join(literal(text) for text in texts)


def matches(expression: str, pattern: str) -> str:
    """A test that the whole of `expression` matches `pattern` (RE2)."""
    return f"regexp_full_match({expression}, {literal(pattern)})"


def all_of(*conditions: str) -> str:
    """A test that every condition holds, asked in turn: each only of the rows that are left.

    `and` in a projection is computed for all rows, which is dear where a condition is a pattern.
    """
    *first, last = conditions
    result = last
    for condition in reversed(first):
        result = f"case when {condition} then {result} else false end"
    return result


def count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    """The number that `query` gives in the first column of its first row; 0 for none."""
    row = connection.execute(query).fetchone()
    return int(row[0] or 0) if row else 0
