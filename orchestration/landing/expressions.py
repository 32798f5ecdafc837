"""What a DuckDB expression refers to and takes it for, read from DuckDB's own parser."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import duckdb

_TEXT_FUNCTIONS = frozenset({
    "||", "concat", "concat_ws", "trim", "ltrim", "rtrim", "lower", "lcase", "upper", "ucase",
    "replace", "translate", "strip_accents", "reverse", "md5", "sha256", "contains", "starts_with",
    "ends_with", "prefix", "suffix", "^@", "~~", "!~~", "~~*", "!~~*", "~~~", "~", "regexp_matches",
    "regexp_full_match", "regexp_replace", "regexp_extract", "regexp_extract_all", "string_split",
    "string_split_regex", "str_split", "split", "strptime", "try_strptime", "length", "len",
    "strlen", "->", "->>", "json_extract", "json_extract_string", "json_extract_path_text",
})  # fmt: skip
"""Functions of texts alone."""
_TEXT_FIRST = frozenset(
    {"left", "right", "substr", "substring", "split_part", "lpad", "rpad", "repeat", "instr"}
)
"""Functions of a text and of numbers that follow it."""
_PASSING = frozenset({"nullif", "ifnull", "greatest", "least"})
_NO_WORD = re.compile(
    r"\s*|[-+]?[\d.,\s]+([eE][-+]?\d+)?|\d{1,4}[-./]\d{1,2}([-./]\d{1,4})?.*", re.ASCII
)
_TRUTH = frozenset({"true", "false", "t", "f", "yes", "no"})


class ExpressionError(ValueError):
    """The text is not a DuckDB expression; the message is the parser's."""


def column_uses(
    text: str, connection: duckdb.DuckDBPyConnection, gives_text: bool
) -> Mapping[str, frozenset[bool]]:
    """The column names in the expression `text`, as written (a lambda's parameters too).

    With each, what it is used as: as a text (true), as something else (false), both, or nothing
    that would tell (`is null`). What is compared with a word or is put together is a text; so is
    the value of the whole, if the expression `gives_text`. Raises `ExpressionError` where it cannot
    be parsed or is more than one expression.
    """
    uses: dict[str, set[bool]] = {}
    for name, is_text in _uses(_parsed(text, connection), gives_text):
        uses.setdefault(name, set()).update(() if is_text is None else (is_text,))
    return {name: frozenset(found) for name, found in uses.items()}


def _parsed(text: str, connection: duckdb.DuckDBPyConnection) -> Any:
    row = connection.execute("select json_serialize_sql(?)", [f"select {text}\n"]).fetchone()
    parsed = json.loads(row[0] if row else "{}")
    if parsed.get("error", True):
        raise ExpressionError(str(parsed.get("error_message", "it cannot be read")))
    statements = parsed["statements"]
    if len(statements) != 1 or len(statements[0]["node"].get("select_list", ())) != 1:
        raise ExpressionError("it has to be one expression")
    if statements[0]["node"]["from_table"]["type"] != "EMPTY":
        raise ExpressionError("it has to be an expression, not a query")
    return statements[0]["node"]["select_list"][0]


def _uses(node: Any, is_text: bool | None) -> Iterator[tuple[str, bool | None]]:
    """Every reference below `node`, whose own value is used as `is_text` says."""
    if isinstance(node, list):
        for child in node:
            yield from _uses(child, is_text)
        return
    if not isinstance(node, dict):
        return
    match node.get("class"):
        case "COLUMN_REF":
            yield node["column_names"][0], is_text
        case "FUNCTION":
            yield from _of_function(node, is_text)
        case "COMPARISON":
            sides = [node["left"], node["right"]]
            yield from _uses(sides, _compared(sides))
        case "CASE":
            for check in node["case_checks"]:
                yield from _uses(check["when_expr"], False)
                yield from _uses(check["then_expr"], is_text)
            yield from _uses(node["else_expr"], is_text)
        case "CAST":
            yield from _uses(node["child"], node["cast_type"]["id"] == "VARCHAR")
        case "OPERATOR":
            yield from _of_operator(node, is_text)
        case _:
            yield from _uses(list(node.values()), False)


def _of_function(node: dict[str, Any], is_text: bool | None) -> Iterator[tuple[str, bool | None]]:
    name, (*children,) = node["function_name"].lower(), node["children"]
    if name in _TEXT_FUNCTIONS:
        yield from _uses(children, True)
    elif name in _TEXT_FIRST:
        yield from _uses(children[:1], True)
        yield from _uses(children[1:], False)
    elif name in _PASSING:
        yield from _uses(children, is_text or any(map(_is_word, children)))
    else:
        yield from _uses([value for key, value in node.items() if key != "function_name"], False)


def _of_operator(node: dict[str, Any], is_text: bool | None) -> Iterator[tuple[str, bool | None]]:
    children = node["children"]
    match node["type"]:
        case "OPERATOR_IS_NULL" | "OPERATOR_IS_NOT_NULL":
            yield from _uses(children, None)
        case "COMPARE_IN" | "COMPARE_NOT_IN":
            yield from _uses(children, _compared(children))
        case "OPERATOR_COALESCE":
            yield from _uses(children, is_text or any(map(_is_word, children)))
        case _:
            yield from _uses(children, False)


def _compared(sides: list[Any]) -> bool | None:
    """What is compared with a word is a text; with a number or a day in quotes, who knows."""
    constants = [side["value"]["type"]["id"] for side in sides if side.get("class") == "CONSTANT"]
    if any(map(_is_word, sides)):
        return True
    return None if constants and set(constants) == {"VARCHAR"} else False


def _is_word(node: Any) -> bool:
    """Whether a node is a constant text that no number, day or truth is written like."""
    if node.get("class") != "CONSTANT" or node["value"]["type"]["id"] != "VARCHAR":
        return False
    value = str(node["value"].get("value") or "")
    return not _NO_WORD.fullmatch(value) and value.lower() not in _TRUTH
