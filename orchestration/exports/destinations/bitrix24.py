"""Битрикс24, an import of leads for repeat sales (section 4 of the channel page).

Headers as in the sample file of its import dialogue, matched by hand where an account calls them
otherwise; the delimiter is chosen there too, the encoding is detected. Duplicates are found by
name, phone and e-mail; booleans are Y and N; empty rows are refused. The importer reads it, so it
has no BOM and no apostrophes, and phones keep their `+`. Source: helpdesk.bitrix24.pl 11009548.
"""

from orchestration.exports import fields, tasks
from orchestration.exports.destination import Destination, FileClass, Option

DESTINATION = Destination(
    name="bitrix24",
    title="Bitrix24 leads",
    file_class=FileClass.UPLOAD,
    fields=(
        tasks.title("Название лида"),
        fields.name("Имя", "first_name"),
        fields.name("Фамилия", "last_name"),
        fields.company("Название компании"),
        fields.phone("Рабочий телефон"),
        fields.email_beside("Рабочий e-mail"),
        tasks.owner("Ответственный"),
        fields.of_segment("Сумма", "value"),
        fields.of_segment("Валюта", "currency"),
        tasks.reason("Комментарий"),
        fields.constant("Доступен для всех", "N"),
        fields.customer_id("ID клиента"),
        fields.of_segment("Сегмент", "segment_code"),
        tasks.due("Срок"),
        tasks.key("Ключ задачи"),
    ),
    identifiers=(("Рабочий телефон",),),
    row_key="Ключ задачи",
    permission=fields.FOR_CALLS,
    valid_days=7,
    contact_channel="call",
    delimiter=";",
    options=(
        *tasks.options("ru"),
        Option("delimiter", ";", "what stands between cells", (";", ",", "\t")),
    ),
    adapt=tasks.adapted,
)
