"""What a DuckDB expression refers to, read from DuckDB's own parser."""

import json
from collections.abc import Iterator
from typing import Any

import duckdb


class ExpressionError(ValueError):
    """The text is not a DuckDB expression; the message is the parser's."""


def referred_columns(text: str, connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """The column names in the expression `text`, as written (a lambda's parameters too).

    Raises `ExpressionError` where it cannot be parsed or is more than one expression.
    """
    row = connection.execute("select json_serialize_sql(?)", [f"select {text}\n"]).fetchone()
    parsed = json.loads(row[0] if row else "{}")
    if parsed.get("error", True):
        raise ExpressionError(str(parsed.get("error_message", "it cannot be read")))
    statements = parsed["statements"]
    if len(statements) != 1 or len(statements[0]["node"].get("select_list", ())) != 1:
        raise ExpressionError("it has to be one expression")
    if statements[0]["node"]["from_table"]["type"] != "EMPTY":
        raise ExpressionError("it has to be an expression, not a query")
    return frozenset(_references(statements[0]["node"]["select_list"][0]))


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if node.get("class") == "COLUMN_REF":
            yield node["column_names"][0]
        yield from _references(list(node.values()))
    elif isinstance(node, list):
        for child in node:
            yield from _references(child)
