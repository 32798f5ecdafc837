"""Shopify's GraphQL Admin API, as far as the preset asks it.

After https://shopify.dev/docs/api/admin-graphql (2026-07): the part of the schema below is executed
by graphql-core, so that a query asks for what is there and gets no more. Connections give at most
250; a query that costs too many points is refused (one for every object, more for those of
connections; how many more is not published, the limit here is made to fit); searches know
`updated_at:>='…'`.
"""

import math
import re
from collections.abc import Sequence
from typing import Any

from graphql import GraphQLError, build_schema, graphql_sync, parse
from graphql.language.ast import FieldNode, IntValueNode, SelectionSetNode, VariableNode

from tests.integration.interfaces.server import Answer, Request

TOKEN = "shpat_2f9c"  # noqa: S105
CLIENT_ID, CLIENT_SECRET = "client-5a1", "shpss_77b"
VERSION = "2026-07"
MOST_POINTS = 3000
Thing = dict[str, Any]

SCHEMA = build_schema(
    """
    scalar DateTime
    scalar UnsignedInt64
    scalar Decimal
    interface Node { id: ID! }
    type PageInfo { hasNextPage: Boolean! endCursor: String }
    type MoneyV2 { amount: Decimal! currencyCode: String! }
    type MoneyBag { shopMoney: MoneyV2! presentmentMoney: MoneyV2! }
    type MailingAddress {
        firstName: String lastName: String company: String address1: String address2: String
        zip: String city: String province: String countryCodeV2: String
    }
    type CustomerEmailAddress {
        emailAddress: String! marketingState: String! marketingOptInLevel: String
        marketingUpdatedAt: DateTime
    }
    type CustomerPhoneNumber {
        phoneNumber: String! marketingState: String! marketingOptInLevel: String
        marketingUpdatedAt: DateTime
    }
    type Customer implements Node {
        id: ID! legacyResourceId: UnsignedInt64! firstName: String lastName: String
        locale: String! createdAt: DateTime! updatedAt: DateTime! tags: [String!]!
        defaultEmailAddress: CustomerEmailAddress defaultPhoneNumber: CustomerPhoneNumber
        defaultAddress: MailingAddress
    }
    type TaxLine { priceSet: MoneyBag! rate: Float }
    type DiscountAllocation { allocatedAmountSet: MoneyBag! }
    type InventoryItem { unitCost: MoneyV2 }
    type ProductVariant implements Node {
        id: ID! legacyResourceId: UnsignedInt64! title: String! sku: String
        inventoryItem: InventoryItem!
    }
    type ProductVariantConnection { nodes: [ProductVariant!]! pageInfo: PageInfo! }
    type Product implements Node {
        id: ID! legacyResourceId: UnsignedInt64! title: String! productType: String!
        updatedAt: DateTime!
        variants(first: Int, after: String): ProductVariantConnection!
    }
    type LineItem implements Node {
        id: ID! quantity: Int! isGiftCard: Boolean! product: Product variant: ProductVariant
        originalUnitPriceSet: MoneyBag! discountAllocations: [DiscountAllocation!]!
        taxLines: [TaxLine!]!
    }
    type LineItemConnection { nodes: [LineItem!]! pageInfo: PageInfo! }
    type RefundLineItem {
        id: ID quantity: Int! lineItem: LineItem! subtotalSet: MoneyBag! totalTaxSet: MoneyBag!
    }
    type RefundLineItemConnection { nodes: [RefundLineItem!]! pageInfo: PageInfo! }
    type RefundShippingLine { subtotalAmountSet: MoneyBag! taxAmountSet: MoneyBag! }
    type RefundShippingLineConnection { nodes: [RefundShippingLine!]! pageInfo: PageInfo! }
    type Refund implements Node {
        id: ID! createdAt: DateTime note: String totalRefundedSet: MoneyBag!
        refundLineItems(first: Int, after: String): RefundLineItemConnection!
        refundShippingLines(first: Int, after: String): RefundShippingLineConnection!
    }
    type Order implements Node {
        id: ID! legacyResourceId: UnsignedInt64! processedAt: DateTime! updatedAt: DateTime!
        cancelledAt: DateTime test: Boolean! taxesIncluded: Boolean! currencyCode: String!
        sourceName: String email: String phone: String discountCodes: [String!]!
        displayFinancialStatus: String customer: Customer billingAddress: MailingAddress
        totalTaxSet: MoneyBag totalRefundedSet: MoneyBag!
        lineItems(first: Int, after: String): LineItemConnection!
        refunds(first: Int): [Refund!]!
    }
    type OrderConnection { nodes: [Order!]! pageInfo: PageInfo! }
    type CustomerConnection { nodes: [Customer!]! pageInfo: PageInfo! }
    type ProductConnection { nodes: [Product!]! pageInfo: PageInfo! }
    enum OrderSortKeys { CREATED_AT ID PROCESSED_AT UPDATED_AT }
    enum CustomerSortKeys { CREATED_AT ID UPDATED_AT }
    enum ProductSortKeys { CREATED_AT ID UPDATED_AT }
    type Query {
        orders(first: Int, after: String, query: String, sortKey: OrderSortKeys = PROCESSED_AT):
            OrderConnection!
        customers(first: Int, after: String, query: String, sortKey: CustomerSortKeys = ID):
            CustomerConnection!
        products(first: Int, after: String, query: String, sortKey: ProductSortKeys = ID):
            ProductConnection!
        node(id: ID!): Node
    }
    """
)


