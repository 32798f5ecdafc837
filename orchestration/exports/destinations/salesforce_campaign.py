"""Salesforce, campaign members by the Data Import Wizard (section 4 of the channel page).

Campaign, the contact's external id and the member's status; nothing personal leaves. The external
id is our customer id: it must be a unique external id there, and ids that differ by case alone are
one to it. At most 50,000 records and 100 MB. `campaign` names the campaign (id or name); by default
it is the segment's code. Source: help.salesforce.com, for_campaign_members.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from orchestration.exports import fields
from orchestration.exports.destination import BY_CUSTOMER, Destination, FileClass, Option


def _adapted(destination: Destination, options: Mapping[str, Any]) -> Destination:
    campaign = fields.of_segment("Campaign", "segment_code")
    if options["campaign"]:
        campaign = fields.constant("Campaign", options["campaign"])
    status = fields.constant("Member Status", options["member_status"])
    return replace(
        destination,
        fields=(campaign, fields.customer_id("External ID"), status),
    )


DESTINATION = Destination(
    name="salesforce_campaign",
    title="Salesforce campaign members",
    file_class=FileClass.UPLOAD,
    fields=(
        fields.of_segment("Campaign", "segment_code"),
        fields.customer_id("External ID"),
        fields.constant("Member Status", "Sent"),
    ),
    identifiers=(BY_CUSTOMER,),
    permission=fields.FOR_EMAIL,
    refuse_above=50_000,
    most_bytes=100 * 10**6,
    contact_channel="e-mail",
    options=(
        Option("campaign", "", "the campaign's id or name; empty: the segment's code"),
        Option("member_status", "Sent", "the status that new members get"),
    ),
    adapt=_adapted,
)
