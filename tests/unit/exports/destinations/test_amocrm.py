"""amoCRM: every header says whose field it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Channel

HEADER = [
    "Сделка - название", "Сделка - бюджет", "Сделка - ответственный", "Сделка - примечание",
    "Сделка - тег", "Контакт - имя", "Контакт - телефон", "Контакт - e-mail",
    "Контакт - ID клиента", "Компания - название", "Задача - срок", "Задача - ключ",
]  # fmt: skip


def test_header_and_a_row(channel: Channel) -> None:
    channel.person()
    header, row = channel.send("amocrm").rows()
    assert header == HEADER
    assert len(set(header)) == len(header)
    assert row[:-1] == [
        "Звонок", "10.00", "m1", "Молчит", "rtn_s01", "Иван Петров", "+79876543210",
        "ivan.petrov+news@gmail.com", "c1", 'ООО "Ромашка"', "2026-02-14",
    ]  # fmt: skip


def test_calls_need_consent(channel: Channel) -> None:
    channel.person(consents=["email_marketing"])
    assert channel.send("amocrm").dropped == {"no_consent": 1}
