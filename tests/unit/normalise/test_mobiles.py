"""Which numbers are mobile, as libphonenumber has it."""

import random

import duckdb
import phonenumbers
import pyarrow as pa

from orchestration.normalise import mobiles

REGIONS = ("RU", "DE", "US", "GB", "FR", "UA", "BR", "IN", "ES", "IT", "PL", "AM", "KZ")
KINDS = (
    phonenumbers.PhoneNumberType.MOBILE,
    phonenumbers.PhoneNumberType.FIXED_LINE,
    phonenumbers.PhoneNumberType.TOLL_FREE,
    phonenumbers.PhoneNumberType.PERSONAL_NUMBER,
    phonenumbers.PhoneNumberType.VOIP,
)


def numbers() -> list[str]:
    """Valid numbers of all kinds."""
    rng = random.Random(7)
    found = set()
    for region in REGIONS:
        for kind in KINDS:
            example = phonenumbers.example_number_for_type(region, kind)
            if example is None:
                continue
            code, national = example.country_code, str(example.national_number)
            for _ in range(60):
                start = rng.randrange(1, len(national))
                changed = national[:start] + "".join(
                    str(rng.randrange(10)) for _ in national[start:]
                )
                number = phonenumbers.PhoneNumber(code, int(changed))
                if phonenumbers.is_valid_number(number):
                    found.add(f"+{code}{changed}")
    return sorted(found)


def test_it_is_what_libphonenumber_says() -> None:
    found = numbers()
    connection = duckdb.connect()
    connection.register("raw", pa.table({"e164": [*found, None]}))
    connection.execute("create table people as select e164 from raw")
    looked_up = mobiles.mark_mobiles(connection, "people", REGIONS)
    rows = connection.execute("select e164, is_mobile from people").fetchall()
    wrong = [(e164, is_mobile) for e164, is_mobile in rows
             if is_mobile != (e164 is not None and mobiles.is_mobile(e164))]  # fmt: skip
    assert not wrong
    assert len(found) > 1500
    # Russia, Kazakhstan, North America, Italy and Britain share their calling codes.
    assert 0 < looked_up < 0.6 * len(found)
    assert {is_mobile for _, is_mobile in rows} == {True, False}
