"""A list for an SMS gateway (section 3 of the channel page): `phone`, `first_name`, `text`.

Gateways differ: whether a number begins with `+`, what stands between cells, whether there is a
header and in which encoding are options. Mobile numbers only. `text` is the message, the same for
everyone; leave it out to write it in the gateway. A segment holds 70 characters in Cyrillic
(UCS-2), 160 in GSM-7. Mind the quiet hours of the customers' time zones.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from orchestration.exports import fields
from orchestration.exports.destination import Destination, FileClass, Option
from orchestration.exports.model import ExportError

_ENCODINGS = ("utf-8", "windows-1251", "windows-1252")


def _adapted(destination: Destination, options: Mapping[str, Any]) -> Destination:
    text = options["text"]
    try:
        text.encode(options["encoding"])
    except UnicodeEncodeError as error:
        raise ExportError(
            f"The text of sms_gateway cannot be written in {options['encoding']}: "
            f"{text[error.start]!r}. Choose another encoding."
        ) from None
    columns = (
        fields.mobile("phone", plus=options["plus_prefix"]),
        fields.name("first_name", "first_name"),
        *((fields.constant("text", text),) if text else ()),
    )
    return replace(destination, fields=columns, has_header=options["header"])


DESTINATION = Destination(
    name="sms_gateway",
    title="SMS gateway",
    file_class=FileClass.UPLOAD,
    fields=(fields.mobile("phone"), fields.name("first_name", "first_name")),
    identifiers=(("phone",),),
    permission=fields.FOR_SMS,
    contact_channel="sms",
    options=(
        Option("plus_prefix", True, "whether numbers begin with +", (True, False)),
        Option("header", True, "whether the first line names the columns", (True, False)),
        Option("delimiter", ",", "what stands between cells", (",", ";", "\t")),
        Option("encoding", "utf-8", "how letters are written", _ENCODINGS),
        Option("text", "", "the message, the same for everyone"),
    ),
    adapt=_adapted,
)
