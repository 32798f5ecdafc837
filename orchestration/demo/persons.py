"""Names, addresses of every kind and telephone numbers of made-up people.

E-mail addresses are at domains reserved for examples (RFC 2606), so none of them can exist.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.demo import names
from orchestration.demo.places import COUNTRIES, Country
from orchestration.demo.text import Bools, chosen, given, joined, numbered
from orchestration.demo.timeline import Ints

_DOMAINS = ("@example.com", "@example.org", "@example.net")
# Coprime with every count of telephone numbers below, so that no two customers share one by chance.
_SCATTER = 15_485_863


@dataclass(frozen=True)
class Persons:
    """One text column per property, one row per person; `phone` in E.164."""

    is_woman: Bools
    first_name: pa.Array
    last_name: pa.Array
    email: pa.Array
    phone: pa.Array


def draw_persons(rng: np.random.Generator, number: Ints, country: Ints) -> Persons:
    """A person for each `number` (it makes addresses unique) in each country (its place)."""
    size = len(number)
    cyrillic = np.array([c.cyrillic for c in COUNTRIES])[country]
    is_woman = rng.random(size) < 0.58
    script = cyrillic * 2 + is_woman
    first, first_parts = _listed(_FIRST_NAMES, script, rng.random(size))
    last, last_parts = _listed(_FAMILY_NAMES, script, rng.random(size))
    domain = chosen(_DOMAINS, rng.integers(0, len(_DOMAINS), size))
    digits = pa.array(number).cast(pa.string())
    return Persons(
        is_woman=is_woman,
        first_name=first,
        last_name=last,
        email=joined(first_parts, ".", last_parts, ".", digits, domain),
        phone=_phones(number, country),
    )


def sloppy_emails(rng: np.random.Generator, emails: pa.Array) -> pa.Array:
    """8 % missing, and a few as people type them: in capitals or with blanks behind."""
    habit = rng.random(len(emails))
    emails = pc.if_else(pa.array(habit > 0.985), pc.utf8_upper(emails), emails)
    emails = pc.if_else(pa.array((habit > 0.975) & (habit <= 0.985)), joined(emails, " "), emails)
    return given(emails, habit > 0.08)


def sloppy_phones(rng: np.random.Generator, phones: pa.Array, country: Ints) -> pa.Array:
    """5 % missing, 10 % in the way of the country, such as `8 (916) 123-45-67`."""
    habit = rng.random(len(phones))
    for place, rules in enumerate(COUNTRIES):
        local = pa.array((country == place) & (habit < 0.15))
        phones = pc.if_else(local, _local_phones(phones, rules), phones)
    return given(phones, habit >= 0.05)


def _phones(number: Ints, country: Ints) -> pa.Array:
    sizes = np.array([len(c.prefixes) * 10**c.digits for c in COUNTRIES])[country]
    powers = np.array([10**c.digits for c in COUNTRIES])[country]
    scattered = number * _SCATTER % sizes
    # The prefix of each customer, out of one list for all countries.
    starts = np.cumsum([0] + [len(c.prefixes) for c in COUNTRIES[:-1]])[country]
    prefixes = [f"+{c.calling_code}{prefix}" for c in COUNTRIES for prefix in c.prefixes]
    prefix = chosen(prefixes, starts + scattered // powers)
    rest = scattered % powers
    digits = numbered("", rest, 6)
    for length in sorted({c.digits for c in COUNTRIES}):
        digits = pc.if_else(pa.array(powers == 10**length), numbered("", rest, length), digits)
    return joined(prefix, digits)


def _local_phones(phones: pa.Array, country: Country) -> pa.Array:
    national = pc.utf8_slice_codeunits(phones, 1 + len(country.calling_code))
    if country.trunk == "8":
        pieces = [pc.utf8_slice_codeunits(national, a, b) for a, b in ((0, 3), (3, 6), (6, 8))]
        rest = pc.utf8_slice_codeunits(national, 8)
        return joined("8 (", pieces[0], ") ", pieces[1], "-", pieces[2], "-", rest)
    prefix = pc.utf8_slice_codeunits(national, 0, 3)
    return joined(country.trunk, prefix, " ", pc.utf8_slice_codeunits(national, 3))


# Names of Latin men, Latin women, Cyrillic men, Cyrillic women.
_FIRST_NAMES = (names.LATIN_MEN, names.LATIN_WOMEN, names.CYRILLIC_MEN, names.CYRILLIC_WOMEN)
_FAMILY_NAMES = (
    names.LATIN_FAMILIES,
    names.LATIN_FAMILIES,
    names.CYRILLIC_FAMILIES,
    tuple(names.feminine(family) for family in names.CYRILLIC_FAMILIES),
)


def _listed(
    lists: tuple[tuple[str, ...], ...], which: Ints, share: np.ndarray
) -> tuple[pa.Array, pa.Array]:
    """A name from the list `which` of each row, and how it stands in an e-mail address."""
    lengths = np.array([len(words) for words in lists])
    starts = np.cumsum(lengths) - lengths
    places = starts[which] + np.floor(share * lengths[which]).astype(np.int64)
    words, parts = _flat(lists)
    return chosen(words, places), chosen(parts, places)


@cache
def _flat(lists: tuple[tuple[str, ...], ...]) -> tuple[Sequence[str], Sequence[str]]:
    words = [word for listed in lists for word in listed]
    return words, [names.address_part(word) for word in words]
