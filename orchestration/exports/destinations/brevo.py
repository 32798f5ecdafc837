"""Brevo, an import of contacts (section 3 of the channel page).

`EMAIL`, and `SMS` (with `+` and the calling code) for those who granted that too; `FIRSTNAME`,
`LASTNAME` and `EXT_ID` as Brevo calls them, further columns become attributes. UTF-8, comma,
semicolon or tab, at most 250 MB. Leave "empty attributes erase" off. Source: help.brevo.com
208729849.
"""

from dataclasses import replace

from orchestration.exports import fields
from orchestration.exports.destination import Destination, FileClass, Option

DESTINATION = Destination(
    name="brevo",
    title="Brevo",
    file_class=FileClass.UPLOAD,
    fields=(
        fields.email("EMAIL"),
        replace(fields.mobile("SMS"), permission=fields.FOR_SMS),
        fields.name("FIRSTNAME", "first_name"),
        fields.name("LASTNAME", "last_name"),
        fields.customer_id("EXT_ID"),
        fields.of_segment("SEGMENT", "segment_code"),
        fields.of_segment("VALUE", "value"),
        fields.of_segment("CURRENCY", "currency"),
    ),
    identifiers=(("EMAIL",),),
    permission=fields.FOR_EMAIL,
    most_bytes=250 * 10**6,
    contact_channel="e-mail",
    options=(Option("delimiter", ",", "what stands between cells", (",", ";", "\t")),),
)
