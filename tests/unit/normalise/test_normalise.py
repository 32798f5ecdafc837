"""Normalisers run as SQL on the channels' published examples (section 5 of the channel page)."""

import hashlib
import unicodedata
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.normalise import emails, phones, places, texts

CONNECTION = duckdb.connect()


def run(expression: str, value: str | None, country: str = "DE") -> Any:
    row = CONNECTION.execute(
        f"select {expression} from (select cast($1 as varchar) as x, cast($2 as varchar) as c)",
        [value, country],
    ).fetchone()
    assert row is not None
    return row[0]


def cleaned(value: str) -> str | None:
    return run(texts.lower("x"), run(texts.clean("x"), value))


def email(value: str) -> str | None:
    """As `people` and a destination make it."""
    clean = cleaned(value)
    return clean if run(emails.is_address("x"), clean) else None


def google_email(value: str) -> str | None:
    clean = email(value)
    return run(emails.google("x"), clean) if clean else None


def name(normaliser: str, value: str) -> str | None:
    return run(
        getattr(texts, normaliser)("x"), run(texts.lower("x"), run(texts.clean_name("x"), value))
    )


def sha256(value: str | None) -> str:
    assert value
    row = CONNECTION.execute("select sha256($1)", [value]).fetchone()
    assert row is not None
    assert row[0] == hashlib.sha256(value.encode()).hexdigest()
    return str(row[0])


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Cloudy.SanFrancisco+shopping@gmail.com", "cloudysanfrancisco@gmail.com"),
        ("user.name+NYC@Example.com", "user.name+nyc@example.com"),
        ("Jefferson.LOVES.Hiking@googlemail.com", "jeffersonloveshiking@googlemail.com"),
        (" ...@gmail.com", None),
        ("+tag@gmail.com", None),
    ],
)
def test_google_emails_follow_googles_formatter(raw: str, expected: str | None) -> None:
    assert google_email(raw) == expected


@pytest.mark.parametrize(
    ("raw", "digest"),
    [
        (
            "  ALEXZ@example.com   ",
            "509e933019bb285a134a9334b8bb679dff79d0ce023d529af4bd744d47b4fd8a",
        ),
        ("janedoe@gmail.com", "d6117306485ed0e50afab3ac871e98f81699151f30281527d63ff5f233656c69"),
        ("test@contoso.com", "f25ad364d33972379a7a4f4df33db142205f5c40eb19cfdb2fc5aaf117e10101"),
        ("mail@yandex.ru", "bd93ea95f242f02313eccf0ab0bb7fe5121a052de42d2cb7bd332fb9f537cbfa"),
    ],
)
def test_published_email_hashes(raw: str, digest: str) -> None:
    assert sha256(google_email(raw)) == digest


@pytest.mark.parametrize(
    ("raw", "digest"),
    [  # Meta's guide to value-based audiences
        ("test1@example.com", "9b431636bd164765d63c573c346708846af4f68fe3701a77a3bdd7e7e5166254"),
        ("test2@example.com", "8cc62c145cd0c6dc444168eaeb1b61b351f9b1809a579cc9b4c9e9d7213a39ee"),
        ("test3@example.com", "4eaf70b1f7a797962b9d2a533f122c8039012b31e0a52b34a426729319cb792a"),
        ("test4@example.com", "98df8d46f118f8bef552b0ec0a3d729466a912577830212a844b73960777ac56"),
    ],
)
def test_published_meta_hashes(raw: str, digest: str) -> None:
    assert sha256(email(raw.upper())) == digest


def test_meta_keeps_dots_and_tags_of_google_addresses() -> None:
    assert email("Jane.Doe+news@gmail.com") == "jane.doe+news@gmail.com"


@pytest.mark.parametrize(
    ("normaliser", "raw", "digest"),
    [
        (
            "google_first_name",
            "  GivenName ",
            "128a07bfe2df877c52076e60d7774cf5baaa046c5a6c48daf30ff43ecca2f814",
        ),
        (
            "google_last_name",
            "FamilyName\u00a0",
            "77762c287e61ce065bee5c15464012c6fbe088398b8057627d5577249430d574",
        ),
        ("meta_name", "Иван", "74f46a588dd2b0d94ec4067f21fc7127c16ba0f1af96ece7a7ebfefe3ddedc92"),
        (
            "google_first_name",
            "ИВАН",
            "74f46a588dd2b0d94ec4067f21fc7127c16ba0f1af96ece7a7ebfefe3ddedc92",
        ),
    ],
)
def test_published_name_hashes(normaliser: str, raw: str, digest: str) -> None:
    assert sha256(name(normaliser, raw)) == digest


@pytest.mark.parametrize("edge", ["\u00a0", "\u200b", "\ufeff", "\u2003", "\u3000", "\t", "\r\n"])
def test_trimming_knows_unicode_white_space(edge: str) -> None:
    assert email(f"{edge}Jane@Example.com{edge} ") == "jane@example.com"
    assert run(texts.clean("x"), edge * 2) is None


@pytest.mark.parametrize(
    "raw",
    [
        "jane doe@example.com",
        "jane\u00a0doe@example.com",
        "jane\u200bdoe@example.com",
        "jane@example",
        "jane@@example.com",
        "jane@exam@ple.com",
        "a@x.com;b@x.com",
        "a@x.com, b@x.com",
        "Jane <jane@example.com>",
        "mailto:jane@example.com",
        "jane@example.com.",
        "jane@-example.com",
        "@example.com",
        "jane@",
        "n/a",
        "-",
        "=1+1@example.com",
        '"a b"@example.com',
        "a" * 65 + "@example.com",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    ],
)
def test_what_is_no_single_address_is_rejected_not_altered(raw: str) -> None:
    assert email(raw) is None


