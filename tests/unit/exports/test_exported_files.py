"""The files of a set: exact bytes, checksums, modes, and nobody's data outside them."""

from __future__ import annotations

import csv
import hashlib
import json
import random
import stat
import subprocess
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from orchestration.exports import DESTINATIONS, State

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Warehouse

PERSON: dict[str, Any] = {
    "email": "Jane.Doe+x@gmail.com",
    "phone": "8 916 123-45-67",
    "first_name": "Иван",
    "last_name": "O'Neill, Jr.",
    "birth_date": date(1980, 5, 17),
    "gender": "M",
    "postal_code": " 101000 ",
    "city": "Нижний Новгород",
    "region": "НО",
    "country": "ru",
}


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def crowd(warehouse: Warehouse, size: int = 120, **columns: Any) -> list[str]:
    """Enough people for every destination's minimum."""
    keys = [f"p{n:04}" for n in range(size)]
    for n, key in enumerate(keys):
        warehouse.contact(key, phone=f"+7916{n:07}", **columns)
    return keys


def parsed(folder: Path) -> list[dict[str, str]]:
    (file,) = folder.glob("*.csv")
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, strict=True))


@pytest.fixture
def released(warehouse: Warehouse) -> Path:
    """A set with every destination, in which the person `jane` stands among others."""
    keys = crowd(warehouse)
    warehouse.contact("jane", **PERSON)
    warehouse.segment("seg_a", {"jane": "-12.50", **dict.fromkeys(keys, 3)})
    return warehouse.release(*(warehouse.export(name) for name in DESTINATIONS))


def test_generic_csv_says_what_a_mail_tool_needs(released: Path) -> None:
    folder = released / "generic_csv" / "rtn_s01"
    rows = parsed(folder)
    assert len(rows) == 121
    (jane,) = [row for row in rows if row["customer_id"] == "jane"]
    assert jane == {
        "customer_id": "jane",
        "email": "jane.doe+x@gmail.com",
        "phone_e164": "+79161234567",
        "first_name": "Иван",
        "last_name": "O'Neill, Jr.",
        "country": "RU",
        "segment_code": "rtn_s01",
        "value": "-12.50",
        "currency": "EUR",
        "suggested_action_en": "Call",
        "suggested_action_ru": "Звонок",
    }


def test_google_file_has_the_templates_headers_and_hashes(released: Path) -> None:
    folder = released / "google_customer_match" / "rtn_s01"
    (file,) = folder.glob("*.csv")
    content = file.read_bytes()
    assert content.startswith(b"Email,Phone,First Name,Last Name,Country,Zip\n")
    assert b"\r" not in content
    rows = {row["Email"]: row for row in parsed(folder)}
    assert rows[sha256("janedoe@gmail.com")] == {
        "Email": sha256("janedoe@gmail.com"),
        "Phone": sha256("+79161234567"),
        "First Name": sha256("иван"),
        "Last Name": sha256("o'neill"),
        "Country": "RU",
        "Zip": "101000",
    }
    # Without all four parts an address matches nobody: it is not sent.
    other = rows[sha256("p0000@example.com")]
    assert (other["First Name"], other["Country"], other["Zip"]) == ("", "", "")


def test_meta_file_is_hashed_throughout_and_keeps_cyrillic(released: Path) -> None:
    folder = released / "meta_customer_list" / "rtn_s01"
    (file,) = folder.glob("*.csv")
    assert file.read_bytes().startswith(b"email,phone,fn,ln,ct,st,country,zip,gen\n")
    rows = {row["email"]: row for row in parsed(folder)}
    assert rows[sha256("jane.doe+x@gmail.com")] == {
        "email": sha256("jane.doe+x@gmail.com"),
        "phone": sha256("79161234567"),
        "fn": sha256("иван"),
        "ln": sha256("oneill jr"),
        "ct": sha256("нижнийновгород"),
        "st": sha256("но"),
        "country": sha256("ru"),
        "zip": sha256("101000"),
        "gen": sha256("m"),
    }
    assert rows[sha256("p0000@example.com")]["fn"] == ""


def test_an_export_may_ask_for_a_plain_file(warehouse: Warehouse) -> None:
    warehouse.segment("seg_a", crowd(warehouse))
    result = warehouse.stage(warehouse.export("meta_customer_list", hashed=False)).results[0]
    assert result.files[0].hashed_columns == ()
    folder = warehouse.settings.exports / ".staging-test" / "meta_customer_list" / "rtn_s01"
    assert "p0000@example.com" in {row["email"] for row in parsed(folder)}


