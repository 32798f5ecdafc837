"""SQL that turns what a file holds into what a contract wants: one expression per conversion.

Every conversion gives NULL for what cannot be converted and never raises, so that one row cannot
stop the others; whether a NULL was a failure is asked by comparing with the value it came from.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from orchestration.entities import Type
from orchestration.landing.number_formats import (
    DECIMALS,
    NumberFormat,
    NumberFormats,
    number_sql,
)
from orchestration.landing.timezones import instant_sql
from orchestration.sql import literal, literals

TRUE_WORDS = ("true", "t", "yes", "y", "1", "on", "да")
FALSE_WORDS = ("false", "f", "no", "n", "0", "off", "нет")

_BLANKS = ("' '", "chr(9)", "chr(10)", "chr(13)", "chr(160)")
"""SQL: what is trimmed from texts: space, tab, line ends, no-break space. All but the last sort
before '!', the first character that can be seen."""

_WITH_OFFSET = ":[0-9.]+ ?([Zz]|[+-][0-9]{2}(:?[0-9]{2})?)$"

POSITIVE = {
    ("order_lines", "quantity"): (
        "Lines with a quantity of zero or less are not order lines: leave them out by a `where`, "
        "or map them to refunds by one."
    ),
    ("refunds", "amount"): (
        "A refund's amount is positive: turn the sign in the mapping (such as -Quantity * Price)."
    ),
}
"""(entity, column) that have to be above zero → remedy."""


def is_no_event(value: str, stored: Type) -> str:
    """SQL: whether an event's time is what systems write that know none (1970-01-01, 1899-12-30).

    Times of events are written by machines, none of which is older than 1971; days, such as a
    contract's first, may be.
    """
    if stored is Type.TIMESTAMP:
        return f"{value} < timestamptz '1971-01-01 00:00:00+00'"
    return f"({value} = date '1970-01-01' or {value} < date '1901-01-01')"


@dataclass(frozen=True)
class Dialect:
    """How values are written in a file, as far as conversions depend on it."""

    timezone: str = "UTC"
    numbers: NumberFormats = field(default_factory=NumberFormats)
    date_format: str | None = None
    timestamp_format: str | None = None
    points_too: bool = False
    """With a decimal comma, a point is a decimal mark too (texts made from real numbers; see
    `number_formats.number_sql`)."""

    @property
    def number(self) -> NumberFormat:
        """How numbers are written where nothing else is known."""
        return self.numbers.default

    def of(self, columns: Iterable[str]) -> "Dialect":
        """The dialect of what is made of these source columns."""
        forms = {self.numbers.own.get(name, self.number) for name in columns}
        if forms <= {self.number} or len(forms) > 1:
            return self
        return replace(self, numbers=replace(self.numbers, default=forms.pop()))


def trimmed(text: str) -> str:
    """SQL: the text without blanks around it, NULL where nothing is left."""
    return f"nullif(trim({text}, {' || '.join(_BLANKS)}), '')"


def has_blanks(text: str) -> str:
    """SQL: whether `trimmed` would change the text; a fifth of the cost of trimming it."""
    ends = (f"suffix({text}, {blank})" for blank in _BLANKS)
    return f"{text} < '!' or prefix({text}, {_BLANKS[-1]}) or {' or '.join(ends)}"


def from_text(text: str, wanted: Type, dialect: Dialect) -> str:
    """SQL: the trimmed VARCHAR `text` as `wanted`."""
    match wanted:
        case Type.TEXT:
            return text
        case _ if wanted in DECIMALS or wanted is Type.INTEGER:
            value = number_sql(text, wanted, dialect.number, dialect.points_too)
        case Type.BOOLEAN:
            value = (
                f"case when lower({text}) in ({literals(TRUE_WORDS)}) then true "
                f"when lower({text}) in ({literals(FALSE_WORDS)}) then false end"
            )
        case Type.DATE:
            value = f"try_cast({text} as DATE)"
            if dialect.date_format:
                parsed = f"try_strptime({text}, {literal(dialect.date_format)})"
                value = f"coalesce(cast({parsed} as DATE), {value})"
        case Type.TIMESTAMP:
            value = _timestamp_from_text(text, dialect)
        case Type.JSON:
            value = f"case when json_valid({text}) then cast({text} as JSON) end"
        case _:
            value = f"try_cast({text} as {wanted})"
    return _finite(value, wanted)


def _timestamp_from_text(text: str, dialect: Dialect) -> str:
    zone = literal(dialect.timezone)
    naive = f"timezone({zone}, try_cast({text} as TIMESTAMP))"
    iso = (
        f"case when regexp_matches({text}, {literal(_WITH_OFFSET)}) "
        f"then try_cast({text} as TIMESTAMPTZ) else {naive} end"
    )
    readings = []
    for time_format in filter(None, (dialect.timestamp_format, dialect.date_format)):
        parsed = f"try_strptime({text}, {literal(time_format)})"
        if "%z" not in time_format.lower():
            parsed = f"timezone({zone}, {parsed})"
        readings.append(parsed)
    return f"coalesce({', '.join([*readings, iso])})"


def converted(
    value: str,
    stored: str,
    wanted: Type,
    dialect: Dialect,
    span: tuple[datetime, datetime] | None = None,
) -> str:
    """SQL: `value` of the DuckDB type `stored` as `wanted`. VARCHAR has to be trimmed already.

    `span`: least and greatest value of a naive TIMESTAMP, where known; all are finite then.
    """
    if stored == "VARCHAR":
        return from_text(value, wanted, dialect)
    if stored == wanted:
        result = value
    elif wanted is Type.TIMESTAMP and stored == "TIMESTAMP":
        result = instant_sql(value, dialect.timezone, span)
    elif wanted is Type.TIMESTAMP and stored.startswith(("TIMESTAMP_", "DATE")):
        result = f"timezone({literal(dialect.timezone)}, cast({value} as TIMESTAMP))"
    elif wanted is Type.TEXT:
        result = trimmed(_as_text(value, stored))
    elif wanted is Type.JSON:
        result = f"to_json({value})"
    elif wanted is Type.INTEGER and stored.startswith(("DOUBLE", "FLOAT", "DECIMAL")):
        # A cast alone would round 1.5 to 2 without a word.
        result = f"case when {value} = trunc({value}) then try_cast({value} as {wanted}) end"
    else:
        result = f"try_cast({value} as {wanted})"
    return result if span else _finite(result, wanted)


def _as_text(value: str, stored: str) -> str:
    if stored in ("DOUBLE", "FLOAT"):  # an id that a tool took for a number: 17850.0 is '17850'
        return (
            f"case when {value} = trunc({value}) and abs({value}) < 1e15 "
            f"then cast(cast({value} as BIGINT) as VARCHAR) else cast({value} as VARCHAR) end"
        )
    if stored.endswith("[]") or stored.startswith(("STRUCT", "MAP")):
        return f"cast(to_json({value}) as VARCHAR)"
    return f"cast({value} as VARCHAR)"


def may_be_infinite(wanted: Type) -> bool:
    """Whether DuckDB knows values of the type, such as `infinity` and `nan`, that we do not."""
    return wanted in (Type.DATE, Type.TIMESTAMP, Type.NUMBER)


def _finite(value: str, wanted: Type) -> str:
    return f"case when isfinite({value}) then {value} end" if may_be_infinite(wanted) else value


TYPE_WORDS = {
    Type.TEXT: "a text",
    Type.TIMESTAMP: "a time (YYYY-MM-DD HH:MM:SS)",
    Type.DATE: "a date (YYYY-MM-DD)",
    Type.AMOUNT: "a number",
    Type.QUANTITY: "a number",
    Type.RATE: "a number",
    Type.INTEGER: "a whole number",
    Type.NUMBER: "a number",
    Type.BOOLEAN: "true or false",
    Type.JSON: "JSON",
}
"""What a message calls a type."""
