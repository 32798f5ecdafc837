"""Яндекс Аудитории, a segment of contacts (section 2.7 of the channel page).

Phone (digits only, with the calling code) and e-mail (lower case, Latin only), each hashed by
itself with SHA-256: choose "hashed data" and SHA-256 when the segment is made; new MD5 ones are
refused since 2025-01-01. At least 100 records, at most 1 GB. Our own ids are not needed there and
stay here. Source: yandex.com/support2/audience/en/file.
"""

from orchestration.exports import fields
from orchestration.exports.destination import Destination, FileClass
from orchestration.normalise import emails

DESTINATION = Destination(
    name="yandex_audience",
    title="Yandex Audience",
    file_class=FileClass.UPLOAD,
    fields=fields.hashed(
        fields.phone("phone", plus=False),
        fields.email("email", emails.latin),
    ),
    identifiers=(("phone",), ("email",)),
    permission=fields.advertising("yandex"),
    hashed=True,
    refuse_below=100,
    warn_below=1000,
    most_bytes=10**9,
)
