"""Microsoft Advertising, bulk file of a customer list (section 2.5 of the channel page).

The header, a row with the format's version, one row for the list with what to do (replace, add or
remove), then one item per address; only SHA-256 of e-mails is taken, plain ones are refused. A list
is new (a negative id, action Add) until the option `lists` names its id in the account. The terms
of customer match must have been accepted there. Below 300 matched people a list is not served.
Source: MicrosoftDocs/Advertising, bulk-service/customer-list-item.md.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from orchestration.exports import fields
from orchestration.exports.destination import Destination, FileClass, Option

_NEW = "-10"


def _with_lists(destination: Destination, options: Mapping[str, Any]) -> Destination:
    ids = tuple(sorted((str(name), str(number)) for name, number in options["lists"].items()))
    return replace(destination, audience_ids=ids)


DESTINATION = Destination(
    name="microsoft_advertising",
    title="Microsoft Advertising customer list",
    file_class=FileClass.UPLOAD,
    fields=(
        fields.constant("Type", "Customer List Item"),
        fields.constant("Status", None),
        fields.constant("Id", None),
        fields.constant("Parent Id", "{id}"),
        fields.constant("Client Id", None),
        fields.constant("Modified Time", None),
        fields.constant("Name", None),
        fields.constant("Description", None),
        fields.constant("Scope", None),
        fields.constant("Audience", None),
        fields.constant("Action Type", None),
        fields.constant("Sub Type", "Email"),
        *fields.hashed(fields.email("Text")),
    ),
    identifiers=(("Text",),),
    permission=fields.advertising("microsoft"),
    hashed=True,
    refuse_below=300,
    warn_below=1000,
    preamble=(
        ("Format Version", "", "", "", "", "", "6.0", "", "", "", "", "", ""),
        (
            "Customer List", "Active", "{id}", "", "", "", "", "", "Customer",
            "{audience}", "{action}", "", "",
        ),
    ),
    new_audience_id=_NEW,
    options=(Option("lists", {}, "audience → id of the list in the account"),),
    adapt=_with_lists,
)  # fmt: skip
