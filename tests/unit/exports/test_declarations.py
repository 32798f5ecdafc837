"""What a destination has to declare, and what a company may set of it."""

from dataclasses import replace

import pytest

from orchestration.exports import DESTINATIONS, ExportError
from orchestration.exports.configured import configured
from orchestration.exports.destination import Field
from orchestration.exports.destinations import declared
from orchestration.exports.fields import of_segment

NAMES = {
    "amocrm",
    "bitrix24",
    "brevo",
    "call_list",
    "generic_csv",
    "google_customer_match",
    "hubspot_tasks",
    "klaviyo",
    "linkedin",
    "mailchimp",
    "meta_customer_list",
    "meta_value_list",
    "microsoft_advertising",
    "salesforce_campaign",
    "sendgrid",
    "sms_gateway",
    "tiktok",
    "unisender",
    "vk",
    "yandex_audience",
}


def test_all_channels_are_there() -> None:
    assert set(DESTINATIONS) == NAMES


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"identifiers": (("Mail",),)}, "names no column Mail"),
        ({"identifiers": ()}, "identifies a row"),
        ({"order_by": ("-worth",)}, "names no column worth"),
        ({"fields": (Field("email", "email"),)}, "needs"),
        ({"fields": (of_segment("email"), of_segment("email"))}, "two columns"),
    ],
)
def test_a_declaration_that_lacks_something_is_refused(
    changed: dict[str, object], message: str
) -> None:
    with pytest.raises(ExportError, match=message):
        declared(replace(DESTINATIONS["unisender"], **changed))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", sorted(DESTINATIONS))
def test_defaults_leave_a_destination_usable(name: str) -> None:
    made = configured(DESTINATIONS[name])
    assert declared(made) is made
    # Destinations are what runs are grouped by.
    assert hash(made) == hash(configured(DESTINATIONS[name]))
    assert made == configured(DESTINATIONS[name])


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("klaviyo", {"delimiter": ";"}, "has no option 'delimiter'. Options: none"),
        ("sms_gateway", {"plus_prefix": 1}, "is a bool, not int"),
        ("sms_gateway", {"encoding": "koi8-r"}, "is one of 'utf-8'"),
        ("call_list", {"owners": "anna@example.com"}, "is a dict, not str"),
        ("call_list", {"language": "de"}, "is one of 'en', 'ru'"),
    ],
)
def test_options_that_cannot_be_are_refused(
    name: str, options: dict[str, object], message: str
) -> None:
    with pytest.raises(ExportError, match=message):
        configured(DESTINATIONS[name], options=options)


def test_headers_that_are_the_channels_own_stay() -> None:
    with pytest.raises(ExportError, match="channel's own"):
        configured(DESTINATIONS["google_customer_match"], headers={"Email": "E-Mail"})


def test_a_mark_in_an_owners_name_stays_text() -> None:
    made = configured(DESTINATIONS["call_list"], options={"owners": {"m'1": "o'neill@example.com"}})
    (owner,) = [column for column in made.fields if column.header == "owner_email"]
    assert "'m''1'" in owner.sql
    assert "'o''neill@example.com'" in owner.sql
