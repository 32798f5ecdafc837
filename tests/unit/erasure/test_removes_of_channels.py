"""Channels whose files are labelled, divided or begun in their own way get removes like them."""

import csv
import hashlib
import io
import json
from datetime import date
from pathlib import Path

import pytest

from orchestration.erasure.person import Person
from orchestration.erasure.removes import write_removes
from orchestration.exports.read_back import read_back
from orchestration.settings import Settings

DAY = date(2025, 6, 1)
PERSON = Person(
    7,
    ("K-1",),
    emails=("anna.berg@example.com",),
    mailboxes=("anna.berg@example.com",),
    phones=("0171 2345678",),
    numbers=("491712345678",),
)
MICROSOFT = (
    "Type,Status,Id,Parent Id,Client Id,Modified Time,Name,Description,Scope,Audience,Action Type,"
    "Sub Type,Text"
)
FORMAT = "Format Version,,,,,,6.0,,,,,,"


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()  # noqa: S324


EMAIL, PLUS, DIGITS = "anna.berg@example.com", "+491712345678", "491712345678"


def released(settings: Settings, destination: str, lines: list[str], hashed: list[str]) -> Path:
    folder = settings.exports / ".sets" / "2025-05-31__s1" / destination / "rtn_s01"
    folder.mkdir(parents=True)
    name = f"{destination}__rtn_s01__full__20250531__c1"
    path = folder / (f"{name}__phone.csv" if destination == "vk" else f"{name}.csv")
    path.write_text("\n".join(lines) + "\n")
    delimiter = ";" if destination == "bitrix24" else ","
    columns = next(csv.reader(io.StringIO(lines[0]), delimiter=delimiter))
    files = [{"name": path.name, "columns": columns, "hashed_columns": hashed}]
    (folder / "manifest.json").write_text(json.dumps({"files": files}))
    return path


@pytest.mark.parametrize(
    ("destination", "lines", "hashed", "removes"),
    [
        (
            "tiktok",
            ["Email_SHA256,Phone_SHA256,Phone_SHA256",
             f"{sha256(EMAIL)},{sha256(PLUS)},{sha256(DIGITS)}", "other,,"],
            ["Email_SHA256", "Phone_SHA256"],
            ["Email_SHA256,Phone_SHA256,Phone_SHA256",
             f"{sha256(EMAIL)},{sha256(PLUS)},{sha256(DIGITS)}"],
        ),
        (
            "vk",
            ["id", md5(DIGITS), md5("491700000000")],
            ["id"],
            ["id", md5(DIGITS)],
        ),
        (
            "microsoft_advertising",
            [MICROSOFT, FORMAT, "Customer List,Active,-10,,,,,,Customer,rtn_s01,Add,,",
             f"Customer List Item,,,-10,,,,,,,,Email,{sha256(EMAIL)}"],
            ["Text"],
            [MICROSOFT, FORMAT, "Customer List,Active,-10,,,,,,Customer,rtn_s01,Remove,,",
             f"Customer List Item,,,-10,,,,,,,,Email,{sha256(EMAIL)}"],
        ),
        (
            "bitrix24",
            ["Рабочий телефон;Рабочий e-mail;Комментарий;ID клиента", f"{PLUS};;a,b;K-1"],
            [],
            ["Рабочий телефон;Рабочий e-mail;Комментарий;ID клиента", f"{PLUS};;;K-1"],
        ),
        (
            "salesforce_campaign",
            ["Campaign,External ID,Member Status", "rtn_s01,K-1,Sent", "rtn_s01,K-2,Sent"],
            [],
            ["Campaign,External ID,Member Status", ",K-1,Sent"],
        ),
    ],
)  # fmt: skip
def test_removes_look_like_the_channels_files(
    tmp_path: Path, destination: str, lines: list[str], hashed: list[str], removes: list[str]
) -> None:
    settings = Settings(tmp_path, tmp_path / "sources.yml")
    path = released(settings, destination, lines, hashed)
    [written] = write_removes(settings, PERSON, DAY)
    assert written.read_text().splitlines() == removes
    assert written.name.endswith("__phone.csv") == path.name.endswith("__phone.csv")


def test_a_file_without_a_header_is_known_by_its_manifest(tmp_path: Path) -> None:
    settings = Settings(tmp_path, tmp_path / "sources.yml")
    path = released(settings, "sms_gateway", ["phone,first_name"], [])
    path.write_bytes(f"{DIGITS};Анна\n".encode("cp1251"))
    assert list(read_back(path).rows()) == [{"phone": DIGITS, "first_name": "Анна"}]
