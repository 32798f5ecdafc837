"""Google's own formatter (`google-ads-datamanager-util`) on 10,000 generated inputs."""

import random
from collections.abc import Callable

import duckdb
import phonenumbers
import pyarrow as pa
import pytest
from google.ads.datamanager_util.format import Encoding, Formatter

from orchestration.normalise import emails, phones, places, texts

INPUTS = 10_000
SPACES = ("", "", "", " ", "  ", "\t", "\n", "\u00a0", "\u2003 ", "\u3000")
LETTERS = "abcxyzABCXYZéÉßİiӨöłŁжЖёЁσΣ李"
DOMAINS = (
    "gmail.com", "googlemail.com", "GMAIL.com", "Example.com", "gmail.com.au", "mail.gmail.com",
    "пример.рф", "sub.example-1.co.uk", "example", "", "x@y.de", "exa mple.com",
)  # fmt: skip
TITLES = {"mr", "mrs", "ms", "miss", "dr", "prof", "jr", "sr", "ii", "iii", "iv", "phd", "md"}


def spaced(rng: random.Random, value: str) -> str:
    return rng.choice(SPACES) + value + rng.choice(SPACES)


def word(rng: random.Random, letters: str, most: int) -> str:
    return "".join(rng.choice(letters) for _ in range(rng.randint(0, most)))


def an_email(rng: random.Random) -> str:
    return spaced(rng, f"{word(rng, 'abXY09..++-_ ж', 8)}@{rng.choice(DOMAINS)}")


def a_phone(rng: random.Random) -> str:
    region = rng.choice(("RU", "DE", "US", "GB", "FR", "IT", "BR", "IN"))
    number = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    digits = list(str(number.national_number))
    for place in range(5, len(digits)):
        digits[place] = str(rng.randrange(10))
    number.national_number = int("".join(digits))
    kind = rng.choice((phonenumbers.PhoneNumberFormat.E164,
                       phonenumbers.PhoneNumberFormat.INTERNATIONAL))  # fmt: skip
    return spaced(rng, phonenumbers.format_number(number, kind))


def a_name(rng: random.Random) -> str:
    parts = [word(rng, LETTERS, 7) for _ in range(rng.randint(1, 2))]
    return spaced(rng, rng.choice((" ", "-", "'")).join(parts))


def a_country(rng: random.Random) -> str:
    return spaced(rng, rng.choice(("us", "US", "De", "rU", "gb", "Germany", "U", "", "kz")))


def a_zip(rng: random.Random) -> str:
    return spaced(rng, word(rng, "0123456789ABab -", 9))


def normalised(expression: str, values: list[str]) -> list[str | None]:
    """`expression` over the values, cleaned and in lower case, as exports make them."""
    with duckdb.connect() as connection:
        connection.register("raw", pa.table({"n": range(len(values)), "given": values}))
        rows = connection.execute(f"""
            select {expression} from (
                select n, x, {texts.lower("x")} as low from (
                    select n, {texts.clean_name("given")} as x from raw)
            ) order by n
        """).fetchall()
    return [row[0] for row in rows]


def e164(values: list[str]) -> list[str | None]:
    with duckdb.connect() as connection:
        connection.register("raw", pa.table({"n": range(len(values)), "given": values}))
        connection.execute(f"""
            create table people as
            select *, null::varchar as country, null::varchar as e164
            from (select n, {texts.clean("given")} as phone from raw)
        """)
        phones.complete(connection, "people")
        rows = connection.execute("select e164 from people order by n").fetchall()
    return [row[0] for row in rows]


def googles(formatter: Callable[[str], str], value: str) -> str | None:
    try:
        return formatter(value)
    except ValueError:
        return None


@pytest.mark.parametrize(
    ("make", "ours", "theirs", "share"),
    [
        (
            an_email,
            lambda values: normalised(
                f"case when {emails.is_address('low')} then {emails.google('low')} end", values
            ),
            "format_email_address",
            0.25,
        ),
        (a_phone, e164, "format_phone_number", 0.9),
        (
            a_name,
            lambda values: normalised(texts.google_first_name("low"), values),
            "format_given_name",
            0.2,
        ),
        (
            a_name,
            lambda values: normalised(texts.google_last_name("low"), values),
            "format_family_name",
            0.2,
        ),
        (a_country, lambda values: normalised(places.country("x"), values),
         "format_region_code", 0.5),
        (a_zip, lambda values: normalised(places.postal_code("x"), values),
         "format_postal_code", 0.5),
    ],
)  # fmt: skip
def test_what_we_send_is_what_google_would_make(
    make: Callable[[random.Random], str],
    ours: Callable[[list[str]], list[str | None]],
    theirs: str,
    share: float,
) -> None:
    rng = random.Random(20261122)
    values = [make(rng) for _ in range(INPUTS)]
    formatter = getattr(Formatter(), theirs)
    found = list(
        zip(values, ours(values), (googles(formatter, one) for one in values), strict=True)
    )
    # We reject more than Google's formatter, which takes any text with an @ for an address.
    wrong = [
        (value, our, google)
        for value, our, google in found
        if our is not None and our != google and TITLES.isdisjoint(value.lower().split())
    ]
    assert not wrong
    assert sum(our is not None for _, our, _ in found) >= share * INPUTS


def test_the_hash_is_googles() -> None:
    value = "  ALEXZ@example.com   "
    (ours,) = normalised(f"sha256({emails.google('low')})", [value])
    assert ours == Formatter().process_email_address(value, Encoding.HEX)
