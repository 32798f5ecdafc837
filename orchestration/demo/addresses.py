"""Where customers live, what firms are called, and what a salesman noted about people."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.demo import names
from orchestration.demo.places import COUNTRIES
from orchestration.demo.population import Population
from orchestration.demo.text import chosen, csv_quoted, given, joined, numbered
from orchestration.demo.timeline import Ints

_TOWNS = tuple((country, *town) for country in COUNTRIES for town in country.towns)
_SPELLINGS = tuple((country, word) for country in COUNTRIES for word in country.spellings)


@dataclass(frozen=True)
class Addresses:
    """One text column per part, one row per customer; a tenth have no street."""

    street: pa.Array
    postal_code: pa.Array
    town: pa.Array
    region: pa.Array
    country: pa.Array


def draw_addresses(rng: np.random.Generator, people: Population) -> Addresses:
    """An address in each customer's country, the country spelt as people spell it."""
    size = len(people)
    town = _one_of_country(rng, people, [country.code for country, *_ in _TOWNS])
    spelling = _one_of_country(rng, people, [country.code for country, _ in _SPELLINGS])
    latin = chosen(names.LATIN_STREETS, rng.integers(0, len(names.LATIN_STREETS), size))
    cyrillic = chosen(names.CYRILLIC_STREETS, rng.integers(0, len(names.CYRILLIC_STREETS), size))
    house = pa.array(rng.integers(1, 140, size)).cast(pa.string())
    street = joined(pc.if_else(pa.array(people.is_cyrillic), cyrillic, latin), " ", house)
    known = rng.random(size) < 0.9
    return Addresses(
        street=given(street, known),
        postal_code=given(_postal_codes(rng, town), known),
        town=chosen([name for _, name, _, _ in _TOWNS], town),
        region=chosen([region for _, _, region, _ in _TOWNS], town),
        country=chosen([word for _, word in _SPELLINGS], spelling),
    )


def companies(people: Population) -> pa.Array:
    """A firm's name for each customer; which of them are firms is for the caller to know."""
    texts = []
    for kinds, legal, families in (
        (names.CLINIC_KINDS_LATIN, names.LEGAL_LATIN, names.LATIN_FAMILIES),
        (names.CLINIC_KINDS_CYRILLIC, names.LEGAL_CYRILLIC, names.CYRILLIC_FAMILIES),
    ):
        kind = chosen(kinds, people.number % len(kinds))
        family = chosen(families, people.number // 3 % len(families))
        form = chosen(legal, people.number // 5 % len(legal))
        texts.append((kind, family, form))
    (kind, family, form), (russian_kind, russian_family, russian_form) = texts
    return pc.if_else(
        pa.array(people.is_cyrillic),
        joined(russian_form, ' "', russian_kind, " ", russian_family, '"'),
        joined(kind, " ", family, " ", form),
    )


def draw_notes(rng: np.random.Generator, size: int) -> pa.Array:
    """Hobby, car and the cat's birthday: JSON, in quotes for CSV; a third of the cards have it."""
    noted = _notes()
    return given(noted.take(pa.array(rng.integers(0, len(noted), size))), rng.random(size) < 0.35)


def _one_of_country(rng: np.random.Generator, people: Population, codes: list[str]) -> Ints:
    """For each customer a place in `codes` (sorted as `COUNTRIES`) with the customer's country."""
    counts = np.array([codes.count(country.code) for country in COUNTRIES])
    starts = np.cumsum(counts) - counts
    places: Ints = starts[people.country] + rng.integers(0, counts[people.country])
    return places


def _postal_codes(rng: np.random.Generator, town: Ints) -> pa.Array:
    """The town's first digits, filled up; British and Dutch codes end in letters."""
    digits = np.array([country.postal_digits for country, *_ in _TOWNS])[town]
    beginning = chosen([beginning for *_, beginning in _TOWNS], town)
    fill = rng.integers(0, 10**digits)
    code = joined(beginning, numbered("", fill, 1))
    for width in sorted(set(digits.tolist())):
        filled = joined(beginning, numbered("", fill, width))
        code = pc.if_else(pa.array(digits == width), filled, code)
    letters = {"GB": "AB", "NL": " AB"}
    endings = chosen([letters.get(country.code, "") for country, *_ in _TOWNS], town)
    return joined(code, endings)


@cache
def _notes() -> pa.Array:
    notes = []
    for n in range(1200):
        parts = [f'"hobby": "{names.HOBBIES[n % len(names.HOBBIES)]}"']
        if n % 3 == 0:
            parts.append(f'"car": "{names.CARS[n // 3 % len(names.CARS)]}"')
        if n % 2 == 0:
            parts.append(f'"cat_birthday": "{2012 + n % 13}-{n % 12 + 1:02d}-{n % 28 + 1:02d}"')
        notes.append("{" + ", ".join(parts) + "}")
    return csv_quoted(pa.array(notes))
