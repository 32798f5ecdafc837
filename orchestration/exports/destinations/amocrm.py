"""amoCRM, an import of deals with their contacts (section 4 of the channel page).

Comma, semicolon or tab are detected and columns mapped by hand; a contact and a company have fields
of the same names there, so every header says whose it is. The importer reads it: no BOM, no
apostrophes. Source: amocrm.zendesk.com 207064336.
"""

from orchestration.exports import fields, tasks
from orchestration.exports.destination import Destination, FileClass

DESTINATION = Destination(
    name="amocrm",
    title="amoCRM deals",
    file_class=FileClass.UPLOAD,
    fields=(
        tasks.title("Сделка - название"),
        fields.of_segment("Сделка - бюджет", "value"),
        tasks.owner("Сделка - ответственный"),
        tasks.reason("Сделка - примечание"),
        fields.of_segment("Сделка - тег", "segment_code"),
        fields.full_name("Контакт - имя"),
        fields.phone("Контакт - телефон"),
        fields.email_beside("Контакт - e-mail"),
        fields.customer_id("Контакт - ID клиента"),
        fields.company("Компания - название"),
        tasks.due("Задача - срок"),
        tasks.key("Задача - ключ"),
    ),
    identifiers=(("Контакт - телефон",),),
    row_key="Задача - ключ",
    permission=fields.FOR_CALLS,
    one_currency=True,
    valid_days=7,
    contact_channel="call",
    options=tasks.options("ru"),
    adapt=tasks.adapted,
)
