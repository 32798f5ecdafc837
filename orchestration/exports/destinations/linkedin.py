"""LinkedIn contact list (section 2.4 of the channel page).

The template's headers must stay unchanged, and LinkedIn changes it from time to time: download it
from your account and name its columns, in its order, under `headers` of `destinations.yml`. What
stands here is the template as last described. 300 to 300,000 rows, at most 20 MB; names of 35
characters, companies of 50. E-mails as SHA-256, the rest plain. Source: mirrors of
linkedin.com/help/lms/answer/a1489764.
"""

from dataclasses import replace

from orchestration.exports import fields
from orchestration.exports.destination import Destination, FileClass

DESTINATION = Destination(
    name="linkedin",
    title="LinkedIn contact list",
    file_class=FileClass.UPLOAD,
    fields=(
        *fields.hashed(fields.email("email")),
        replace(fields.name("firstname", "first_name"), most_characters=35),
        replace(fields.name("lastname", "last_name"), most_characters=35),
        fields.constant("jobtitle", None),
        replace(fields.company("employeecompany"), most_characters=50),
        fields.country("country"),
    ),
    identifiers=(("email",),),
    permission=fields.advertising("linkedin"),
    hashed=True,
    refuse_below=300,
    warn_below=10_000,
    refuse_above=300_000,
    most_bytes=20 * 10**6,
    template=True,
)
