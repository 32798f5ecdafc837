"""The call list: a CSV and a workbook for people in Excel, guarded against formulas."""

from __future__ import annotations

import hashlib
import io
from datetime import date
from typing import TYPE_CHECKING

import python_calamine

if TYPE_CHECKING:
    from conftest import Channel

BOM = b"\xef\xbb\xbf"
HEADER = [
    "task_title",
    "due_date",
    "priority",
    "owner_email",
    "customer_id",
    "customer_name",
    "phone",
    "email",
    "segment_code",
    "reason",
    "last_order_date",
    "value",
    "currency",
    "suggested_action",
    "note",
    "task_key",
]
KEY = hashlib.sha256(b"c1|rtn_s01|2026-01").hexdigest()[:16]


def test_header_and_a_row(channel: Channel) -> None:
    channel.person()
    sent = channel.send("call_list")
    assert sent.bytes().startswith(BOM)
    header, row = sent.rows(encoding="utf-8-sig")
    assert header == HEADER
    assert row == [
        "Call", "2026-02-14", "MEDIUM", "m1", "c1", "Иван Петров", "79876543210",
        "ivan.petrov+news@gmail.com", "rtn_s01", "Silent", "2025-11-02", "10.00", "EUR", "Call",
        "", KEY,
    ]  # fmt: skip


def test_the_workbook_says_the_same(channel: Channel) -> None:
    channel.person()
    sent = channel.send("call_list")
    book = python_calamine.load_workbook(io.BytesIO(sent.bytes(".xlsx")))
    assert book.sheet_names == ["list"]
    header, row = book.get_sheet_by_index(0).to_python()
    assert header == HEADER
    assert row[1] == date(2026, 2, 14)
    assert row[3:8] == ["m1", "c1", "Иван Петров", "79876543210", "ivan.petrov+news@gmail.com"]
    assert row[11] == 10.0
    assert {file.rows for file in sent.result.files} == {1}


def test_the_same_rows_give_the_same_workbook(channel: Channel) -> None:
    channel.person()
    first = channel.send("call_list").bytes(".xlsx")
    assert channel.send("call_list").bytes(".xlsx") == first


def test_owners_language_and_delimiter_are_set(channel: Channel) -> None:
    channel.person()
    sent = channel.send(
        "call_list", owners={"m1": "anna@example.com"}, language="ru", delimiter=";"
    )
    row = sent.rows(encoding="utf-8-sig", delimiter=";")[1]
    assert (row[0], row[3], row[9]) == ("Звонок", "anna@example.com", "Молчит")


def test_rows_stand_by_owner_day_and_value(channel: Channel) -> None:
    for n, key in enumerate("abcd"):
        channel.person(key, phone=f"+7 916 123-45-0{n}", email=None)
    load = channel.warehouse.segment

    def with_owners(name: str, *arguments: object) -> None:
        load(name, *arguments)
        channel.warehouse.connection.execute(f"""
            update segments.{name} set
                manager_id = case customer_key when 'a' then 'm2' when 'd' then null else 'm1' end,
                due_date = case when customer_key in ('b', 'c') then date '2026-02-01' end
        """)

    channel.monkeypatch.setattr(channel.warehouse, "segment", with_owners)
    sent = channel.send("call_list", {"a": 9, "b": 1, "c": 2, "d": 99})
    rows = sent.rows(encoding="utf-8-sig")[1:]
    assert [row[4] for row in rows] == ["c", "b", "a", "d"]
    assert [row[2] for row in rows] == ["HIGH", "HIGH", "LOW", "LOW"]


def test_formulas_are_guarded_in_both_files(channel: Channel) -> None:
    channel.person(first_name="=cmd()", last_name=None, company_name="-1+1 GmbH")
    channel.warehouse.connection.execute("select 1")
    load = channel.warehouse.segment

    def with_formula(name: str, *arguments: object) -> None:
        load(name, *arguments)
        channel.warehouse.connection.execute(
            f"update segments.{name} set reason_en = '+49 \t x', manager_id = '@m', value = -5"
        )

    channel.monkeypatch.setattr(channel.warehouse, "segment", with_formula)
    sent = channel.send("call_list")
    row = sent.rows(encoding="utf-8-sig")[1]
    assert (row[3], row[5], row[9], row[11]) == ("'@m", "'-1+1 GmbH", "'+49 \t x", "-5.00")
    sheet = python_calamine.load_workbook(io.BytesIO(sent.bytes(".xlsx"))).get_sheet_by_index(0)
    cells = sheet.to_python()[1]
    assert (cells[3], cells[5], cells[11]) == ("'@m", "'-1+1 GmbH", -5.0)


def test_calls_and_e_mails_are_permitted_apart(channel: Channel) -> None:
    channel.person("a", consents=["call_marketing"])
    channel.person("b", consents=["email_marketing"], phone="+7 901 234-56-78")
    sent = channel.send("call_list")
    (row,) = sent.rows(encoding="utf-8-sig")[1:]
    assert (row[4], row[7]) == ("a", "")
    assert sent.dropped == {"no_consent": 1}
