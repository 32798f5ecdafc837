"""HubSpot, beyond its declaration: what is associated with the objects that a search gives."""

from collections.abc import Iterator, Sequence
from typing import Any

from orchestration.landing.api.preset import at
from orchestration.landing.api.stream import Api

Object = dict[str, Any]

_INPUTS = 1000
"""As many objects as one question for associations may name …"""
_OBJECTS = 100
"""… and one for the objects themselves."""
_LINE = ("name", "quantity", "price", "amount", "hs_product_id", "hs_cost_of_goods_sold")


def complete_deals(deals: Sequence[Object], api: Api) -> None:
    """Gives every deal `company_id` and `contact_id` (the primary one, else the first; None where
    there is none), and every deal that is won its `lines`."""
    ids = [deal["id"] for deal in deals]
    companies = _associated(api, "deals", "companies", ids)
    contacts = _associated(api, "deals", "contacts", ids)
    won = [deal["id"] for deal in deals if at(deal, "properties.hs_is_closed_won") == "true"]
    lines = _associated(api, "deals", "line_items", won)
    wanted = [line for found in lines.values() for line in found]
    by_id = {line["id"]: line for line in _line_items(api, wanted)}
    for deal in deals:
        deal["company_id"] = next(iter(companies.get(deal["id"], ())), None)
        deal["contact_id"] = next(iter(contacts.get(deal["id"], ())), None)
        deal["lines"] = [by_id[one] for one in lines.get(deal["id"], ()) if one in by_id]


def add_contacts(things: Sequence[Object], api: Api) -> None:
    """Gives every call, e-mail or meeting the list `contacts` of those it was with."""
    kind = api.path.split("/")[3]
    contacts = _associated(api, kind, "contacts", [thing["id"] for thing in things])
    for thing in things:
        thing["contacts"] = [{"id": one} for one in contacts.get(thing["id"], ())]


def _associated(api: Api, kind: str, other: str, ids: Sequence[str]) -> dict[str, list[str]]:
    """Id → ids of the objects of the other kind, primary ones first."""
    found: dict[str, list[tuple[bool, int]]] = {}
    asked = [{"id": one} for one in ids]
    while asked:
        some, asked = asked[:_INPUTS], asked[_INPUTS:]
        answer = api.call(
            "POST", f"crm/v4/associations/{kind}/{other}/batch/read", {"inputs": some}
        )
        for result in answer["results"]:
            one = str(result["from"]["id"])
            found.setdefault(one, []).extend(map(_target, result["to"]))
            after = at(result, "paging.next.after")
            if after:
                asked.append({"id": one, "after": after})
    return {one: [str(to) for _, to in sorted(targets)] for one, targets in found.items()}


def _target(to: Object) -> tuple[bool, int]:
    """(is not the primary one, id)."""
    labels = {kind.get("label") for kind in to.get("associationTypes", ())}
    return "Primary" not in labels, int(to["toObjectId"])


def _line_items(api: Api, ids: Sequence[str]) -> Iterator[Object]:
    for first in range(0, len(ids), _OBJECTS):
        some = ids[first : first + _OBJECTS]
        answer = api.call(
            "POST",
            "crm/v3/objects/line_items/batch/read",
            {"properties": list(_LINE), "inputs": [{"id": one} for one in some]},
        )
        yield from answer["results"]
