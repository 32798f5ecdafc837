"""HubSpot, an import of tasks (section 4 of the channel page).

One sheet, a header row, UTF-8, at most 1,048,576 rows; 20 MB without a paid plan. Tasks that are
there cannot be updated: the same file again makes everything twice, so export this with the sync
mode `append`, which sends only new rows. Owners are named by e-mail (`owners` gives it of a
manager's id) and are not told of an import. The contact is found by its e-mail, or by the customer
id.
Source: knowledge.hubspot.com, set up your import file.
"""

from orchestration.exports import fields, tasks
from orchestration.exports.destination import BY_CUSTOMER, Destination, FileClass

DESTINATION = Destination(
    name="hubspot_tasks",
    title="HubSpot tasks",
    file_class=FileClass.UPLOAD,
    fields=(
        tasks.title("Task Title"),
        fields.constant("Task Type", "CALL"),
        tasks.due("Due Date"),
        tasks.priority("Priority"),
        fields.constant("Task Status", "NOT_STARTED"),
        tasks.owner("Assigned To"),
        tasks.reason("Notes"),
        fields.email_beside("Email"),
        fields.customer_id("Customer ID"),
        fields.of_segment("Segment", "segment_code"),
        tasks.key("Task Key"),
    ),
    identifiers=(BY_CUSTOMER,),
    row_key="Task Key",
    permission=fields.FOR_CALLS,
    refuse_above=1_048_575,
    most_bytes=20 * 10**6,
    valid_days=7,
    contact_channel="call",
    options=tasks.OPTIONS,
    adapt=tasks.adapted,
)
