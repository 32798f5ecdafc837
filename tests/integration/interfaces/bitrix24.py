"""Bitrix24 REST by an incoming webhook, as far as the preset asks it.

After https://apidocs.bitrix24.com: lists of 50 with `start` and `next`, filters by `>=FIELD` and by
lists of values, `order`, values as texts, `batch` of at most 50 commands, errors with a code in
`error` and, for a limit of the portal, status 503.
"""

from datetime import datetime, timedelta, timezone
from typing import Any

from tests.integration.interfaces.server import Answer, Request

WEBHOOK = "1/q8s7hx2k"
PAGE = 50
MOSCOW = timezone(timedelta(hours=3))
Thing = dict[str, Any]

_LISTS = {
    "crm.contact.list": "contacts",
    "crm.company.list": "companies",
    "crm.deal.list": "deals",
    "crm.activity.list": "activities",
    "crm.product.list": "products",
}
_TIMES = ("DATE_MODIFY", "LAST_UPDATED", "TIMESTAMP_X")
_ASKED_FOR = ("PHONE", "EMAIL", "COMMUNICATIONS")
"""Fields that `*` does not give."""


def moment(hours: float = 0) -> str:
    """A time so many hours after the first of April 2024, as Bitrix24 writes it."""
    return (datetime(2024, 4, 1, 12, tzinfo=MOSCOW) + timedelta(hours=hours)).isoformat()


def contact(number: int, hours: float = 0, **given: Any) -> Thing:
    return {
        "ID": str(number), "NAME": "Ada", "LAST_NAME": "Byron", "BIRTHDATE": "",
        "PHONE": [], "EMAIL": [], "POST": None, "COMPANY_ID": None, "ASSIGNED_BY_ID": "3",
        "SOURCE_ID": "WEB", "UTM_CAMPAIGN": None, "ADDRESS": None, "ADDRESS_CITY": None,
        "ADDRESS_POSTAL_CODE": None, "ADDRESS_REGION": None, "ADDRESS_COUNTRY": None,
        "DATE_CREATE": moment(hours), "DATE_MODIFY": moment(hours), **given,
    }  # fmt: skip


def company_(number: int, hours: float = 0, **given: Any) -> Thing:
    return {
        "ID": str(number), "TITLE": "Engines", "PHONE": [], "EMAIL": [], "ASSIGNED_BY_ID": "3",
        "ADDRESS": None, "ADDRESS_CITY": None, "ADDRESS_POSTAL_CODE": None, "ADDRESS_REGION": None,
        "ADDRESS_COUNTRY": None, "UTM_CAMPAIGN": None, "DATE_CREATE": moment(hours),
        "DATE_MODIFY": moment(hours), **given,
    }  # fmt: skip


def deal(number: int, hours: float = 0, **given: Any) -> Thing:
    """A deal that was won."""
    return {
        "ID": str(number), "TITLE": "Deal", "STAGE_ID": "WON", "STAGE_SEMANTIC_ID": "S",
        "OPPORTUNITY": "120.00", "TAX_VALUE": "20.00", "CURRENCY_ID": "RUB", "COMPANY_ID": "0",
        "CONTACT_ID": "7", "SOURCE_ID": "CALL", "CLOSEDATE": moment(hours),
        "DATE_CREATE": moment(hours), "DATE_MODIFY": moment(hours), "UF_CRM_1": "custom", **given,
    }  # fmt: skip


def product_row(number: int, quantity: float, netto: float, exclusive: float) -> Thing:
    return {
        "ID": str(number), "OWNER_TYPE": "D", "PRODUCT_ID": 500, "PRODUCT_NAME": "Tea",
        "QUANTITY": quantity, "PRICE_NETTO": netto, "PRICE_EXCLUSIVE": exclusive,
        "PRICE": exclusive * 1.2, "TAX_RATE": 20,
    }  # fmt: skip


class Bitrix24:
    """A portal."""

    def __init__(self) -> None:
        self.contacts: dict[str, Thing] = {}
        self.companies: dict[str, Thing] = {}
        self.deals: dict[str, Thing] = {}
        self.activities: dict[str, Thing] = {}
        self.products: dict[str, Thing] = {}
        self.product_rows: dict[str, list[Thing]] = {}
        self.is_revoked = False

    def put(self, room: str, *things: Thing) -> None:
        getattr(self, room).update({thing["ID"]: thing for thing in things})

    def answer(self, request: Request, _url: str) -> Answer:
        start, _, method = request.path.rpartition("/")
        if start != f"/rest/{WEBHOOK}" or self.is_revoked:
            return error(401, "INVALID_CREDENTIALS", "Invalid request credentials")
        name = method.removesuffix(".json")
        if name == "batch":
            return self._batch(request.body["cmd"])
        if name not in _LISTS:
            return error(404, "ERROR_METHOD_NOT_FOUND", "Method not found!")
        return self._list(list(getattr(self, _LISTS[name]).values()), request.body)

    def _list(self, things: list[Thing], asked: Thing) -> Answer:
        for condition, value in asked.get("filter", {}).items():
            things = [thing for thing in things if _fits(thing, condition, value)]
        for column, direction in reversed(asked.get("order", {"ID": "ASC"}).items()):
            things.sort(key=lambda t: _comparable(t, column), reverse=direction == "DESC")
        start = int(asked.get("start", 0))
        select = asked.get("select", ["*"])
        page = [
            {
                name: value
                for name, value in thing.items()
                if name in select
                or (name.startswith("UF_") and "UF_*" in select)
                or ("*" in select and name not in _ASKED_FOR and not name.startswith("UF_"))
            }
            for thing in things[start : start + PAGE]
        ]
        following = {"next": start + PAGE} if start + PAGE < len(things) else {}
        return Answer({"result": page, "total": len(things), **following, "time": {"start": 1.0}})

    def _batch(self, commands: dict[str, str]) -> Answer:
        if len(commands) > PAGE:
            return error(400, "ERROR_BATCH_LENGTH_EXCEEDED", "Max batch length exceeded")
        results = {}
        for name, command in commands.items():
            method, _, number = command.partition("?id=")
            assert method == "crm.deal.productrows.get"
            results[name] = self.product_rows.get(number, [])
        return Answer({"result": {"result": results, "result_error": [], "result_total": []}})


def error(status: int, code: str, description: str) -> Answer:
    return Answer({"error": code, "error_description": description}, status)


def _fits(thing: Thing, condition: str, value: Any) -> bool:
    if condition.startswith(">="):
        wanted = datetime.fromisoformat(value)
        return datetime.fromisoformat(thing[condition.removeprefix(">=")]) >= wanted
    return str(thing[condition]) in map(str, value)


def _comparable(thing: Thing, column: str) -> Any:
    return datetime.fromisoformat(thing[column]) if column in _TIMES else int(thing[column])