ADDRESS_LIKE = st.builds(
    "{}@{}".format,
    st.text("aZ0.-_+'%=@ é\u00a0", max_size=6),
    st.text("aZ0.-@é ", max_size=8).map(lambda domain: f"b{domain}.co"),
)


@settings(deadline=None)
@given(st.one_of(ADDRESS_LIKE, st.text("aZ0.-_+'%=@ é", max_size=10)))
def test_a_plain_address_is_one_for_the_other_tests_too(value: str) -> None:
    if run(emails.is_plain("x"), value):
        assert run(texts.clean("x"), value) == value
        assert email(value) == run("lower(x)", value)


def test_most_addresses_are_plain() -> None:
    for value in ("jane.doe@example.com", "O'Neill_1%x+y@Sub.Example-2.CO.uk", "1@2.de"):
        assert run(emails.is_plain("x"), value)
    assert run(f"{emails.is_plain('x')} and {emails.is_short('x')}", "a" * 64 + "@x.de")
    assert not run(f"{emails.is_plain('x')} and {emails.is_short('x')}", "a" * 65 + "@x.de")


@settings(deadline=None)
@given(st.text("+0189 .-()", max_size=12))
def test_a_dialled_phone_is_clean_and_dials_itself(value: str) -> None:
    if run(phones.is_dialled("x"), value):
        assert run(texts.clean("x"), value) == value
        assert run(phones.dialled("x"), value) == value


def test_international_addresses_are_kept() -> None:
    assert email("Почта@Пример.РФ") == "почта@пример.рф"
    assert email("o'neill_1%x@sub.example.co.uk") == "o'neill_1%x@sub.example.co.uk"


def test_text_is_composed_before_hashing() -> None:
    decomposed = unicodedata.normalize("NFD", "Ёлка Noël Йод")
    assert run(texts.clean("x"), decomposed) == "Ёлка Noël Йод"


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20))
def test_lower_case_is_unicodes(value: str) -> None:
    # Only letters that both Unicode versions know are asked for.
    known = "".join(char for char in value if unicodedata.category(char) != "Cn")
    assert (run(texts.lower("x"), known) or "") == known.lower()


def test_lower_case_of_turkish_and_greek_is_unicodes() -> None:
    for value in ("İBRAHİM", "ΓΙΩΡΓΟΣ", "ΟΔΥΣΣΕΥΣ Σ", "ΣΑΣ-ΜΑΣ", "STRASSE", "ЁЖИК"):
        assert run(texts.lower("x"), value) == value.lower()


@pytest.mark.parametrize(
    ("normaliser", "raw", "expected"),
    [
        ("google_first_name", "Mrs. Anna", "anna"),
        ("google_first_name", "Dr Anna", "anna"),
        ("google_first_name", "Mrs", "mrs"),
        ("google_first_name", "Mirela", "mirela"),
        ("google_first_name", "Zoë-Ann", "zoë-ann"),
        ("google_last_name", "King, Jr.", "king"),
        ("google_last_name", "King III", "king"),
        ("google_last_name", "O'Neill", "o'neill"),
        ("meta_name", "O'Neill-Smith", "oneillsmith"),
        ("meta_name", "Anna  - Maria", "anna maria"),
        ("meta_name", "Анна-Мария", "аннамария"),
        ("meta_name", "李小龍", "李小龍"),
        ("meta_place", "St. Petersburg", "stpetersburg"),
        ("meta_place", "Нижний Новгород", "нижнийновгород"),
    ],
)
def test_names_and_places(normaliser: str, raw: str, expected: str) -> None:
    assert name(normaliser, raw) == expected


@pytest.mark.parametrize(
    "raw",
    ["=cmd()", "@home", "\tJane", "\rJane", "-", "...", "?", "12", "Ja\nne", "ab" * 31 + "c1"],
)
@pytest.mark.parametrize("normaliser", ["google_first_name", "google_last_name", "meta_name"])
def test_names_that_mean_harm_or_nothing_are_rejected(normaliser: str, raw: str) -> None:
    assert name(normaliser, raw) is None


def test_places_follow_the_channels() -> None:
    assert run(places.country("x"), run(texts.clean("x"), " uS ")) == "US"
    assert run(places.country("x"), "Germany") is None
    assert run(places.country("x"), "ZZ") is None
    assert run(places.postal_code("x"), run(texts.clean("x"), " 1229-076  ")) == "1229-076"
    assert run(places.postal_code("x"), "=1") is None
    assert run(places.meta_postal_code("x", "c"), "SW1A 1AA", "GB") == "sw1a1aa"
    assert run(places.meta_postal_code("x", "c"), "94025-1234", "US") == "94025"
    assert run(places.meta_postal_code("x", "c"), "9402", "US") is None
    assert run(places.meta_region("x", "c"), "ca", "US") == "ca"
    assert run(places.meta_region("x", "c"), "california", "US") is None
    assert run(places.meta_region("x", "c"), "московская область", "RU") == "московскаяобласть"
    assert [run(places.gender("x"), g) for g in ("F", "Мужской", "x")] == ["f", "m", None]
