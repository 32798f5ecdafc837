"""HubSpot's CRM API v3 and v4, as far as the preset asks it.

After https://developers.hubspot.com/docs/api-reference: searches of at most 200 objects a page and
10,000 in all, only with the properties that were asked for; lists of archived objects of 100;
associations of 1,000 and objects of 100 by batch; errors with `category`.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.integration.interfaces.server import Answer, Request

TOKEN = "pat-eu1-5c0f"  # noqa: S105
MOST_FOUND = 10_000
Thing = dict[str, Any]


def moment(hours: float = 0) -> str:
    """A time so many hours after the first of June 2024, as HubSpot writes it."""
    shown = datetime(2024, 6, 1, 10, tzinfo=UTC) + timedelta(hours=hours)
    return shown.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def thing(number: int, hours: float = 0, **properties: Any) -> Thing:
    """An object that was created and changed so many hours after the first of June."""
    changed = moment(hours)
    return {
        "id": str(number),
        "properties": {
            "createdate": changed, "lastmodifieddate": changed, "hs_lastmodifieddate": changed,
            "hs_object_id": str(number), **properties,
        },
        "createdAt": changed,
        "updatedAt": changed,
        "archived": False,
    }  # fmt: skip


class HubSpot:
    """An account. `associations`: (kind, other kind) → id → [(id, label)]."""

    def __init__(self) -> None:
        self.rooms: dict[str, dict[str, Thing]] = {
            kind: {}
            for kind in ("contacts", "companies", "deals", "line_items", "calls", "emails",
                         "meetings", "products")
        }  # fmt: skip
        self.associations: dict[tuple[str, str], dict[str, list[tuple[int, str | None]]]] = {}
        self.is_expired = False

    def put(self, kind: str, *things: Thing) -> None:
        self.rooms[kind].update({one["id"]: one for one in things})

    def archive(self, kind: str, number: int, hours: float) -> None:
        self.rooms[kind][str(number)].update(archived=True, archivedAt=moment(hours))

    def associate(self, kind: str, number: int, other: str, *ids: tuple[int, str | None]) -> None:
        self.associations.setdefault((kind, other), {})[str(number)] = list(ids)

    def answer(self, request: Request, _url: str) -> Answer:
        if self.is_expired or request.headers.get("authorization") != f"Bearer {TOKEN}":
            return error(401, "EXPIRED_AUTHENTICATION", "The OAuth token used expired.")
        match request.path.strip("/").split("/"):
            case ["crm", "v3", "objects", kind, "search"] if kind in self.rooms:
                return self._search(kind, request.body)
            case ["crm", "v3", "objects", kind, "batch", "read"]:
                return self._read(kind, request.body)
            case ["crm", "v3", "objects", kind] if kind in self.rooms:
                return self._list(kind, request.query)
            case ["crm", "v4", "associations", kind, other, "batch", "read"]:
                return self._associated(kind, other, request.body["inputs"])
            case _:
                return error(404, "OBJECT_NOT_FOUND", "No such endpoint")

    def _search(self, kind: str, asked: Thing) -> Answer:
        limit, after = int(asked.get("limit", 10)), int(asked.get("after", 0))
        if limit > 200 or after + limit > MOST_FOUND:
            return error(400, "VALIDATION_ERROR", "There was a problem with the request.")
        found = [one for one in self.rooms[kind].values() if not one["archived"]]
        for group in asked["filterGroups"]:
            for wanted in group["filters"]:
                assert wanted["operator"] == "GTE"
                assert isinstance(wanted["value"], str)
                least = datetime.fromtimestamp(int(wanted["value"]) / 1000, UTC)
                name = wanted["propertyName"]
                found = [t for t in found if datetime.fromisoformat(t["properties"][name]) >= least]
        for sort in asked["sorts"]:
            assert sort["direction"] == "ASCENDING"
            found.sort(key=lambda t: t["properties"][sort["propertyName"]])
        page = [_with(t, asked["properties"]) for t in found[after : after + limit]]
        more = (
            {"paging": {"next": {"after": str(after + limit)}}}
            if after + limit < len(found)
            else {}
        )
        return Answer({"total": len(found), "results": page, **more})

    def _list(self, kind: str, query: dict[str, str]) -> Answer:
        limit, after = int(query.get("limit", 10)), int(query.get("after", 0))
        if limit > 100:
            return error(400, "VALIDATION_ERROR", "limit must be at most 100")
        wanted = query.get("archived") == "true"
        found = [one for one in self.rooms[kind].values() if one["archived"] is wanted]
        more = (
            {"paging": {"next": {"after": str(after + limit)}}}
            if after + limit < len(found)
            else {}
        )
        return Answer({"results": found[after : after + limit], **more})

    def _read(self, kind: str, asked: Thing) -> Answer:
        ids = [one["id"] for one in asked["inputs"]]
        if len(ids) > 100:
            return error(400, "VALIDATION_ERROR", "at most 100 inputs")
        found = [self.rooms[kind][one] for one in ids if one in self.rooms[kind]]
        return Answer(
            {"status": "COMPLETE", "results": [_with(t, asked["properties"]) for t in found]}
        )

    def _associated(self, kind: str, other: str, inputs: list[Thing]) -> Answer:
        """At most 500 associations of one object at a time."""
        if len(inputs) > 1000:
            return error(400, "VALIDATION_ERROR", "at most 1000 inputs")
        results, missing = [], []
        for one in inputs:
            ids = self.associations.get((kind, other), {}).get(one["id"], [])
            start = int(one.get("after", 0))
            if not ids:
                missing.append({"category": "OBJECT_NOT_FOUND", "context": {"id": [one["id"]]}})
                continue
            result: Thing = {
                "from": {"id": one["id"]},
                "to": [
                    {"toObjectId": number, "associationTypes": [
                        {"category": "HUBSPOT_DEFINED", "typeId": 4, "label": label}]}
                    for number, label in ids[start : start + 500]
                ],
            }  # fmt: skip
            if start + 500 < len(ids):
                result["paging"] = {"next": {"after": str(start + 500)}}
            results.append(result)
        errors = {"numErrors": len(missing), "errors": missing} if missing else {}
        return Answer({"status": "COMPLETE", "results": results, **errors}, 207 if missing else 200)


def _with(one: Thing, properties: list[str]) -> Thing:
    """The object with the properties that were asked for."""
    found = one["properties"]
    always = ("createdate", "hs_object_id", "lastmodifieddate")
    return {**one, "properties": {name: found.get(name) for name in (*always, *properties)}}


def error(status: int, category: str, message: str) -> Answer:
    body = {"status": "error", "message": message, "correlationId": "c-1", "category": category}
    return Answer(body, status)
