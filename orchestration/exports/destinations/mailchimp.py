"""Mailchimp, an import of contacts (section 3 of the channel page).

A text holds 255 bytes (127 Cyrillic letters), a zip field five digits, a birthday MM/DD; what does
not fit is left out and counted. Nothing but ASCII may stand before the @. Choose the status
"subscribed" for the import, and do not update who has unsubscribed there. Source:
mailchimp.com/help/format-guidelines-for-your-import-file.
"""

from dataclasses import replace

from orchestration.exports import fields
from orchestration.exports.destination import Destination, Field, FileClass
from orchestration.normalise import emails, places

_TEXT = 255

DESTINATION = Destination(
    name="mailchimp",
    title="Mailchimp",
    file_class=FileClass.UPLOAD,
    fields=(
        fields.email("Email Address", emails.ascii_mailbox),
        replace(fields.name("First Name", "first_name"), most_bytes=_TEXT),
        replace(fields.name("Last Name", "last_name"), most_bytes=_TEXT),
        Field("Birthday", "strftime(birth_date, '%m/%d')", ("birth_date",)),
        Field("Zip Code", places.five_digits("postal_code"), ("postal_code",)),
        fields.country("Country"),
        fields.customer_id("Customer ID"),
        fields.of_segment("Segment", "segment_code"),
        fields.of_segment("Value", "value"),
        fields.of_segment("Currency", "currency"),
    ),
    identifiers=(("Email Address",),),
    permission=fields.FOR_EMAIL,
    contact_channel="e-mail",
)
