"""Phones in SQL come out as libphonenumber makes them."""

import random

import duckdb
import phonenumbers
import pyarrow as pa
import pytest

from orchestration.normalise import phones

REGIONS = ("RU", "DE", "US", "CA", "GB", "FR", "KZ", "IT", "UA", "BY", "BR", "AR", "IN", "ES", "LT")


def in_sql(
    pairs: list[tuple[str, str | None]], *, look_up: bool, regions: tuple[str, ...] = REGIONS
) -> list[str | None]:
    """E.164 of (phone, country) pairs, with or without libphonenumber for the uncertain ones."""
    connection = duckdb.connect()
    numbered = [(n, *pair) for n, pair in enumerate(pairs)]
    columns = dict(zip(("n", "phone", "country"), zip(*numbered, strict=True), strict=True))
    text = {"phone": pa.string(), "country": pa.string()}
    raw = pa.table({name: pa.array(values, text.get(name)) for name, values in columns.items()})
    connection.register("raw", raw)
    connection.execute(f"""
        create table people as
        select n, phone, country, {phones.certain("dial", "country", regions)} as e164
        from (select *, {phones.dialled("phone")} as dial from raw)
    """)
    if look_up:
        phones.complete(connection, "people")
    return [row[0] for row in connection.execute("select e164 from people order by n").fetchall()]


def spellings(rng: random.Random, region: str) -> list[str]:
    """Valid, foreign, short, long and odd numbers, as people write them down."""
    kind = rng.choice(
        [phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE]
    )
    number = phonenumbers.example_number_for_type(region, kind)
    national = list(phonenumbers.national_significant_number(number))
    for _ in range(rng.randint(0, len(national) - 1)):
        national[rng.randrange(rng.choice([0, 2, 4]), len(national))] = str(rng.randrange(10))
    digits = "".join(national)
    if rng.random() < 0.2:
        digits = digits[: rng.randrange(3, len(digits) + 1)] + "7" * rng.randrange(3)
    code = str(number.country_code)
    trunk = rng.choice("0819")
    spaced = f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"
    return [
        f"+{code}{digits}",
        f"+{code} {spaced}",
        f"{code}{digits}",
        digits,
        spaced,
        f"{trunk}{digits}",
        f"{trunk} {spaced}",
        f"00{code}{digits}",
        f"+{code}{trunk}{digits}",
        f"+{code} (0) {digits}",
        f"810{code}{digits}",
        f"{digits} ext. 12",
        f"+{rng.randrange(1, 999)}{digits}",
    ]


@pytest.fixture(scope="module")
def inputs() -> list[tuple[str, str | None]]:
    rng = random.Random(20260131)
    pairs: list[tuple[str, str | None]] = []
    for region in REGIONS:
        for _ in range(520):
            for phone in spellings(rng, region):
                # Now and then the customer lives elsewhere, or nobody knows where.
                country = rng.choice([region, region, region, region, rng.choice(REGIONS), None])
                pairs.append((phone, country))
    return pairs


@pytest.fixture(scope="module")
def by_library(inputs: list[tuple[str, str | None]]) -> list[str | None]:
    """What libphonenumber makes of each."""
    return [phones.look_up(*pair) for pair in inputs]


def unless_placeholder(found: str | None) -> str | None:
    if found is None:
        return None
    national = phonenumbers.national_significant_number(phonenumbers.parse(found))
    return None if len(set(national)) == 1 else found


def test_result_equals_libphonenumber(
    inputs: list[tuple[str, str | None]], by_library: list[str | None]
) -> None:
    assert len(inputs) >= 100_000
    wanted = [unless_placeholder(found) for found in by_library]
    found = in_sql(inputs, look_up=True)
    wrong = [(p, w, f) for p, w, f in zip(inputs, wanted, found, strict=True) if w != f]
    assert not wrong


def test_sql_alone_is_never_wrong_and_mostly_enough(
    inputs: list[tuple[str, str | None]], by_library: list[str | None]
) -> None:
    certain = in_sql(inputs, look_up=False)
    wanted = by_library
    wrong = [(p, w, c) for p, w, c in zip(inputs, wanted, certain, strict=True) if c and w != c]
    assert not wrong
    plain = [
        (c, w)
        for (phone, country), c, w in zip(inputs, certain, wanted, strict=True)
        if w and country in ("RU", "DE", "US", "GB", "FR", "UA", "ES") and phone.startswith("+")
    ]
    assert sum(c is not None for c, _ in plain) > 0.5 * len(plain)


@pytest.mark.parametrize(
    ("phone", "country", "e164"),
    [
        ("8 916 123-45-67", "RU", "+79161234567"),
        ("7 (916) 123 45 67", "RU", "+79161234567"),
        ("9161234567", "RU", "+79161234567"),
        ("   +1-800-555-0100", None, "+18005550100"),
        ("+7 987 654-32-10", "DE", "+79876543210"),
        ("0151 23456789", "DE", "+4915123456789"),
        ("0049 151 23456789", "DE", "+4915123456789"),
        ("8 916 123-45-67", None, None),
        ("89161234567", "ZZ", None),
        ("+0000000000", "RU", None),
        ("0000000000", "RU", None),
        ("+7 999 999-99-99", "RU", None),
        ("+7 777 777 77 77", "KZ", None),
        ("not a phone", "RU", None),
        ("12", "RU", None),
        ("+7 916 123", "RU", None),
    ],
)
def test_known_spellings(phone: str, country: str | None, e164: str | None) -> None:
    assert in_sql([(phone.strip(), country)], look_up=True, regions=("RU", "KZ", "DE")) == [e164]


def test_published_phone_hashes() -> None:
    connection = duckdb.connect()
    found = in_sql(
        [("+1-800-555-0100", None), ("8 987 654 32 10", "RU")], look_up=True, regions=("RU",)
    )
    google, meta = connection.execute(
        "select sha256(cast($1 as varchar)), sha256(substr($2, 2))", found
    ).fetchall()[0]
    assert google == "fb4f73a6ec5fdb7077d564cdd22c3554b43ce49168550c3b12c547b78c517b30"
    assert meta == "8bf7d8ef683ac4d7cf7fc6390f99c06e76e0b2022ec0c857c92e0041a53a3d66"
