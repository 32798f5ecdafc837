"""VK Реклама, lists of users (section 2.8 of the channel page).

One kind of identifier per list: a file of phones (digits only, with the calling code) and one of
e-mails, each with the column `id` and every identifier once. MD5 as the engine has long taken it;
newer accounts take SHA-256, `algorithm` chooses. 2,000 to 5,000,000 rows, at most 128 MB; a list
that is not used for 60 days is deleted there, so uploads are renewed before. Source:
target.my.com/help/advertisers/sourceuserlists; check minimum and algorithm in your account.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from orchestration.exports import fields
from orchestration.exports.destination import Destination, FileClass, Layout, Option


def _with_algorithm(destination: Destination, options: Mapping[str, Any]) -> Destination:
    return replace(destination, algorithm=options["algorithm"])


DESTINATION = Destination(
    name="vk",
    title="VK",
    file_class=FileClass.UPLOAD,
    fields=tuple(
        replace(column, hashed=True, label="id")
        for column in (fields.phone("phone", plus=False), fields.email("email"))
    ),
    identifiers=(("phone",), ("email",)),
    permission=fields.advertising("vk"),
    hashed=True,
    algorithm="md5",
    refuse_below=2000,
    warn_below=2000,
    refuse_above=5_000_000,
    most_bytes=128 * 10**6,
    layouts=(Layout(only="phone"), Layout(only="email")),
    options=(Option("algorithm", "md5", "how identifiers are hashed", ("md5", "sha256")),),
    adapt=_with_algorithm,
)
