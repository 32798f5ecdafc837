"""Meta customer list (section 2.2 of the channel page).

Lower-case headers; every cell as SHA-256, since the file crosses hands before it is uploaded (a
plain file would be hashed by the browser; `hashed: {meta_customer_list: false}` beside a segment
asks for one). No `value`: a list bound to a plain audience refuses it. No birth date: the accepted
forms are for plain files only, and it adds little to a match.
"""

from orchestration.exports.destination import Destination, Field, FileClass, Permission
from orchestration.normalise import places, texts

DESTINATION = Destination(
    name="meta_customer_list",
    title="Meta customer list",
    file_class=FileClass.UPLOAD,
    fields=(
        Field("email", "case when is_address then email end", ("email", "is_address"), hashed=True),
        Field("phone", "substr(e164, 2)", ("phone", "e164"), hashed=True),
        Field(
            "fn",
            texts.meta_name("first_name_lower"),
            ("first_name", "first_name_lower"),
            hashed=True,
        ),
        Field(
            "ln", texts.meta_name("last_name_lower"), ("last_name", "last_name_lower"), hashed=True
        ),
        Field("ct", texts.meta_place("city_lower"), ("city", "city_lower"), hashed=True),
        Field(
            "st",
            places.meta_region("region_lower", "country"),
            ("region", "region_lower", "country"),
            hashed=True,
        ),
        Field("country", "lower(country)", ("country_text", "country"), hashed=True),
        Field(
            "zip",
            places.meta_postal_code("postal_code", "country"),
            ("postal_code", "country"),
            hashed=True,
        ),
        Field("gen", places.gender("gender"), ("gender",), hashed=True),
    ),
    identifiers=(("email",), ("phone",)),
    permission=Permission(
        ("ad_user_data", "ad_personalization"), frozenset({"advertising", "meta"})
    ),
    hashed=True,
    refuse_below=100,
    warn_below=1000,
)
