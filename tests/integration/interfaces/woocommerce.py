"""WooCommerce REST API v3, as far as the preset asks it.

After https://developer.woocommerce.com/docs/apis/rest-api and the controllers in the WooCommerce
repository: at most 100 per page, `modified_after` and `after` exclusive, whole seconds, ties by id,
totals in X-WP-Total and X-WP-TotalPages, status `any` without what lies in the bin.
"""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.integration.interfaces.server import Answer, Request

KEY, SECRET = "ck_3f9ab2", "cs_71d0ce"
PER_PAGE_LIMIT = 100
Thing = dict[str, Any]

JANUARY = datetime(2024, 1, 10, 8, tzinfo=UTC)


def gmt(hours: float) -> str:
    """A time so many hours after the tenth of January 2024, as WooCommerce writes it."""
    return (JANUARY + timedelta(hours=hours)).isoformat().removesuffix("+00:00")


def billing(**given: str) -> Thing:
    empty = dict.fromkeys(
        ("first_name", "last_name", "company", "address_1", "address_2", "city", "state",
         "postcode", "country", "email", "phone"), "",
    )  # fmt: skip
    return {**empty, **given}


def line(number: int, quantity: int, subtotal: str, total: str, product: int = 500) -> Thing:
    return {
        "id": number,
        "name": "Tea",
        "product_id": product,
        "variation_id": 0,
        "quantity": quantity,
        "subtotal": subtotal,
        "total": total,
        "total_tax": "1.90",
        "sku": "T-1",
        "meta_data": [],
    }


def order(number: int, hours: float = 0, **given: Any) -> Thing:
    """An order whose id is `number`, created and changed so many hours after the tenth."""
    return {
        "id": number,
        "number": str(number),
        "status": "completed",
        "currency": "EUR",
        "date_created_gmt": gmt(hours),
        "date_modified_gmt": gmt(hours),
        "customer_id": 7,
        "total": "23.80",
        "total_tax": "3.80",
        "shipping_total": "0.00",
        "discount_total": "0.00",
        "created_via": "checkout",
        "billing": billing(email="ada@example.com", country="DE"),
        "line_items": [line(number * 10, 2, "20.00", "20.00")],
        "fee_lines": [],
        "coupon_lines": [],
        "refunds": [],
        **given,
    }


class WooCommerce:
    """A shop."""

    def __init__(self) -> None:
        self.orders: dict[int, Thing] = {}
        self.refunds: dict[int, Thing] = {}
        self.customers: dict[int, Thing] = {}
        self.products: dict[int, Thing] = {}
        self.is_revoked = False

    def put(self, *orders: Thing) -> None:
        for one in orders:
            self.orders[one["id"]] = one

    def answer(self, request: Request, _url: str) -> Answer:
        login = "Basic " + base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
        if self.is_revoked or request.headers.get("authorization") != login:
            return _error(401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")
        if int(request.query.get("per_page", 10)) > PER_PAGE_LIMIT:
            return _error(400, "rest_invalid_param", "Invalid parameter(s): per_page")
        rooms: dict[str, dict[int, Thing]] = {
            "orders": self.orders,
            "refunds": self.refunds,
            "customers": self.customers,
            "products": self.products,
        }
        name = request.path.removeprefix("/wp-json/wc/v3/")
        if name not in rooms:
            return _error(404, "rest_no_route", "No route was found matching the URL.")
        wanted = [t for t in rooms[name].values() if name != "orders" or _wanted(t, request)]
        return self._list(request, wanted)

    def _list(self, request: Request, things: list[Thing]) -> Answer:
        query = request.query
        by_gmt = query.get("dates_are_gmt") == "true"
        for name, column in (("after", "date_created"), ("modified_after", "date_modified")):
            if name in query and by_gmt:
                things = [t for t in things if t[f"{column}_gmt"] > query[name]]
        keys = {
            "id": lambda t: t["id"],
            "date": lambda t: (t["date_created_gmt"], t["id"]),
            "modified": lambda t: (t["date_modified_gmt"], t["id"]),
        }
        things = sorted(things, key=keys[query.get("orderby", "date")])
        if query.get("order", "desc") == "desc":
            things.reverse()
        size = int(query.get("per_page", 10))
        first = int(query.get("offset") or (int(query.get("page", 1)) - 1) * size)
        headers = {"X-WP-Total": str(len(things)), "X-WP-TotalPages": str(-(-len(things) // size))}
        return Answer(things[first : first + size], headers=headers)


def _wanted(one: Thing, request: Request) -> bool:
    asked = request.query.get("status", "any")
    return one["status"] != "trash" if asked == "any" else one["status"] == asked


def _error(status: int, code: str, message: str) -> Answer:
    return Answer({"code": code, "message": message, "data": {"status": status}}, status)