def test_manifest_has_the_fields_of_the_specification(released: Path) -> None:
    folder = released / "google_customer_match" / "rtn_s01"
    (file,) = folder.glob("*.csv")
    manifest = json.loads((folder / "manifest.json").read_text())
    fields = (
        "manifest_version content_id destination audience sync_mode as_of segment_code holdout "
        "files counts previous_content_id expires_on tool_version warnings"
    )
    assert " ".join(manifest) == " ".join(sorted(fields.split()))
    assert manifest["counts"] == {"segment": 121, "kept": 121, "dropped_by_reason": {}}
    assert manifest["holdout"] == {"salt_id": None, "bps": 0}
    assert manifest["files"] == [
        {
            "name": file.name,
            "role": "full",
            "bytes": file.stat().st_size,
            "rows": 121,
            "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
            "columns": ["Email", "Phone", "First Name", "Last Name", "Country", "Zip"],
            "hashed_columns": ["Email", "Phone", "First Name", "Last Name"],
        }
    ]
    name = f"google_customer_match__rtn_s01__full__20260131__{manifest['content_id']}.csv"
    assert file.name == name


def test_checksums_verify_with_the_ordinary_tool(released: Path) -> None:
    for sums in released.rglob("SHA256SUMS"):
        done = subprocess.run(
            ["sha256sum", "-c", "SHA256SUMS"],  # noqa: S607
            cwd=sums.parent,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout


def test_only_the_owner_can_read(released: Path, warehouse: Warehouse) -> None:
    for path in (warehouse.settings.exports, *warehouse.settings.exports.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path.name


def test_no_personal_value_stands_outside_the_files(released: Path) -> None:
    personal = ("jane", "gmail", "916", "Иван", "иван", "neill", "101000", "Новгород", "1980")
    for path in released.rglob("*"):
        assert not any(value in path.name.lower() for value in personal)
        if path.is_file() and path.suffix not in (".csv", ".xlsx"):
            text = path.read_text()
            # Digits of a checksum may spell anything.
            words = [word for word in text.split() if len(word.strip('",')) not in (16, 64)]
            assert not [v for v in personal if v in " ".join(words) and not v.isdigit()]


def test_index_says_what_was_kept_dropped_and_refused(warehouse: Warehouse) -> None:
    warehouse.contact("a")
    warehouse.contact("b", consents=[])
    warehouse.segment("seg_a", ["a", "b"])
    warehouse.segment("seg_b", ["a"])
    folder = warehouse.release(
        warehouse.export(description_en="At <risk>", description_ru="Под угрозой"),
        warehouse.export("google_customer_match"),
        warehouse.export("meta_customer_list", segment="seg_b", audience="rtn_s02"),
        skip={"seg_b": "unique_seg_b_customer_key failed"},
    )
    index = json.loads((folder / "index.json").read_text())
    generic, google, skipped = index["exports"]
    assert generic["counts"] == {
        "segment": 2,
        "kept": 1,
        "dropped_by_reason": {"no_consent": 1},
    }
    assert (folder / generic["files"][0]).is_file()
    assert google["state"] == "refused"
    assert google["counts"]["dropped_by_reason"] == {"no_consent": 1, "below_minimum": 1}
    assert not (folder / "google_customer_match").exists()
    assert (skipped["state"], skipped["reason"]) == ("skipped", "unique_seg_b_customer_key failed")
    page = (folder / "index.html").read_text()
    assert "At &lt;risk&gt;" in page
    assert "Под угрозой" in page
    assert "no valid consent" in page
    assert "<script" not in page


def test_a_small_list_is_written_with_a_warning_above_the_minimum(warehouse: Warehouse) -> None:
    warehouse.segment("seg_a", crowd(warehouse, 100))
    result = warehouse.only("meta_customer_list")
    assert result.state is State.WRITTEN
    assert "1000" in result.warnings[0]


def test_an_empty_segment_gives_a_file_that_empties_the_audience(warehouse: Warehouse) -> None:
    warehouse.contact("a")
    warehouse.segment("seg_a", [])
    folder = warehouse.release(warehouse.export()) / "generic_csv" / "rtn_s01"
    assert parsed(folder) == []
    (file,) = folder.glob("*.csv")
    assert file.read_text().startswith("customer_id,email,")


def test_a_phone_is_in_a_mail_file_only_with_consent_for_sms(warehouse: Warehouse) -> None:
    warehouse.contact("a", phone="+79161234567", consents=["email_marketing"])
    warehouse.contact("b", phone="+79161234568")
    warehouse.contact("c", phone="+79161234569")
    warehouse.contact("d", phone="12", first_name="=1")
    warehouse.suppress(customer_key="c", channel="sms")
    warehouse.segment("seg_a", ["a", "b", "c", "d"])
    result = warehouse.only()
    folder = warehouse.settings.exports / ".staging-test" / "generic_csv" / "rtn_s01"
    phones = {row["customer_id"]: row["phone_e164"] for row in parsed(folder)}
    assert phones == {"a": "", "b": "+79161234568", "c": "", "d": ""}
    assert result.blank_cells == {
        "phone_e164:rejected": 1,
        "phone_e164:not_permitted": 2,
        "first_name:formula_like": 1,
    }


def test_address_cells_without_a_postal_code_are_incomplete_not_rejected(
    warehouse: Warehouse,
) -> None:
    address = {"first_name": "Ann", "last_name": "Lee", "country": "DE"}
    warehouse.contact("a", **address, postal_code="10115")
    warehouse.contact("b", **address)
    warehouse.contact("c", **{**address, "first_name": "=1"}, postal_code="10115")
    warehouse.segment("seg_a", ["a", "b", "c"])
    assert warehouse.only("google_customer_match").blank_cells == {
        "First Name:incomplete_address": 1,
        "First Name:formula_like": 1,
        "Last Name:incomplete_address": 2,
        "Country:incomplete_address": 2,
        "Zip:incomplete_address": 1,
    }


def test_text_is_quoted_as_rfc_4180_says(warehouse: Warehouse) -> None:
    warehouse.contact("a", first_name='Ann "Ann", the #1', last_name="Ö;l")
    warehouse.segment("seg_a", ["a"])
    folder = warehouse.release(warehouse.export()) / "generic_csv" / "rtn_s01"
    assert parsed(folder)[0]["first_name"] == 'Ann "Ann", the #1'


def snapshot(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_same_content_gives_same_bytes_whatever_threads_and_order(
    new_warehouse: Callable[[], Warehouse],
) -> None:
    sets = []
    for threads in (1, 2):
        warehouse = new_warehouse()
        keys = crowd(warehouse, first_name="Anna", last_name="Ж")
        warehouse.contact("twin", email="p0001@example.com")
        warehouse.segment("seg_a", {key: n % 7 for n, key in enumerate([*keys, "twin"])})
        connection = warehouse.connection
        connection.execute(f"set threads = {threads}")
        connection.execute(f"set preserve_insertion_order = {threads == 1}")
        for table in (
            "restricted.customer_contacts",
            "restricted.consent_status",
            "segments.seg_a",
        ):
            rows = connection.execute(f"select * from {table}").fetchall()
            random.Random(threads).shuffle(rows)
            connection.execute(f"delete from {table}")
            marks = ", ".join("?" * len(rows[0]))
            connection.executemany(f"insert into {table} values ({marks})", rows)
        sets.append(snapshot(warehouse.release(*map(warehouse.export, DESTINATIONS))))
    assert sets[0] == sets[1]


def test_nothing_stays_behind_in_the_warehouse(warehouse: Warehouse) -> None:
    warehouse.contact("a")
    warehouse.segment("seg_a", ["a"])
    before = warehouse.connection.execute("show all tables").fetchall()
    warehouse.only()
    assert warehouse.connection.execute("show all tables").fetchall() == before


def test_a_read_only_warehouse_is_enough(warehouse: Warehouse, tmp_path: Path) -> None:
    warehouse.contact("a")
    warehouse.segment("seg_a", ["a"])
    warehouse.connection.execute(f"attach '{tmp_path / 'file.duckdb'}' as copied")
    warehouse.connection.execute("copy from database memory to copied")
    warehouse.connection.execute("detach copied")
    warehouse.connection = duckdb.connect(tmp_path / "file.duckdb", read_only=True)
    assert warehouse.only().counts.kept == 1
    warehouse.connection.close()
