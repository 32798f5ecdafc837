"""What columns of texts most likely are, for columns that only expressions use."""

import duckdb
import pyarrow as pa

from orchestration.entities import Type
from orchestration.landing.number_formats import (
    NumberFormat,
    NumberFormats,
    grouped_sql,
    plain_sql,
)
from orchestration.sql import quoted

_SAMPLE = "sample_of_texts"

_GUESSES = (
    (Type.BOOLEAN, "lower(value) in ('true', 'false')"),
    (Type.INTEGER, "regexp_full_match(number, '[-+]?(0|[1-9][0-9]{0,17})')"),
    (Type.NUMBER,
     "regexp_full_match(number, '[-+]?(0|[1-9][0-9]*)([.][0-9]*)?([eE][-+]?[0-9]+)?')"),
    (Type.DATE, "regexp_full_match(value, '[0-9]{4}-[0-9]{2}-[0-9]{2}') "
     "and try_cast(value as date) is not null"),
    (Type.TIMESTAMP, "regexp_matches(value, '^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:') "
     "and try_cast(value as timestamptz) is not null"),
)  # fmt: skip
"""Types and what all of a column's texts have to be like; numbers with leading zeros are texts."""


def sniff_types(
    sample: pa.Table, connection: duckdb.DuckDBPyConnection, formats: NumberFormats
) -> dict[str, Type]:
    """The first type that fits all values of each column of `sample` (all VARCHAR), else text."""
    connection.register(_SAMPLE, sample)
    try:
        return {
            name: _guess(name, connection, formats.own.get(name, formats.default))
            for name in sample.column_names
        }
    finally:
        connection.unregister(_SAMPLE)


def _guess(name: str, connection: duckdb.DuckDBPyConnection, form: NumberFormat) -> Type:
    value = f"trim({quoted(name)})"
    number = f"coalesce({plain_sql('value', form)}, {grouped_sql('value', form)}, '')"
    fits = ", ".join(f"coalesce(bool_and({condition}), false)" for _, condition in _GUESSES)
    row = connection.execute(
        f"select {fits} from (select value, {number} as number from "
        f"(select {value} as value from {_SAMPLE}) where value <> '')"
    ).fetchone()
    return next(
        (guess for (guess, _), fit in zip(_GUESSES, row or (), strict=False) if fit), Type.TEXT
    )
