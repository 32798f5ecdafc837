"""Country, postal code, region and gender (sections 1.3, 2.1, 2.2)."""

import phonenumbers

from orchestration import sql
from orchestration.normalise import texts

REGIONS = tuple(sorted(phonenumbers.SUPPORTED_REGIONS))
"""ISO 3166-1 alpha-2 codes of places that have a numbering plan: everywhere that people live."""

# No counted repetition: of a class this large it makes the expression slow.
_POSTAL = r"[\p{L}\p{N}][\p{L}\p{N} .-]*"
_MALE = ("m", "male", "man", "м", "муж", "муж.", "мужской", "мужчина")
_FEMALE = ("f", "female", "w", "woman", "ж", "жен", "жен.", "женский", "женщина")


def country(value: str) -> str:
    """Upper-case alpha-2 of a trimmed `value`; names and unknown codes are rejected."""
    upper = f"upper({value})"
    return f"case when {sql.matches(upper, '|'.join(REGIONS))} then {upper} end"


def postal_code(value: str) -> str:
    """As written; what has no letter and no digit, or would be a formula, is rejected."""
    return f"case when {sql.matches(value, _POSTAL)} and length({value}) <= 16 then {value} end"


def meta_postal_code(value: str, country_code: str) -> str:
    """Lower case without spaces; of a US code the first five digits."""
    us = rf"nullif(regexp_extract({value}, '^([0-9]{{5}})(?:[ -]?[0-9]{{4}})?$', 1), '')"
    other = f"replace(lower({postal_code(value)}), ' ', '')"
    return f"case when {country_code} = 'US' then {us} else {other} end"


def five_digits(value: str) -> str:
    """A postal code of five digits, as written; every other is rejected."""
    return f"case when {sql.matches(value, '[0-9]{5}')} then {value} end"


def meta_region(lowered: str, country_code: str) -> str:
    """Lower case without spaces and punctuation; in the US only the two-letter code counts."""
    us = f"case when {sql.matches(lowered, '[a-z]{2}')} then {lowered} end"
    return f"case when {country_code} = 'US' then {us} else {texts.meta_place(lowered)} end"


def gender(value: str) -> str:
    """`m` or `f`, from what CRMs write in English and Russian; anything else is rejected."""
    words = {**dict.fromkeys(_MALE, "m"), **dict.fromkeys(_FEMALE, "f")}
    # Not `in`, which would become a join.
    branches = " ".join(f"when {sql.literal(word)} then '{sex}'" for word, sex in words.items())
    return f"case lower({value}) {branches} end"
