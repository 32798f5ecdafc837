"""The countries that the demo company sells to: towns, and what telephone numbers look like."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Country:
    """One market. `prefixes` are mobile prefixes, `digits` the digits that follow them; `trunk` is
    what people write instead of the country code."""

    code: str
    spellings: tuple[str, ...]
    language: str
    share: float
    cyrillic: bool
    calling_code: str
    trunk: str
    prefixes: tuple[str, ...]
    digits: int
    towns: tuple[tuple[str, str, str], ...]
    """Town, region, and how its postal codes begin."""
    postal_digits: int
    """How many digits follow."""


COUNTRIES: tuple[Country, ...] = (
    Country(
        "DE", ("DE", "DE", "DE", "Germany", "DEU"), "de", 0.30, False,
        "49", "0", ("151", "160", "170", "171"), 8,
        (("Berlin", "Berlin", "10"), ("Hamburg", "Hamburg", "20"), ("Köln", "NRW", "50"),
         ("München", "Bayern", "80"), ("Leipzig", "Sachsen", "04")), 3,
    ),
    Country(
        "GB", ("GB", "GB", "United Kingdom", "GBR"), "en", 0.12, False,
        "44", "0", ("7400", "7500", "7725", "7800"), 6,
        (("London", "England", "E1 "), ("Leeds", "England", "LS1 "), ("Cardiff", "Wales", "CF10 ")),
        1,
    ),
    Country(
        "FR", ("FR", "FR", "France"), "fr", 0.08, False,
        "33", "0", ("61", "62", "66", "68"), 7,
        (("Lyon", "Rhône", "69"), ("Nîmes", "Gard", "30"), ("Orléans", "Loiret", "45")), 3,
    ),
    Country(
        "NL", ("NL", "NL", "Netherlands"), "nl", 0.05, False,
        "31", "0", ("61", "62", "63", "64"), 7,
        (("Utrecht", "Utrecht", "35"), ("Rotterdam", "Zuid-Holland", "30")), 2,
    ),
    Country(
        "RU", ("Россия", "Россия", "RU"), "ru", 0.40, True,
        "7", "8", ("903", "905", "909", "910", "915", "916", "921", "926"), 7,
        (("Москва", "Москва", "101"), ("Санкт-Петербург", "Санкт-Петербург", "190"),
         ("Казань", "Татарстан", "420"), ("Пермь", "Пермский край", "614"),
         ("Новосибирск", "Новосибирская обл.", "630")), 3,
    ),
    Country(
        "KZ", ("Казахстан", "KZ"), "ru", 0.05, True,
        "7", "8", ("701", "702", "705", "707", "775", "777"), 7,
        (("Алматы", "Алматы", "050"), ("Караганда", "Карагандинская обл.", "100")), 3,
    ),
)  # fmt: skip
