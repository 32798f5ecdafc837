"""amoCRM API v4, as far as the preset asks it.

After https://www.amocrm.ru/developers/content/crm_platform: HAL lists of at most 250 (events: 100)
under `_embedded` with `_links.next`, 204 where there is nothing, times in seconds, `filter` and
`order`, fields in `custom_fields_values`, problems as `title` and `detail`.
"""

from typing import Any
from urllib.parse import urlencode

from tests.integration.interfaces.server import Answer, Request

TOKEN = "eyJ0eXAiOiJKV1Qi.amo"  # noqa: S105
MAY = 1714564800
"""2024-05-01 12:00 UTC."""
Thing = dict[str, Any]


def second(hours: float = 0) -> int:
    return MAY + int(hours * 3600)


def field(code: str | None, value: Any, number: int = 1) -> Thing:
    return {
        "field_id": number, "field_name": "Field", "field_code": code, "field_type": "text",
        "values": [{"value": value}, {"value": "second"}],
    }  # fmt: skip


def contact(number: int, hours: float = 0, **given: Any) -> Thing:
    return {
        "id": number, "name": "Ada Byron", "first_name": "Ada", "last_name": "Byron",
        "responsible_user_id": 3, "created_at": second(hours), "updated_at": second(hours),
        "is_deleted": False, "custom_fields_values": None,
        "_embedded": {"tags": [], "companies": []}, **given,
    }  # fmt: skip


def company_(number: int, hours: float = 0, **given: Any) -> Thing:
    return {
        "id": number, "name": "Engines", "responsible_user_id": 3, "created_at": second(hours),
        "updated_at": second(hours), "custom_fields_values": None, "_embedded": {"tags": []},
        **given,
    }  # fmt: skip


def lead(number: int, hours: float = 0, **given: Any) -> Thing:
    """A lead that was won."""
    return {
        "id": number, "name": "Lead", "price": 1500, "status_id": 142, "pipeline_id": 1,
        "responsible_user_id": 3, "loss_reason_id": None, "created_at": second(hours),
        "updated_at": second(hours), "closed_at": second(hours), "is_deleted": False,
        "custom_fields_values": None,
        "_embedded": {"tags": [], "companies": [], "contacts": [{"id": 7, "is_main": True}]},
        **given,
    }  # fmt: skip


def note(number: int, kind: str, of: int, hours: float = 0) -> Thing:
    return {
        "id": number, "entity_id": of, "note_type": kind, "responsible_user_id": 3,
        "created_at": second(hours), "updated_at": second(hours), "params": {"duration": 60},
    }  # fmt: skip


def event(number: int, kind: str, of: str, which: int, hours: float) -> Thing:
    return {
        "id": f"01e{number}", "type": kind, "entity_id": which, "entity_type": of,
        "created_at": second(hours), "created_by": 3,
    }  # fmt: skip


class AmoCrm:
    """An account. `has_filters`: lists can be asked for by time of change."""

    def __init__(self) -> None:
        self.rooms: dict[str, list[Thing]] = {
            name: [] for name in ("contacts", "companies", "leads", "notes", "events")
        }
        self.has_filters = True
        self.is_revoked = False

    def put(self, room: str, *things: Thing) -> None:
        ids = {thing["id"] for thing in things}
        self.rooms[room] = [t for t in self.rooms[room] if t["id"] not in ids] + list(things)

    def answer(self, request: Request, url: str) -> Answer:
        if self.is_revoked or request.headers.get("authorization") != f"Bearer {TOKEN}":
            return Answer({"title": "Unauthorized", "status": 401, "detail": "Token expired"}, 401)
        room = request.path.removeprefix("/api/v4/").removeprefix("contacts/")
        if room not in self.rooms:
            return Answer({"title": "Not Found", "status": 404, "detail": "Cannot find"}, 404)
        limit = int(request.query.get("limit", 50))
        if limit > (100 if room == "events" else 250):
            return Answer({"title": "Bad Request", "status": 400, "detail": "limit"}, 400)
        things = self._filtered(room, request)
        page = int(request.query.get("page", 1))
        some = things[(page - 1) * limit : page * limit]
        if not some:
            return Answer(status=204)
        shown = some if "contacts" in request.query.get("with", "") else [_plain(t) for t in some]
        links: Thing = {"self": {"href": f"{url}{request.path}"}}
        if page * limit < len(things):
            asked = [(k, v) for k, several in request.all_values.items() for v in several]
            following = [(k, v) for k, v in asked if k != "page"] + [("page", str(page + 1))]
            links["next"] = {"href": f"{url}{request.path}?{urlencode(following)}"}
        return Answer({"_page": page, "_links": links, "_embedded": {room: shown}})

    def _filtered(self, room: str, request: Request) -> list[Thing]:
        query, things = request.query, self.rooms[room]
        kinds = request.values("filter[note_type][]") or query.get("filter[type]", "").split(",")
        if kinds != [""]:
            things = [t for t in things if t.get("note_type", t.get("type")) in kinds]
        for column in ("updated_at", "created_at"):
            least = query.get(f"filter[{column}][from]")
            if least and self.has_filters:
                things = [t for t in things if t[column] >= int(least)]
        if query.get("order[updated_at]") == "asc":
            return sorted(things, key=lambda t: (t["updated_at"], t["id"]))
        return sorted(things, key=lambda t: -t["created_at"])


def _plain(thing: Thing) -> Thing:
    """Without contacts, which are given only `with` them."""
    belongings = {k: v for k, v in thing.get("_embedded", {}).items() if k != "contacts"}
    return {**thing, "_embedded": belongings} if "_embedded" in thing else thing