def gid(kind: str, number: int) -> str:
    return f"gid://shopify/{kind}/{number}"


def money(amount: str, currency: str = "EUR") -> Thing:
    return {"shopMoney": {"amount": amount, "currencyCode": currency}}


class Connection(list[Thing]):
    """A list that is given out in pages."""

    def __call__(self, _info: Any, first: int = 250, after: str | None = None) -> Thing:
        if first > 250:
            raise GraphQLError("first cannot exceed 250")
        start = int(after) if after else 0
        nodes = self[start : start + first]
        more = start + len(nodes) < len(self)
        return {"nodes": nodes, "pageInfo": {"hasNextPage": more, "endCursor": str(start + first)}}


class Limited(list[Thing]):
    """A list that is given out from its beginning."""

    def __call__(self, _info: Any, first: int = 250) -> list[Thing]:
        return self[:first]


class Shopify:
    """A shop."""

    def __init__(self) -> None:
        self.orders: dict[str, Thing] = {}
        self.customers: dict[str, Thing] = {}
        self.products: dict[str, Thing] = {}
        self.refunds: dict[str, Thing] = {}
        self.tokens = {TOKEN}
        self.most_points = MOST_POINTS

    def put(self, *things: Thing) -> None:
        rooms = {"Order": self.orders, "Customer": self.customers, "Product": self.products}
        for thing in things:
            rooms[thing["__typename"]][thing["id"]] = thing

    def answer(self, request: Request, _url: str) -> Answer:
        if request.path == "/admin/oauth/access_token":
            return self._token(request.body)
        if request.headers.get("x-shopify-access-token") not in self.tokens:
            wrong = "[API] Invalid API key or access token (unrecognized login or wrong password)"
            return Answer({"errors": wrong}, 401)
        if request.path != f"/admin/api/{VERSION}/graphql.json":
            return Answer({"errors": "Not Found"}, 404)
        query, variables = request.body["query"], request.body.get("variables") or {}
        points = _points(query, variables)
        if points > self.most_points:
            message = f"Query cost is {points}, which exceeds the single query max cost limit"
            return _error("MAX_COST_EXCEEDED", message)
        root = {
            "orders": lambda _i, **a: self._search(self.orders, **a),
            "customers": lambda _i, **a: self._search(self.customers, **a),
            "products": lambda _i, **a: self._search(self.products, **a),
            "node": lambda _i, **a: self._node(a["id"]),
        }
        done = graphql_sync(SCHEMA, query, root, variable_values=variables)
        if done.errors:
            return Answer({"errors": [{"message": e.message} for e in done.errors]})
        cost = {"requestedQueryCost": points, "actualQueryCost": points}
        return Answer({"data": done.data, "extensions": {"cost": cost}})

    def _token(self, body: dict[str, list[str]]) -> Answer:
        given = {name: values[0] for name, values in body.items()}
        asked = ("client_credentials", CLIENT_ID, CLIENT_SECRET)
        if (given.get("grant_type"), given.get("client_id"), given.get("client_secret")) != asked:
            return Answer({"error": "invalid_client", "error_description": "Unknown client"}, 400)
        token = f"shpat_day{len(self.tokens)}"
        self.tokens.add(token)
        return Answer({"access_token": token, "scope": "read_orders", "expires_in": 86399})

    def _node(self, wanted: str) -> Thing | None:
        refunds = {r["id"]: r for order in self.orders.values() for r in order["refunds"]}
        return {**self.orders, **self.customers, **self.products, **refunds}.get(wanted)

    @staticmethod
    def _search(
        things: dict[str, Thing],
        first: int,
        after: str | None = None,
        query: str | None = None,
        sortKey: str = "ID",  # noqa: N803 (Shopify's name)
    ) -> Thing:
        column = {"ID": "legacyResourceId", "UPDATED_AT": "updatedAt"}[sortKey]
        found = sorted(things.values(), key=lambda t: (t[column], int(t["legacyResourceId"])))
        since = re.fullmatch(r"updated_at:>='([^']+)'", query or "")
        if query and not since:
            raise GraphQLError(f"cannot search for {query}")
        if since:
            least = since[1].replace("+00:00", "Z")
            found = [thing for thing in found if thing["updatedAt"] >= least]
        return Connection(found)(None, first, after)


