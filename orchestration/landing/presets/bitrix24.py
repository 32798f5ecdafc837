"""Bitrix24, beyond its declaration: the product rows of deals, and who an activity was with."""

from collections.abc import Sequence
from typing import Any

from orchestration.landing.api.preset import at
from orchestration.landing.api.stream import Api

Object = dict[str, Any]

_COMMANDS = 50
"""As many as one `batch` may hold."""
_OWNERS = {"3": "contact", "4": "company"}
_WON = "S"


def add_product_rows(deals: Sequence[Object], api: Api) -> None:
    """Gives every deal `product_rows`; those of deals that are not won are not asked for."""
    for deal in deals:
        deal["product_rows"] = []
    won = [deal for deal in deals if deal.get("STAGE_SEMANTIC_ID") == _WON]
    for first in range(0, len(won), _COMMANDS):
        some = won[first : first + _COMMANDS]
        commands = {f"d{d['ID']}": f"crm.deal.productrows.get?id={d['ID']}" for d in some}
        answer = api.call("POST", "batch.json", {"halt": 1, "cmd": commands})
        if at(answer, "result.result_error"):
            codes = {at(e, "error") for e in answer["result"]["result_error"].values()}
            raise api.login.problem(
                f"Bitrix24 does not give the products of deals ({', '.join(map(str, codes))}). "
                f"The webhook needs: {api.login.preset.rights}"
            )
        for deal in some:
            deal["product_rows"] = answer["result"]["result"][f"d{deal['ID']}"]


def add_customer(activities: Sequence[Object], _: Api) -> None:
    """Gives every activity `customer` (`contact:7`, `company:9`): its owner, else the first contact
    or company that it was with; None where it was with neither."""
    for activity in activities:
        sides = [(activity.get("OWNER_TYPE_ID"), activity.get("OWNER_ID"))]
        for side in activity.pop("COMMUNICATIONS", None) or ():
            sides.append((side.get("ENTITY_TYPE_ID"), side.get("ENTITY_ID")))
        activity["customer"] = next(
            (f"{_OWNERS[str(kind)]}:{who}" for kind, who in sides if str(kind) in _OWNERS and who),
            None,
        )
