"""Shopify, beyond its declaration: nested pages, amounts without tax, logging in as an app."""

import time
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import urlsplit

from requests import PreparedRequest, Session
from requests.auth import AuthBase

from orchestration.landing.api.preset import at
from orchestration.landing.api.stream import Api

Object = dict[str, Any]

_MOST_REFUNDS = 20
"""As many refunds as the declaration asks for with an order."""
_LINE = """
    id quantity isGiftCard
    product { legacyResourceId productType }
    variant { legacyResourceId }
    originalUnitPriceSet { shopMoney { amount } }
    discountAllocations { allocatedAmountSet { shopMoney { amount } } }
    taxLines { priceSet { shopMoney { amount } } }"""
_REFUND_LINE = """
    id quantity
    lineItem { id isGiftCard }
    subtotalSet { shopMoney { amount } }
    totalTaxSet { shopMoney { amount } }"""
_REFUND = f"""
    id createdAt note
    totalRefundedSet {{ shopMoney {{ amount }} }}
    refundShippingLines(first: 10) {{ nodes {{
      subtotalAmountSet {{ shopMoney {{ amount }} }} taxAmountSet {{ shopMoney {{ amount }} }}
    }} }}
    refundLineItems(first: 50) {{
      pageInfo {{ hasNextPage endCursor }} nodes {{ {_REFUND_LINE} }}
    }}"""
_VARIANT = "legacyResourceId title inventoryItem { unitCost { amount } }"


def complete_orders(orders: Sequence[Object], api: Api) -> None:
    """Adds what lines and refunds the order's own answer had no place for, and their amounts.

    A line gets `unit_price` (four decimals) and `discount`, both without tax, so that quantity ×
    price − discount is the line's net amount exactly. A refunded line gets `amount` without tax;
    what was paid back beyond lines and shipping is one more element of the refund.
    """
    for order in orders:
        _complete(api, order, "Order", "lineItems", _LINE)
        if len(order["refunds"]) >= _MOST_REFUNDS:
            order["refunds"] = _all_refunds(api, order["id"])
        for refund in order["refunds"]:
            _complete(api, refund, "Refund", "refundLineItems", _REFUND_LINE)
            _add_amounts(refund, bool(order["taxesIncluded"]))
        for line in order["lineItems"]["nodes"]:
            _add_prices(line, bool(order["taxesIncluded"]))


def complete_products(products: Sequence[Object], api: Api) -> None:
    """Adds what variants the product's own answer had no place for."""
    for product in products:
        _complete(api, product, "Product", "variants", _VARIANT)


def add_consents(customers: Sequence[Object], _: Api) -> None:
    """Gives every customer the list `consents`: e-mail and text messages, as far as known."""
    for customer in customers:
        known = {
            "email_marketing": customer.get("defaultEmailAddress"),
            "sms_marketing": customer.get("defaultPhoneNumber"),
        }
        customer["consents"] = [
            {
                "purpose": purpose,
                **{name: value for name, value in said.items() if name.startswith("marketing")},
            }
            for purpose, said in known.items()
            if said
        ]


class ClientCredentials(AuthBase):
    """Logs in as an app: exchanges its id and secret for a token that lasts a day."""

    def __init__(self, session: Session, base_url: str, client_id: str, client_secret: str) -> None:
        parts = urlsplit(base_url)
        self._session = session
        self._address = f"{parts.scheme}://{parts.netloc}/admin/oauth/access_token"
        self._asked = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": client_secret,
        }
        self._token = ""
        self._until = 0.0

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        if time.monotonic() >= self._until:
            answer = self._session.post(self._address, data=self._asked).json()
            self._token = str(answer["access_token"])
            self._until = time.monotonic() + float(answer.get("expires_in", 3600)) - 60
        request.headers["X-Shopify-Access-Token"] = self._token
        return request


def _complete(api: Api, thing: Object, kind: str, connection: str, fields: str) -> None:
    """Adds all further pages of a connection to its nodes."""
    page = thing[connection]
    while page["pageInfo"]["hasNextPage"]:
        query = (
            f"query ($id: ID!, $after: String) {{ node(id: $id) {{ ... on {kind} {{ "
            f"{connection}(first: 100, after: $after) {{ "
            f"pageInfo {{ hasNextPage endCursor }} nodes {{ {fields} }} }} }} }} }}"
        )
        after = page["pageInfo"]["endCursor"]
        page = _asked(api, query, {"id": thing["id"], "after": after})[connection]
        thing[connection]["nodes"] += page["nodes"]
    thing[connection].pop("pageInfo")


def _all_refunds(api: Api, order: str) -> list[Object]:
    """The refunds of an order that has many: first their ids, then one by one."""
    ids = _asked(
        api,
        "query ($id: ID!) { node(id: $id) { ... on Order { refunds(first: 250) { id } } } }",
        {"id": order},
    )["refunds"]
    query = f"query ($id: ID!) {{ node(id: $id) {{ ... on Refund {{ {_REFUND} }} }} }}"
    return [_asked(api, query, {"id": refund["id"]}) for refund in ids]


def _asked(api: Api, query: str, variables: Mapping[str, Any]) -> Object:
    answer = api.call("POST", "graphql.json", {"query": query, "variables": dict(variables)})
    node: Object | None = at(answer, "data.node")
    if node is None:
        raise api.login.problem(
            f"{variables['id']} was there a moment ago and is gone. Run again: it goes on here."
        )
    return node


def _add_prices(line: Object, taxes_included: bool) -> None:
    quantity = Decimal(line["quantity"])
    gross = _money(line, "originalUnitPriceSet") * quantity
    discounts = (_money(one, "allocatedAmountSet") for one in line["discountAllocations"])
    net = gross - sum(discounts, Decimal(0))
    if taxes_included and net:
        tax = sum((_money(one, "priceSet") for one in line["taxLines"]), Decimal(0))
        gross, net = gross * (net - tax) / net, net - tax
    price = (gross / quantity).quantize(Decimal("0.0001"), ROUND_HALF_UP) if quantity else gross
    line["unit_price"] = str(price)
    line["discount"] = str(price * quantity - net)


def _add_amounts(refund: Object, taxes_included: bool) -> None:
    rest = _money(refund, "totalRefundedSet")
    for shipping in refund["refundShippingLines"]["nodes"]:
        rest -= _money(shipping, "subtotalAmountSet") + _money(shipping, "taxAmountSet")
    for line in refund["refundLineItems"]["nodes"]:
        subtotal, tax = _money(line, "subtotalSet"), _money(line, "totalTaxSet")
        line["amount"] = str(subtotal - tax if taxes_included else subtotal)
        rest -= subtotal if taxes_included else subtotal + tax
    if rest > 0:
        refund["refundLineItems"]["nodes"].append({"amount": str(rest)})


def _money(thing: Object, name: str) -> Decimal:
    return Decimal(at(thing, f"{name}.shopMoney.amount") or 0)