def _error(code: str, message: str) -> Answer:
    return Answer({"errors": [{"message": message, "extensions": {"code": code}}]})


def _points(query: str, variables: dict[str, Any]) -> int:
    """The cost of a query: objects 1, those of a connection times ln(first) + 1."""
    (operation,) = parse(query).definitions
    return math.ceil(_cost(operation.selection_set, variables))  # type: ignore[attr-defined]


def _cost(selected: SelectionSetNode | None, variables: dict[str, Any]) -> float:
    cost = 0.0
    for node in selected.selections if selected else ():
        inner = _cost(getattr(node, "selection_set", None), variables)
        if not isinstance(node, FieldNode):
            cost += inner
        elif node.selection_set:
            cost += (1 + inner) * _times(node, variables)
    return cost


def _times(node: FieldNode, variables: dict[str, Any]) -> float:
    for argument in node.arguments:
        if argument.name.value == "first":
            value = argument.value
            if isinstance(value, VariableNode):
                return 1 + math.log(variables[value.name.value])
            if isinstance(value, IntValueNode):
                return 1 + math.log(int(value.value))
    return 1


def line(number: int, quantity: int, price: str, **given: Any) -> Thing:
    """A line; `discounts` and `taxes` are amounts."""
    return {
        "id": gid("LineItem", number),
        "quantity": quantity,
        "isGiftCard": given.get("is_gift_card", False),
        "product": {"legacyResourceId": "900", "productType": "Tea"},
        "variant": {"legacyResourceId": given.get("variant", "901")},
        "originalUnitPriceSet": money(price),
        "discountAllocations": [
            {"allocatedAmountSet": money(one)} for one in given.get("discounts", ())
        ],
        "taxLines": [{"priceSet": money(one)} for one in given.get("taxes", ())],
    }


def refund(number: int, at: str, total: str, lines: Sequence[Thing] = (), **given: Any) -> Thing:
    """A refund; `shipping` is (amount, tax)."""
    shipping = [
        {"subtotalAmountSet": money(amount), "taxAmountSet": money(tax)}
        for amount, tax in given.get("shipping", ())
    ]
    return {
        "__typename": "Refund",
        "id": gid("Refund", number),
        "createdAt": at,
        "note": given.get("note"),
        "totalRefundedSet": money(total),
        "refundLineItems": Connection(lines),
        "refundShippingLines": Connection(shipping),
    }


def refund_line(number: int, of: Thing, subtotal: str, tax: str = "0.0") -> Thing:
    return {
        "id": gid("RefundLineItem", number),
        "quantity": 1,
        "lineItem": of,
        "subtotalSet": money(subtotal),
        "totalTaxSet": money(tax),
    }


def order(number: int, at: str, lines: Sequence[Thing] = (), **given: Any) -> Thing:
    """An order that was processed and last changed at `at`."""
    return {
        "__typename": "Order",
        "id": gid("Order", number),
        "legacyResourceId": str(number),
        "processedAt": at,
        "updatedAt": at,
        "cancelledAt": None,
        "test": False,
        "taxesIncluded": False,
        "currencyCode": "EUR",
        "sourceName": "web",
        "email": "ada@example.com",
        "phone": None,
        "discountCodes": [],
        "displayFinancialStatus": "PAID",
        "customer": {"legacyResourceId": "7"},
        "billingAddress": {"countryCodeV2": "DE", "city": "Berlin"},
        "totalTaxSet": money("0.0"),
        "totalRefundedSet": money("0.0"),
        "lineItems": Connection(lines),
        **given,
        "refunds": Limited(given.get("refunds", ())),
    }


def customer(number: int, at: str, **given: Any) -> Thing:
    return {
        "__typename": "Customer",
        "id": gid("Customer", number),
        "legacyResourceId": str(number),
        "firstName": "Ada",
        "lastName": "Byron",
        "locale": "de-DE",
        "createdAt": at,
        "updatedAt": at,
        "tags": ["vip"],
        "defaultEmailAddress": None,
        "defaultPhoneNumber": None,
        "defaultAddress": None,
        **given,
    }


def product(number: int, at: str, variants: Sequence[Thing], **given: Any) -> Thing:
    return {
        "__typename": "Product",
        "id": gid("Product", number),
        "legacyResourceId": str(number),
        "title": "Tea",
        "productType": "Drinks",
        "updatedAt": at,
        "variants": Connection(variants),
        **given,
    }


def variant(number: int, title: str, cost: str | None) -> Thing:
    return {
        "id": gid("ProductVariant", number),
        "legacyResourceId": str(number),
        "title": title,
        "inventoryItem": {"unitCost": {"amount": cost, "currencyCode": "EUR"} if cost else None},
    }
