"""The customer cards of the two CRMs: one exports UTF-8 in English, the other cp1251 in Russian."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.demo.addresses import companies, draw_addresses, draw_notes
from orchestration.demo.block import Block
from orchestration.demo.campaigns import campaigns_of
from orchestration.demo.dirt import Codes, code_of, cut, draw_dirt, spoil
from orchestration.demo.persons import draw_persons, sloppy_emails, sloppy_phones
from orchestration.demo.places import COUNTRIES
from orchestration.demo.population import CHANNELS, Population
from orchestration.demo.streams import Purpose
from orchestration.demo.text import (
    Bools,
    chosen,
    csv_lines,
    csv_quoted,
    days,
    dotted_days,
    dotted_moments,
    given,
    moments,
    numbered,
)
from orchestration.demo.timeline import DAY, Ints

LATIN_HEADER = (
    "ID,Email,Phone,First name,Last name,Company,Birth date,Gender,Street,Postal code,City,Region,"
    "Country,Language,Type,Channel,Campaign,Tier,Manager,Merged into,Card no,Attributes,Test,"
    "Created,Updated\n"
)
CYRILLIC_HEADER = (
    "Код;Почта;Телефон;Имя;Фамилия;Организация;Дата рождения;Пол;Улица;Индекс;Город;Регион;"
    "Страна;Язык;Тип;Канал;Кампания;Уровень;Менеджер;Объединён с;Карта №;Анкета;Тест;"
    "Создан;Изменён\n"
)
MANAGERS = 40


@dataclass(frozen=True)
class Cards:
    """Lines for both files with their dirt, and what other files need: e-mail addresses, and the
    seconds at which the cards were opened."""

    latin: pa.Array
    latin_dirt: Codes
    cyrillic: pa.Array
    cyrillic_dirt: Codes
    emails: pa.Array
    created: Ints


def manager_of(people: Population) -> Ints:
    """The manager of each customer (1 to `MANAGERS`): fixed by the customer's number."""
    return people.number * 7 % MANAGERS + 1


def draw_cards(block: Block) -> Cards:
    """The cards of a block of customers."""
    rng, people, size = block.draws(Purpose.CARDS), block.people, len(block.people)
    dirt = _draw_dirt(rng, people)
    originals = pa.array(people.original)
    persons = draw_persons(rng, people.number, people.country)
    emails = sloppy_emails(rng, persons.email.take(originals))
    phones = sloppy_phones(rng, persons.phone.take(originals), people.country)
    address = draw_addresses(rng, people)
    birth = rng.integers(-9000, 12800, size) * DAY
    # Before 5 o'clock in the night before the first order: no order comes before 6.
    opened = block.timeline.first_epoch_day + np.floor(people.arrival).astype(np.int64)
    created = opened * DAY + rng.integers(0, 5 * 3600, size)
    changed = created + (rng.exponential(150, size) * DAY).astype(np.int64)
    updated = np.where(changed <= block.timeline.end, changed, created)
    merged = people.has_second_card & (people.number % 5 < 2)
    tier = np.searchsorted((0.90, 0.93, 0.995), rng.random(size))

    first_name = persons.first_name.take(originals)
    test = code_of("customers.test_customer")
    columns = _Columns(
        before_birth=(
            spoil(people.ids, dirt, {"customers.missing_key": ""}),
            emails,
            phones,
            spoil(first_name, dirt, {"customers.wrong_encoding": "Jürgen"}),
            persons.last_name.take(originals),
            csv_quoted(given(companies(people), people.is_company)),
        ),
        birth=birth[people.original],
        is_woman=persons.is_woman[people.original],
        before_type=(
            address.street,
            address.postal_code,
            address.town,
            address.region,
            address.country,
            chosen([country.language for country in COUNTRIES], people.country),
        ),
        is_company=people.is_company,
        before_test=(
            chosen([channel.name for channel in CHANNELS], people.channel),
            campaigns_of(block.timeline, people),
            chosen((None, "vip", "mass", "affiliated"), tier),
            given(numbered("M", manager_of(people), 2), people.is_company),
            given(people.ids.take(originals), merged),
            numbered("", people.number * 37, 10),
            # Some notes are in Cyrillic, which cp1252 does not know.
            spoil(draw_notes(rng, size), dirt, {"customers.wrong_encoding": ""}),
        ),
        is_test=dirt == test,
        created=created,
        updated=updated,
    )
    is_latin = ~people.is_cyrillic
    latin = columns.lines(_LATIN, dirt).filter(pa.array(is_latin))
    return Cards(
        latin=_in_wrong_encoding(latin, dirt[is_latin]),
        latin_dirt=dirt[is_latin],
        cyrillic=columns.lines(_CYRILLIC, dirt).filter(pa.array(people.is_cyrillic)),
        cyrillic_dirt=dirt[people.is_cyrillic],
        emails=emails,
        created=created,
    )


@dataclass(frozen=True)
class _Style:
    """How a CRM writes: its delimiter, its dates, and its words for men and women, persons and
    companies, usual and test customers."""

    delimiter: str
    has_dots: bool
    genders: tuple[str, str]
    types: tuple[str, str]
    flags: tuple[str, str]


_LATIN = _Style(",", False, ("m", "f"), ("person", "company"), ("false", "true"))
_CYRILLIC = _Style(";", True, ("м", "ж"), ("физлицо", "организация"), ("", "да"))


@dataclass(frozen=True)
class _Columns:
    """The columns of both files in their order: those that both write alike as texts, the others
    as what they mean."""

    before_birth: tuple[pa.Array, ...]
    birth: Ints
    is_woman: Bools
    before_type: tuple[pa.Array, ...]
    is_company: Bools
    before_test: tuple[pa.Array, ...]
    is_test: Bools
    created: Ints
    updated: Ints

    def lines(self, style: _Style, dirt: Codes) -> pa.Array:
        """One line per card as the CRM of that style writes it."""
        day, moment = (dotted_days, dotted_moments) if style.has_dots else (days, moments)
        lines = csv_lines(
            style.delimiter,
            *self.before_birth,
            spoil(day(self.birth), dirt, {"customers.unreadable_date": "31.02.1985"}),
            given(chosen(style.genders, self.is_woman.astype(np.int64)), ~self.is_company),
            *self.before_type,
            chosen(style.types, self.is_company.astype(np.int64)),
            *self.before_test,
            chosen(style.flags, self.is_test.astype(np.int64)),
            spoil(moment(self.created), dirt, {"customers.torn_quote": '"2024" x'}),
            moment(self.updated),
        )
        return cut(lines, dirt, "customers.too_few_columns", 24)


def _draw_dirt(rng: np.random.Generator, people: Population) -> Codes:
    """Second cards are what the population says; only UTF-8 can be got wrong visibly."""
    second = code_of("customers.second_card")
    dirt = draw_dirt(rng, "customers", len(people))
    dirt[dirt == second] = 0
    dirt[people.has_second_card & (dirt == 0)] = second
    dirt[people.is_cyrillic & (dirt == code_of("customers.wrong_encoding"))] = 0
    return dirt


def _in_wrong_encoding(lines: pa.Array, dirt: Codes) -> pa.Array:
    """The lines as bytes, those that carry the kind in cp1252."""
    mask = dirt == code_of("customers.wrong_encoding")
    encoded = lines.cast(pa.binary())
    if not mask.any():
        return encoded
    wrong = [line.encode("cp1252") for line in lines.filter(pa.array(mask)).to_pylist()]
    return pc.replace_with_mask(encoded, pa.array(mask), pa.array(wrong, pa.binary()))
