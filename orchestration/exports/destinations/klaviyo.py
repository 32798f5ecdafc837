"""Klaviyo, a list of profiles (section 3 of the channel page).

The first column is the e-mail; consent is chosen once for the whole file, so only people who
granted e-mail marketing are in it, and no phone, which would be taken with that consent. Every
other column becomes a property of the profile; dates are ISO. At most 50 MB. Pause welcome flows
before an import. Source: help.klaviyo.com 115005078967.
"""

from orchestration.exports import fields
from orchestration.exports.destination import Destination, FileClass

DESTINATION = Destination(
    name="klaviyo",
    title="Klaviyo",
    file_class=FileClass.UPLOAD,
    fields=(
        fields.email("Email"),
        fields.name("First Name", "first_name"),
        fields.name("Last Name", "last_name"),
        fields.country("Country"),
        fields.of_segment("customer_id"),
        fields.of_segment("segment_code"),
        fields.of_segment("value"),
        fields.of_segment("currency"),
        fields.of_segment("last_order_date"),
    ),
    identifiers=(("Email",),),
    permission=fields.FOR_EMAIL,
    most_bytes=50 * 10**6,
    contact_channel="e-mail",
)
