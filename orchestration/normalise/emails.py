"""E-mail addresses: what is one, and what each channel makes of it (section 1.3)."""

from orchestration import sql
from orchestration.normalise import texts

# Any letters may stand before and after the @ (addresses are international), nothing invisible
# (\p{C} covers zero-width and control characters, \p{Z} every space), one @, a dotted domain.
_LOCAL = r'[^\p{Z}\p{C}@,;:<>()\[\]\\"]'
_LABEL = r"[\p{L}\p{M}\p{N}](?:[\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?"
_ADDRESS = (
    rf"{_LOCAL}*[\p{{L}}\p{{N}}]{_LOCAL}*@(?:{_LABEL}\.)+\p{{L}}[\p{{L}}\p{{M}}\p{{N}}-]*"
    r"[\p{L}\p{M}\p{N}]"
)
# What most addresses consist of: these are one whatever else holds, and clean as they stand.
_PLAIN_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_PLAIN = rf"[A-Za-z0-9][A-Za-z0-9._%+'-]*@(?:{_PLAIN_LABEL}\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]"


def is_plain(value: str) -> str:
    """Whether `value` as given is clean and, but for its length, an address."""
    return sql.matches(value, _PLAIN)


def is_short(value: str) -> str:
    """Whether an address has no more than RFC 5321 allows: 64 before the @, 254 in all."""
    return f"(strlen({value}) <= 254 and strpos({value}, '@') <= 65)"


def is_address(value: str) -> str:
    """Whether a canonical `value` is an address that may be uploaded.

    Inner white space, several addresses in one cell, quoted local parts, a leading `=` and words of
    mixed scripts are rejected, and what is too long (`is_short`).
    """
    return (
        f"({sql.matches(value, _ADDRESS)} and left({value}, 1) <> '=' and {is_short(value)} "
        f"and not {texts.mixed_scripts(value)})"
    )


def ascii_mailbox(value: str) -> str:
    """NULL where something else than ASCII stands before the @, which some mail tools refuse."""
    return f"case when {sql.matches(value, '[!-?A-~]+@.*')} then {value} end"


def latin(value: str) -> str:
    """NULL where anything but ASCII stands in the address."""
    return f"case when {sql.matches(value, '[!-~]+')} then {value} end"


def google(value: str) -> str:
    """For gmail.com and googlemail.com alone: no dots and no `+tag` before the @.

    NULL when nothing is left there.
    """
    mailbox = f"nullif(replace(split_part(split_part({value}, '@', 1), '+', 1), '.', ''), '')"
    return (
        f"case when suffix({value}, '@gmail.com') or suffix({value}, '@googlemail.com') "
        f"then {mailbox} || '@' || split_part({value}, '@', 2) else {value} end"
    )


def mailbox(value: str) -> str:
    """The key under which objections are compared: one for every spelling of a Google mailbox."""
    return f"replace({google(value)}, '@googlemail.com', '@gmail.com')"
