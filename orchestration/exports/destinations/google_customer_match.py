"""Google Ads Customer Match, upload in the account (section 2.1 of the channel page).

Exact English headers; e-mail, phone and names as SHA-256 in lower-case hex, country and postal
code never hashed. The file has no consent column: consent is set for the whole list, so only
people with both consents are in it. Address match needs all four address columns.
Sources: support.google.com/google-ads/answer/7659867 and 7474263; normalisers as in
googleads/data-manager-python `google/ads/datamanager_util/format.py`.
"""

from orchestration.exports.destination import Destination, Field, FileClass, Permission
from orchestration.normalise import emails, places, texts

_ADDRESS = ("First Name", "Last Name", "Country", "Zip")

DESTINATION = Destination(
    name="google_customer_match",
    title="Google Ads Customer Match",
    file_class=FileClass.UPLOAD,
    fields=(
        Field(
            "Email",
            f"case when is_address then {emails.google('email')} end",
            ("email", "is_address"),
            hashed=True,
        ),
        Field("Phone", "e164", ("phone", "e164"), hashed=True),
        Field(
            "First Name",
            texts.google_first_name("first_name_lower"),
            ("first_name", "first_name_lower"),
            hashed=True,
        ),
        Field(
            "Last Name",
            texts.google_last_name("last_name_lower"),
            ("last_name", "last_name_lower"),
            hashed=True,
        ),
        Field("Country", "country", ("country_text", "country")),
        Field("Zip", places.postal_code("postal_code"), ("postal_code",)),
    ),
    identifiers=(("Email",), ("Phone",), _ADDRESS),
    together=_ADDRESS,
    permission=Permission(
        ("ad_user_data", "ad_personalization"), frozenset({"advertising", "google"})
    ),
    hashed=True,
    # Minimum active sizes of section 2.1; Google lowers them from time to time.
    refuse_below=100,
    warn_below=1000,
)
