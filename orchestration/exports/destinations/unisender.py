"""Unisender, an import of contacts (section 3 of the channel page).

`email`, and `phone` (digits with the calling code) for those who granted messages too; `Name` is
what its templates greet with, further columns are the account's own fields. UTF-8, at most 20 MB.
New addresses get the status "new" there; addresses of roles (info@, sales@) are flagged by it.
Source: unisender.com support, importContacts.
"""

from dataclasses import replace

from orchestration.exports import fields
from orchestration.exports.destination import Destination, FileClass

DESTINATION = Destination(
    name="unisender",
    title="Unisender",
    file_class=FileClass.UPLOAD,
    fields=(
        fields.email("email"),
        replace(fields.mobile("phone", plus=False), permission=fields.FOR_SMS),
        fields.name("Name", "first_name"),
        fields.name("Surname", "last_name"),
        fields.of_segment("customer_id"),
        fields.of_segment("segment_code"),
        fields.of_segment("value"),
        fields.of_segment("currency"),
    ),
    identifiers=(("email",),),
    permission=fields.FOR_EMAIL,
    most_bytes=20 * 10**6,
    contact_channel="e-mail",
)
