"""Campaigns that no export can measure: who was treated is known of what was exported alone."""

from collections.abc import Sequence

import duckdb

from orchestration.exports.model import SegmentExport
from orchestration.landing.errors import listed


def unmeasured(
    connection: duckdb.DuckDBPyConnection, exports: Sequence[SegmentExport]
) -> list[str]:
    """One message per segment and destination that campaigns name and no export goes to.

    A campaign that an export names itself is measured by that, whatever it says. Reads
    `marts.campaign_results`.
    """
    goes_to: dict[str, list[str]] = {}
    for export in exports:
        goes_to.setdefault(export.segment, []).append(export.destination)
    own = {export.campaign for export in exports}
    named: dict[tuple[str, str], list[str]] = {}
    for segment, destination, campaign in connection.execute(
        "select coalesce(segment, 'no segment'), coalesce(destination, 'no destination'), "
        "campaign_id from marts.campaign_results where dimension_name = 'all' order by all"
    ).fetchall():
        if campaign not in own and destination not in goes_to.get(segment, ()):
            named.setdefault((segment, destination), []).append(campaign)
    return [
        f"{listed(campaigns)}: campaigns for {segment} at {destination}, to which nothing is "
        f"exported, so nobody was held out of them. {_remedy(segment, goes_to)}"
        for (segment, destination), campaigns in named.items()
    ]


def _remedy(segment: str, goes_to: dict[str, list[str]]) -> str:
    if segment in goes_to:
        return f"{segment} goes to {', '.join(goes_to[segment])}."
    return "There is no such segment."
