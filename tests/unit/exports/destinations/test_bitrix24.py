"""Битрикс24: leads with the headers of its sample file."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Channel

HEADER = [
    "Название лида", "Имя", "Фамилия", "Название компании", "Рабочий телефон", "Рабочий e-mail",
    "Ответственный", "Сумма", "Валюта", "Комментарий", "Доступен для всех", "ID клиента",
    "Сегмент", "Срок", "Ключ задачи",
]  # fmt: skip


def test_header_and_a_row(channel: Channel) -> None:
    channel.person()
    sent = channel.send("bitrix24")
    assert not sent.bytes().startswith(b"\xef\xbb\xbf")
    header, row = sent.rows(delimiter=";")
    assert header == HEADER
    assert row[:-1] == [
        "Звонок", "Иван", "Петров", 'ООО "Ромашка"', "+79876543210",
        "ivan.petrov+news@gmail.com", "m1", "10.00", "EUR", "Молчит", "N", "c1", "rtn_s01",
        "2026-02-14",
    ]  # fmt: skip


def test_a_lead_for_a_call_needs_a_phone(channel: Channel) -> None:
    channel.person("a", phone="12", email="b@example.com")
    channel.person("b", email=None)
    sent = channel.send("bitrix24", delimiter=",", language="en")
    (row,) = sent.rows()[1:]
    assert (row[0], row[4], row[5]) == ("Call", "+79876543210", "")
    assert sent.dropped == {"invalid_phone": 1}
