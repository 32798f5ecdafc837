"""SendGrid Marketing Campaigns, an upload of contacts (section 3 of the channel page).

Headers are letters, digits and `_`, lower case; `email` identifies, `phone_number_id` (E.164) is
there for those who granted messages too; further columns are custom fields, to be made before. At
most 1,000,000 rows or 5 GB. Suppressions are a list of their own there, and who is added again is
billed. Source: twilio.com/docs/sendgrid, formatting a CSV.
"""

from dataclasses import replace

from orchestration.exports import fields
from orchestration.exports.destination import Destination, Field, FileClass
from orchestration.normalise import places

DESTINATION = Destination(
    name="sendgrid",
    title="SendGrid",
    file_class=FileClass.UPLOAD,
    fields=(
        fields.email("email"),
        replace(fields.mobile("phone_number_id"), permission=fields.FOR_SMS),
        fields.customer_id("external_id"),
        fields.name("first_name", "first_name"),
        fields.name("last_name", "last_name"),
        fields.name("city", "city"),
        Field("postal_code", places.postal_code("postal_code"), ("postal_code",)),
        fields.country("country"),
        fields.of_segment("segment_code"),
        fields.of_segment("value"),
        fields.of_segment("currency"),
    ),
    identifiers=(("email",),),
    permission=fields.FOR_EMAIL,
    refuse_above=1_000_000,
    most_bytes=5 * 10**9,
    contact_channel="e-mail",
)
