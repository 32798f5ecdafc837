"""Settings of files that need more than a type: how texts and numbers are written."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator

from orchestration.landing.number_formats import NumberFormats

_TABS = ("\\t", "tab")
_LONGEST_DELIMITER = 4


def _delimiter(value: Any) -> Any:
    """`tab` and `\\t`, which YAML reads as two characters in single quotes, are a tab."""
    if value in _TABS:
        return "\t"
    if not isinstance(value, str) or not 1 <= len(value.encode()) <= _LONGEST_DELIMITER:
        raise ValueError("it has to be one to four characters, such as ';', '|' or tab")
    if any(mark in value for mark in '\n\r\0"'):
        raise ValueError("line ends, NULs and quotes cannot separate columns")
    return value


def _mark(value: Any) -> Any:
    """One character of ASCII, or nothing."""
    if value == "":
        return value
    if not isinstance(value, str) or len(value) > 1 or not value.isascii() or value in "\n\r\0":
        raise ValueError("it has to be one character of ASCII, or '' for none")
    return value


def _marks(known: tuple[str, ...], default: str) -> BeforeValidator:
    """One mark for all columns, or column → mark."""
    words = " or ".join(repr(mark) for mark in known)

    def check(value: Any) -> Any:
        given = value.values() if isinstance(value, Mapping) else [value]
        for mark in given:
            if mark not in known and mark != default:
                raise ValueError(f"it has to be {words}, or `column: mark` for single columns")
        return value

    return BeforeValidator(check)


Delimiter = Annotated[str, BeforeValidator(_delimiter)]
Mark = Annotated[str, BeforeValidator(_mark)]
DecimalMarks = Annotated[str | dict[str, str], _marks((".", ","), ".")]
ThousandsMarks = Annotated[str | dict[str, str], _marks((".", ","), "")]


def mark_problems(
    quote: str, escape: str, delimiter: str, numbers: NumberFormats
) -> Iterator[tuple[str, str]]:
    """(setting, message) of marks that cannot be told apart."""
    if quote and quote == delimiter:
        yield "quote", f"quote and delimiter are both {quote!r}. Correct one of them."
    if escape and escape in (quote, delimiter):
        yield (
            "escape",
            f"escape {escape!r} is the quote or the delimiter too. Doubled quotes are understood "
            "without it: leave it out.",
        )
    for name, form in (("", numbers.default), *numbers.own.items()):
        if form.decimal == form.thousands:
            of = f" of {name!r}" if name else ""
            yield (
                "thousands",
                f"decimal and thousands{of} are both {form.decimal!r}. Say by `decimal` and "
                "`thousands` which mark is which.",
            )
