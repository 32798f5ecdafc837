"""Why a value that was given is not shown: SQL over the values of people, raw and normalised.

`raw_<n>` is what the n-th person's field of a destination would show, trimmed and composed.
"""

from orchestration import sql
from orchestration.exports.destination import Destination, Field
from orchestration.exports.model import Reason
from orchestration.normalise import phones, texts

REJECTED = "rejected"
NOT_PERMITTED = "not_permitted"
TOO_LONG = "too_long"
INCOMPLETE_ADDRESS = "incomplete_address"
"""The value is sound, but the channel takes it only together with others that are missing."""
BLANKS = (
    REJECTED,
    Reason.FORMULA_LIKE,
    NOT_PERMITTED,
    Reason.MIXED_SCRIPTS,
    TOO_LONG,
    Reason.PLACEHOLDER,
    Reason.NO_COUNTRY,
    INCOMPLETE_ADDRESS,
)
"""Reasons for an empty cell; a field's takes `BITS` bits, in which 0 says that nothing is wrong."""
_NUMBERS = {reason: number for number, reason in enumerate(BLANKS, start=1)}

BITS = 4


def of_identifier(place: int, column: Field) -> str:
    """Why the identifier `column` was refused, of rows where something was given."""
    return _why(f"raw_{place}", column, f"'invalid_{column.needs[0]}'", named=True)


def of_blank(place: int, column: Field, permitted: str, *, is_of_several: bool) -> str:
    """The place in `BLANKS`, from 1, of why `column` is empty, shifted to the field's own bits.

    `was_<n>`, of a column `is_of_several` that are shown together, tells that it was sound itself.
    """
    why = _why(f"raw_{place}", column, str(_NUMBERS[REJECTED]), named=False)
    if is_of_several:
        why = f"case when was_{place} then {_NUMBERS[INCOMPLETE_ADDRESS]} else {why} end"
    if column.permission is not None:
        why = f"case when not {permitted} then {_NUMBERS[NOT_PERMITTED]} else {why} end"
    empty = f"raw_{place} is not null and {sql.quoted(column.header)} is null"
    return f"case when {empty} then cast({why} as bigint) << {BITS * place} else 0 end"


def counted(bits: int, place: int) -> str | None:
    """The reason in `bits` for which the field at `place` is empty; None where it is not."""
    number = (bits >> BITS * place) & ((1 << BITS) - 1)
    return BLANKS[number - 1] if number else None


def _why(raw: str, column: Field, otherwise: str, *, named: bool) -> str:
    branches: list[tuple[str, str]] = [
        (Reason.FORMULA_LIKE, f"regexp_matches({raw}, '^{texts.FORMULA_START}')")
    ]
    if column.needs[0] == "phone":
        branches += [
            (Reason.PLACEHOLDER, phones.is_placeholder_like(raw)),
            (Reason.NO_COUNTRY, phones.lacks_country(raw, "given_country")),
        ]
        if named and "is_mobile" in column.needs:
            branches.append((Reason.NOT_MOBILE, "given_e164 is not null"))
    else:
        branches.append((Reason.MIXED_SCRIPTS, texts.mixed_scripts(raw)))
    if named and column.needs[0] == "email":
        branches.append((Reason.INNER_SPACE, rf"regexp_matches({raw}, '[\s\p{{Z}}]')"))
    limits = [
        f"{length}({raw}) > {most}"
        for length, most in (
            ("strlen", column.most_bytes),
            ("length", column.most_characters),
        )
        if most
    ]
    if limits and not named:
        branches.append((TOO_LONG, " or ".join(limits)))
    cases = " ".join(
        f"when {condition} then {sql.literal(reason) if named else _NUMBERS[reason]}"
        for reason, condition in branches
    )
    return f"case {cases} else {otherwise} end"


def reason_columns(destination: Destination) -> tuple[str, ...]:
    """Columns of `people` that tell why a value was refused; they are called `given_<column>`."""
    of_phones = [column for column in destination.fields if column.needs[:1] == ("phone",)]
    return ("country", "e164") if of_phones else ()
