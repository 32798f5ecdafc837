"""Section 5 of the channel page: every published vector, through our normalisers and in SQL."""

from typing import Any

import duckdb
import pyarrow as pa
import pytest

from orchestration.normalise import emails, phones, texts

CONNECTION = duckdb.connect()


def run(expression: str, value: str | None) -> Any:
    row = CONNECTION.execute(
        f"select {expression} from (select cast($1 as varchar) as x)", [value]
    ).fetchone()
    assert row
    return row[0]


def email(value: str) -> str | None:
    clean = run(texts.lower("x"), run(texts.clean("x"), value))
    return clean if run(emails.is_address("x"), clean) else None


def google_email(value: str) -> str | None:
    return run(emails.google("x"), email(value))


def name(value: str) -> str | None:
    return run(texts.google_first_name("x"), run(texts.lower("x"), run(texts.clean("x"), value)))


def phone(value: str) -> str | None:
    """E.164, as exports make it of a Russian customer's."""
    with duckdb.connect() as connection:
        connection.register("raw", pa.table({"phone": [value.strip()], "country": ["RU"]}))
        connection.execute(
            f"create table people as select *, {phones.certain('dial', 'country', ['RU'])} as e164 "
            f"from (select *, {phones.dialled('phone')} as dial from raw)"
        )
        phones.complete(connection, "people")
        row = connection.execute("select e164 from people").fetchone()
    return row[0] if row else None


def digits(value: str) -> str | None:
    return run("substr(x, 2)", phone(value))


def plain(value: str) -> str:
    """Identifiers that no destination of ours sends: they show the hash alone."""
    return value


VECTORS = [
    # googleads/data-manager-python
    (google_email, "  ALEXZ@example.com   ", "sha256",
     "509e933019bb285a134a9334b8bb679dff79d0ce023d529af4bd744d47b4fd8a"),
    (phone, "   +1-800-555-0100", "sha256",
     "fb4f73a6ec5fdb7077d564cdd22c3554b43ce49168550c3b12c547b78c517b30"),
    (name, "GivenName", "sha256",
     "128a07bfe2df877c52076e60d7774cf5baaa046c5a6c48daf30ff43ecca2f814"),
    (name, " familyNAME ", "sha256",
     "77762c287e61ce065bee5c15464012c6fbe088398b8057627d5577249430d574"),
    # Meta, guide to value-based audiences
    (email, "Test1@example.com", "sha256",
     "9b431636bd164765d63c573c346708846af4f68fe3701a77a3bdd7e7e5166254"),
    (email, "test2@example.com", "sha256",
     "8cc62c145cd0c6dc444168eaeb1b61b351f9b1809a579cc9b4c9e9d7213a39ee"),
    (email, "test3@example.com", "sha256",
     "4eaf70b1f7a797962b9d2a533f122c8039012b31e0a52b34a426729319cb792a"),
    (email, "test4@example.com", "sha256",
     "98df8d46f118f8bef552b0ec0a3d729466a912577830212a844b73960777ac56"),
    # TikTok: an address, a phone (without the + that the page shows), a device
    (email, "JaneDoe@gmail.com", "sha256",
     "d6117306485ed0e50afab3ac871e98f81699151f30281527d63ff5f233656c69"),
    (digits, "+374 93 828222", "sha256",
     "65b7e6dcf6f4310f8d7cbfbd78289a753062fb054d6664fb9aaac5df66a422d4"),
    (plain, "5f3a2b18-9c4d-4e7f-b8e2-17d3a1e69b25", "sha256",
     "83dc3f5f32b9472613b0f038d36f22585a609d018af6f6067f50da318bf354bd"),
    # Microsoft, bulk file
    (email, "test@contoso.com", "sha256",
     "f25ad364d33972379a7a4f4df33db142205f5c40eb19cfdb2fc5aaf117e10101"),
    # X, a name from @AdsAPI
    (plain, "adsapi", "sha256",
     "49e0be2aeccfb51a8dee4c945c8a70a9ac500cf6f5cb08112575f74db9b1470d"),
    # Yandex, MD5 until 2025, which VK still takes, and SHA-256
    (digits, "8 987 654-32-10", "md5", "5c5259938ed3e632bc5e3f94731090af"),
    (email, "mail@yandex.ru", "md5", "3c56ff8fef0f6c65b36b2d25720fe276"),
    (digits, "+7 901 234 56 78", "md5", "7cea6da797b7105aee4188b6731a9006"),
    (email, "Example2@yandex.ru", "md5", "8d2b135ba9bd88fbfbd8ececb31196d1"),
    (digits, "(999) 555-11-11", "md5", "f09f2c3d48f31e2a802944ade2e5aec5"),
    (digits, "8 987 654-32-10", "sha256",
     "8bf7d8ef683ac4d7cf7fc6390f99c06e76e0b2022ec0c857c92e0041a53a3d66"),
    (email, "mail@yandex.ru", "sha256",
     "bd93ea95f242f02313eccf0ab0bb7fe5121a052de42d2cb7bd332fb9f537cbfa"),
    (name, "Иван", "sha256",
     "74f46a588dd2b0d94ec4067f21fc7127c16ba0f1af96ece7a7ebfefe3ddedc92"),
]  # fmt: skip


@pytest.mark.parametrize(("normaliser", "raw", "algorithm", "digest"), VECTORS)
def test_published_vectors(normaliser: Any, raw: str, algorithm: str, digest: str) -> None:
    shown = normaliser(raw)
    assert shown
    assert run(f"{algorithm}(x)", shown) == digest
