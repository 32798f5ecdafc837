"""How numbers are written: decimal mark, marks between thousands, brackets for negatives.

What can be read in one way only is read whatever the settings: blanks and apostrophes between
thousands (`1 234,50`, `1'234.50`), brackets (`(12.50)` is negative), both marks in one number
(`1.234,56` where the decimal mark is a comma), one mark twice (`1,234,567`). What can be read in
two ways (`1,234`) is no number until the settings say which.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from orchestration.entities import Type
from orchestration.sql import literal

DECIMALS = (Type.AMOUNT, Type.QUANTITY, Type.RATE, Type.NUMBER)
"""Types with a fraction."""

_BLANKS = " \u00a0\u2007\u2009\u202f"
"""Space, no-break space, figure space, thin space, narrow no-break space."""
_APOSTROPHES = "'\u2019"
_MINUS = "\u2212"
_ODD = re.compile(rf"[({_MINUS}{_APOSTROPHES}]|[0-9][{_BLANKS}][0-9]|[.,].*[.,]")
_WHOLE = "[-+]?[0-9]+(?:[.]0*)?"


@dataclass(frozen=True)
class NumberFormat:
    """`decimal`: `.` or `,`; `thousands`: what may stand between thousands besides blanks and
    apostrophes, `.`, `,` or nothing."""

    decimal: str = "."
    thousands: str = ""

    @property
    def other(self) -> str:
        """The mark that is not the decimal one."""
        return "," if self.decimal == "." else "."


@dataclass(frozen=True)
class NumberFormats:
    """The formats of a source: of all its columns, and of those that have one of their own."""

    default: NumberFormat = field(default_factory=NumberFormat)
    own: Mapping[str, NumberFormat] = field(default_factory=dict)

    @classmethod
    def of(
        cls, decimal: str | Mapping[str, str], thousands: str | Mapping[str, str]
    ) -> "NumberFormats":
        """From settings that hold a mark for all columns, or column → mark."""
        shared = NumberFormat(
            decimal if isinstance(decimal, str) else ".",
            thousands if isinstance(thousands, str) else "",
        )
        decimals = decimal if isinstance(decimal, Mapping) else {}
        groups = thousands if isinstance(thousands, Mapping) else {}
        return cls(
            shared,
            {
                name: NumberFormat(
                    decimals.get(name, shared.decimal), groups.get(name, shared.thousands)
                )
                for name in (*decimals, *groups)
            },
        )


REAL_LIKE_GROUPED = "-?[1-9][0-9]{0,2}[.][0-9]{3}"
"""Regular expression: a real number as text that could be one with a mark between thousands."""


def are_plain(texts: Iterable[str]) -> bool:
    """Whether no number has brackets, a typographic minus or anything between its thousands."""
    return not any(_ODD.search(text) for text in texts)


def number_sql(text: str, wanted: Type, form: NumberFormat, has_real_numbers: bool) -> str:
    """SQL: the trimmed VARCHAR `text` as the number type `wanted`, NULL where it is none.

    `has_real_numbers`: among the texts are real numbers with a point, whatever `form` says; those
    like `REAL_LIKE_GROUPED` have one more zero, so that they are not taken for 1.234 = 1234.
    """
    readings = [_cast(plain_sql(text, form), wanted), _odd_sql(text, wanted, form)]
    if has_real_numbers and form.decimal != ".":
        real = f"case when not regexp_full_match({text}, '[-+]?{_groups('.')}') then {text} end"
        readings.append(_cast(real, wanted))
    return f"coalesce({', '.join(readings)})"


def plain_sql(text: str, form: NumberFormat) -> str:
    """SQL: a number's text with a decimal point, where nothing stands between its thousands."""
    if form.decimal == ".":
        return text
    return f"case when not contains({text}, '.') then replace({text}, ',', '.') end"


def grouped_sql(text: str, form: NumberFormat) -> str:
    """SQL: the same, where `thousands` stands in between as the settings say; else NULL."""
    if not form.thousands:
        return "cast(null as VARCHAR)"
    pattern = f"[-+]?{_groups(form.thousands)}(?:[{form.decimal}][0-9]*)?"
    return f"case when regexp_full_match({text}, {literal(pattern)}) then {_bare(text, form)} end"


def _odd_sql(text: str, wanted: Type, form: NumberFormat) -> str:
    """SQL: a number with brackets, a typographic minus or something between its thousands."""
    fraction = f"(?:[{form.decimal}][0-9]*)?"
    bodies = [
        f"(?:[0-9]+|{_groups(_BLANKS)}|{_groups(_APOSTROPHES)}){fraction}",
        f"{_groups(form.other)}[{form.decimal}][0-9]+",
        f"[1-9][0-9]{{0,2}}(?:[{form.other}][0-9]{{3}}){{2,}}",
    ]
    if form.thousands:
        bodies.append(f"{_groups(form.thousands)}{fraction}")
    body = f"(?:{'|'.join(bodies)})"
    pattern = literal(rf"[-+{_MINUS}]?{body}|\({body}\)")
    sign = f"case when prefix({text}, '(') then '-' else '' end"
    bare = _cast(f"({sign} || {_bare(text, form)})", wanted)
    return f"case when regexp_full_match({text}, {pattern}) then {bare} end"


def _groups(marks: str) -> str:
    """Regular expression: digits in threes with one of `marks` between them."""
    return f"[1-9][0-9]{{0,2}}(?:[{marks}][0-9]{{3}})+"


def _bare(text: str, form: NumberFormat) -> str:
    """SQL: without anything between thousands and without brackets, with a point and a hyphen."""
    removed = f"{_BLANKS}{_APOSTROPHES}(){form.other}"
    return f"translate({text}, {literal(form.decimal + _MINUS + removed)}, '.-')"


def _cast(text: str, wanted: Type) -> str:
    if wanted is not Type.INTEGER:
        return f"try_cast({text} as {wanted})"
    # A cast alone would round 1.5 to 2 without a word.
    return f"case when regexp_full_match({text}, '{_WHOLE}') then try_cast({text} as BIGINT) end"
