"""Objects as records: flat, whole, one line of JSON each."""

import json

from orchestration.landing.api.preset import RowSpec
from orchestration.landing.api.records import as_text, records

ORDER = {
    "id": 1,
    "customer": {"name": "Ada", "address": {"city": "Berlin"}},
    "tags": ["a", "b"],
    "lines": [{"sku": "x", "parts": [{"n": 1}, {"n": 2}]}, {"sku": "y", "parts": []}],
    "merged": "7; 8;",
}


def spec(**given):
    return RowSpec.model_validate(given)


def test_an_object_s_own_record_is_flat_and_has_all_columns():
    tables = {"order": spec(), "line": spec(each={"line": "lines"})}
    own, *_ = records(ORDER, tables, "id", ("id", "customer.name", "coupon"))
    assert own == {
        "_table": "order",
        "id": 1,
        "customer.name": "Ada",
        "coupon": None,
        "customer.address.city": "Berlin",
        "tags": ["a", "b"],
        "merged": "7; 8;",
    }


def test_elements_carry_their_object_s_key_and_place():
    tables = {"line": spec(each={"line": "lines"}, carry=["customer.name"])}
    found = list(records(ORDER, tables, "id", ("line.sku",)))
    assert [(r["id"], r["line.sku"], r["line.position"], r["customer.name"]) for r in found] == [
        (1, "x", 1, "Ada"), (1, "y", 2, "Ada"),
    ]  # fmt: skip
    assert all(r["_table"] == "line" and "tags" not in r for r in found)


def test_lists_within_lists():
    each = {"line": "lines", "part": "parts"}
    found = list(records(ORDER, {"part": spec(each=each)}, "id", ()))
    assert [(r["line.sku"], r["part.n"], r["part.position"]) for r in found] == [
        ("x", 1, 1), ("x", 2, 2),
    ]  # fmt: skip
    kept = list(records(ORDER, {"part": spec(each=each, keep_empty=True)}, "id", ("part.n",)))
    assert [(r["line.sku"], r["part.n"]) for r in kept] == [("x", 1), ("x", 2), ("y", None)]


def test_a_text_is_a_list_too():
    found = list(records(ORDER, {"merged": spec(each={"merged": "merged"})}, "id", ()))
    assert [(r["id"], r["merged.value"], r["merged.position"]) for r in found] == [
        (1, "7", 1), (1, "8", 2),
    ]  # fmt: skip


def test_a_list_that_is_not_there_gives_no_record():
    for value in (None, [], ""):
        tables = {"line": spec(each={"line": "lines"})}
        assert list(records({"id": 1, "lines": value}, tables, "id", ())) == []


def test_any_text_becomes_one_line_that_a_file_can_hold():
    text = as_text({"name": "Ада\n\u2028\ud83d", "price": 10.1, "none": None})
    assert "\n" not in text
    assert json.loads(text.encode()) == {"name": "Ада\n\u2028\ufffd", "price": 10.1, "none": None}
