"""amoCRM, beyond its declaration: fields by their names, the ids of what belongs together."""

from collections.abc import Sequence
from typing import Any

from orchestration.landing.api.preset import at
from orchestration.landing.api.stream import Api


def name_fields(things: Sequence[dict[str, Any]], _: Api) -> None:
    """Gives every object `fields` (code of a field, or its id where it has none → first value),
    `company_id` and `contact_id` (the main contact, else the first)."""
    for thing in things:
        thing["fields"] = {
            str(field.get("field_code") or field["field_id"]): at(field, "values.0.value")
            for field in thing.pop("custom_fields_values", None) or ()
        }
        belongings = thing.pop("_embedded", None) or {}
        contacts = belongings.get("contacts") or []
        main = next((contact for contact in contacts if contact.get("is_main")), None)
        thing["company_id"] = at(belongings, "companies.0.id")
        thing["contact_id"] = main["id"] if main else at(contacts, "0.id")
