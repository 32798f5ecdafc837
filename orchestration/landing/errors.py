"""What can be wrong with a delivery: reasons for rows, one clear message for everything else."""

from collections.abc import Sequence
from enum import StrEnum


class Reason(StrEnum):
    """Why a record was rejected. A closed list: models and reports group by it."""

    MISSING_REQUIRED = "missing_required"
    WRONG_TYPE = "wrong_type"
    NOT_ACCEPTED = "not_accepted"
    NOT_POSITIVE = "not_positive"
    WRONG_COLUMN_COUNT = "wrong_column_count"
    BROKEN_QUOTE = "broken_quote"
    BROKEN_RECORD = "broken_record"
    """A line of a JSON lines file that is not a JSON object."""
    BAD_ENCODING = "bad_encoding"
    TOO_LONG = "too_long"


class LandingError(RuntimeError):
    """The run cannot go on; every problem says what, where (file, line, column) and the remedy.

    Nothing that was published or landed before is touched. Values of personal columns are masked.
    """

    def __init__(self, *problems: str) -> None:
        self.problems: tuple[str, ...] = problems
        super().__init__("\n".join(problems))


class NoFileError(LandingError):
    """A source has no file at its path."""


MASK = "***"


def shown(value: object, personal: bool) -> str:
    """A value as a message may show it: masked where personal, cut where long."""
    if personal:
        return MASK
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def listed(names: Sequence[str], limit: int = 20) -> str:
    """`a, b, c` for a message; what is beyond `limit` is only counted."""
    more = len(names) - limit
    return ", ".join(names[:limit]) + (f" and {more} more" if more > 0 else "")
