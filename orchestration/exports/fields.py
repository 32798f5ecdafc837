"""Fields that many destinations have, each with the normaliser that the destination names."""

from collections.abc import Callable
from dataclasses import replace

from orchestration import sql
from orchestration.exports.destination import Field, Permission
from orchestration.normalise import texts

ADVERTISING = ("ad_user_data", "ad_personalization")
"""Both purposes that an upload to an advertising platform needs."""

FOR_EMAIL = Permission(("email_marketing",), frozenset({"email"}))
FOR_CALLS = Permission(("call_marketing",), frozenset({"call"}))
# A phone beside an address makes an SMS profile in most mail tools: it needs its own consent.
FOR_SMS = Permission(("sms_marketing",), frozenset({"sms", "call"}))

Normaliser = Callable[[str], str]


def advertising(platform: str) -> Permission:
    """Consent to advertising, and no objection to it or to `platform`."""
    return Permission(ADVERTISING, frozenset({"advertising", platform}))


def email(header: str, normaliser: Normaliser | None = None) -> Field:
    """An address in lower case, or what `normaliser` makes of it."""
    shown = normaliser("email") if normaliser else "email"
    return Field(header, f"case when is_address then {shown} end", ("email", "is_address"))


def email_beside(header: str) -> Field:
    """An address in a file for calls: shown of those alone who granted e-mail, too."""
    return replace(email(header), permission=FOR_EMAIL)


def phone(header: str, *, plus: bool = True) -> Field:
    """A valid number with its country's calling code; digits only without `plus`."""
    return Field(header, "e164" if plus else "substr(e164, 2)", ("phone", "e164"))


def mobile(header: str, *, plus: bool = True) -> Field:
    """As `phone`, of numbers that can receive messages."""
    shown = "e164" if plus else "substr(e164, 2)"
    return Field(header, f"case when is_mobile then {shown} end", ("phone", "e164", "is_mobile"))


def name(header: str, column: str) -> Field:
    """A name as written: `column` is `first_name`, `last_name`, `company_name` or `city`."""
    return Field(header, texts.acceptable(column), (column,))


def full_name(header: str) -> Field:
    """First and last name, else the company's."""
    parts = f"{texts.acceptable('first_name')}, {texts.acceptable('last_name')}"
    person = f"nullif(concat_ws(' ', {parts}), '')"
    company = texts.company("company_name")
    return Field(
        header,
        f"coalesce({person}, {company})",
        ("last_name", "first_name", "company_name"),
    )


def company(header: str) -> Field:
    return Field(header, texts.company("company_name"), ("company_name",))


def country(header: str) -> Field:
    return Field(header, "country", ("country_text", "country"))


def of_segment(header: str, expression: str = "") -> Field:
    """A column of the segment, or an expression over its columns."""
    return Field(header, expression or header, of_segment=True)


def customer_id(label: str) -> Field:
    """The customer's id in the segment, by which a row is known again."""
    return Field("customer_id", "customer_id", of_segment=True, label=label)


def constant(header: str, text: str | None) -> Field:
    """The same in every row; an empty column without `text`."""
    shown = "cast(null as varchar)" if text is None else sql.literal(text)
    return Field(header, shown, of_segment=True, is_constant=True)


def hashed(*columns: Field) -> tuple[Field, ...]:
    return tuple(replace(column, hashed=True) for column in columns)
