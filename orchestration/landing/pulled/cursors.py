"""Cursors as texts: in the ledger, in pages, and as SQL."""

import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

from orchestration.landing.pulled.stream import Cursor
from orchestration.sql import literal

_READ: dict[str, Callable[[str], Cursor]] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "int": int,
    "float": float,
    "Decimal": Decimal,
    "str": str,
}


def encoded(cursor: Cursor | None) -> str | None:
    """A cursor with its type as JSON text, such as `["datetime", "2026-01-31T10:00:00+00:00"]`."""
    match cursor:
        case None:
            return None
        case datetime() | date():
            text = cursor.isoformat()
        case float():
            text = repr(cursor)
        case _:
            text = str(cursor)
    return json.dumps([type(cursor).__name__, text])


def decoded(text: str | None) -> Cursor | None:
    """The cursor that `encoded` made a text of."""
    if text is None:
        return None
    kind, value = json.loads(text)
    return _READ[kind](value)


def cursor_sql(cursor: Cursor, stored: str) -> str:
    """SQL: the cursor as a value of the DuckDB type `stored`."""
    text = cursor.isoformat() if isinstance(cursor, date) else str(cursor)
    return f"cast({literal(text)} as {stored})"
