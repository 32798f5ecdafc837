"""TikTok's header names the form; both forms of a phone are hashed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from orchestration.exports import DESTINATIONS

if TYPE_CHECKING:
    from conftest import Channel

# Published by TikTok; the phone's page prints it beside a number with +.
EMAIL = "d6117306485ed0e50afab3ac871e98f81699151f30281527d63ff5f233656c69"
PHONE = "65b7e6dcf6f4310f8d7cbfbd78289a753062fb054d6664fb9aaac5df66a422d4"


def test_header_and_published_hashes(channel: Channel) -> None:
    channel.person(email="JaneDoe@gmail.com", phone="+374 93 828222", country="AM")
    header, row = channel.send("tiktok").rows()
    assert header == ["Email_SHA256", "Phone_SHA256", "Phone_SHA256"]
    assert row[0] == EMAIL
    assert row[2] == PHONE
    assert len(row[1]) == 64
    assert row[1] != PHONE


def test_a_plain_file_says_so(channel: Channel) -> None:
    channel.person()
    channel.warehouse.segment("seg_a", ["c1"])
    export = channel.warehouse.export("tiktok", hashed=False)
    channel.monkeypatch.setattr(
        "orchestration.exports.stage.DESTINATIONS",
        {**DESTINATIONS, "tiktok": replace(DESTINATIONS["tiktok"], refuse_below=0)},
    )
    channel.warehouse.stage(export)
    folder = channel.warehouse.settings.exports / ".staging-test" / "tiktok" / "rtn_s01"
    (path,) = folder.glob("*.csv")
    assert path.read_text() == (
        "Email,Phone,Phone\nivan.petrov+news@gmail.com,+79876543210,79876543210\n"
    )


def test_a_person_without_e_mail_is_known_by_phone(channel: Channel) -> None:
    channel.person("c1", email=None)
    channel.person("c2", email=None)
    sent = channel.send("tiktok")
    assert sent.dropped == {"duplicate_identifier": 1}
    assert sent.rows()[1][0] == ""


def test_fewer_than_a_thousand_are_refused(channel: Channel) -> None:
    channel.person()
    sent = channel.send("tiktok", minimum=True)
    assert sent.dropped == {"below_minimum": 1}
    assert DESTINATIONS["tiktok"].refuse_below == 1000
    assert DESTINATIONS["tiktok"].most_bytes == 999_999_999
