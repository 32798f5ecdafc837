"""A call list for managers, for people in Excel (section 4 of the channel page).

Class `review`: UTF-8 with BOM, text guarded against formulas, phones without a leading `+`; the
same list as a workbook beside it. By owner, then by when it is due, then the most valuable first.
`owner_email` shows the manager's id unless `owners` says whose address that is. `task_key` stays
the same for a customer, a segment and a month. The address is there for those who granted e-mail,
too.
"""

from orchestration.exports import fields, tasks
from orchestration.exports.destination import Destination, FileClass, FileFormat, Layout, Option

DESTINATION = Destination(
    name="call_list",
    title="Call list for managers",
    file_class=FileClass.REVIEW,
    fields=(
        tasks.title("task_title"),
        tasks.due("due_date"),
        tasks.priority("priority"),
        tasks.owner("owner_email"),
        fields.of_segment("customer_id"),
        fields.full_name("customer_name"),
        fields.phone("phone", plus=False),
        fields.email_beside("email"),
        fields.of_segment("segment_code"),
        tasks.reason("reason"),
        fields.of_segment("last_order_date"),
        fields.of_segment("value"),
        fields.of_segment("currency"),
        tasks.title("suggested_action"),
        fields.constant("note", None),
        tasks.key("task_key"),
    ),
    identifiers=(("phone",),),
    row_key="task_key",
    permission=fields.FOR_CALLS,
    valid_days=7,
    contact_channel="call",
    layouts=(Layout(), Layout(FileFormat.XLSX)),
    order_by=("owner_email", "due_date", "-value"),
    options=(
        *tasks.OPTIONS,
        Option("delimiter", ",", "what stands between cells; Russian Excel wants ;", (",", ";")),
    ),
    adapt=tasks.adapted,
)
