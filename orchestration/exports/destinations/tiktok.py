"""TikTok customer file (section 2.3 of the channel page).

The header names the form of what stands below: `Email_SHA256`, or `Email` in a plain file. TikTok's
pages disagree on whether a phone is hashed with its `+`, and a header may stand three times: so
each number is there twice, once with and once without. Dots and tags of an address stay, as on the
newest page. CSV below 1 GB, at least 1,000 entries.
"""

from dataclasses import replace

from orchestration.exports import fields
from orchestration.exports.destination import Destination, FileClass

DESTINATION = Destination(
    name="tiktok",
    title="TikTok customer file",
    file_class=FileClass.UPLOAD,
    fields=(
        replace(fields.email("email"), hashed=True, label="Email", hashed_label="Email_SHA256"),
        replace(fields.phone("phone"), hashed=True, label="Phone", hashed_label="Phone_SHA256"),
        replace(
            fields.phone("phone_digits", plus=False),
            hashed=True,
            label="Phone",
            hashed_label="Phone_SHA256",
        ),
    ),
    identifiers=(("email",), ("phone", "phone_digits")),
    permission=fields.advertising("tiktok"),
    hashed=True,
    refuse_below=1000,
    warn_below=1000,
    most_bytes=10**9 - 1,
)
