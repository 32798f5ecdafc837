"""A plain list for mail tools: one customer per row, as most importers take it at first upload.

UTF-8 without BOM, comma, RFC 4180 quotes (sections 1.1 and 3 of the channel page). Class
`upload`: a machine reads it, so a bad value is left out, never altered.
"""

from orchestration.exports.destination import Destination, Field, FileClass, Permission
from orchestration.normalise import texts

# A phone beside an address makes an SMS profile in most mail tools: it needs its own consent.
_SMS = Permission(("sms_marketing",), frozenset({"sms", "call"}))

DESTINATION = Destination(
    name="generic_csv",
    title="CSV for mail tools",
    file_class=FileClass.UPLOAD,
    fields=(
        Field("customer_id", "customer_id", of_segment=True),
        Field("email", "case when is_address then email end", ("email", "is_address")),
        Field("phone_e164", "e164", ("phone", "e164"), permission=_SMS),
        Field("first_name", texts.acceptable("first_name"), ("first_name",)),
        Field("last_name", texts.acceptable("last_name"), ("last_name",)),
        Field("country", "country", ("country_text", "country")),
        Field("segment_code", "segment_code", of_segment=True),
        Field("value", "value", of_segment=True),
        Field("currency", "currency", of_segment=True),
        Field("suggested_action_en", "suggested_action_en", of_segment=True),
        Field("suggested_action_ru", "suggested_action_ru", of_segment=True),
    ),
    identifiers=(("email",),),
    permission=Permission(("email_marketing",), frozenset({"email"})),
    contact_channel="e-mail",
)
