"""Phone numbers to E.164: in SQL where the outcome is certain, else by libphonenumber itself.

The SQL is generated from libphonenumber's own metadata and takes only those inputs for which its
parser has no choice; everything else is left to `phonenumbers`, once per distinct number and
country. The result is always libphonenumber's (`parse`, `is_valid_number`, format E164), except
that placeholders (all digits alike) are rejected. Numbers that need a country and have none are
rejected, not guessed.
"""

import json
import re
from collections.abc import Iterator, Sequence

import duckdb
import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberDesc

from orchestration import sql
from orchestration.normalise.places import REGIONS

_DIALLED = r"\+?[0-9]+"
_PUNCTUATED = "\\+?[0-9 ().\u00a0-]+"
_LOOKUP_BATCH = 50_000
_NO_SHAPE: tuple[str, tuple[int, ...]] = ("", ())


def is_dialled(phone: str) -> str:
    """Whether `phone` is nothing but digits, with or without a leading `+`: clean as it stands."""
    return sql.matches(phone, _DIALLED)


def dialled(phone: str) -> str:
    """The digits, with a leading `+` if there was one; NULL where other characters stand."""
    stripped = f"regexp_replace({phone}, '[ ().\u00a0-]', '', 'g')"
    return (
        f"case when {is_dialled(phone)} then {phone} "
        f"when {sql.matches(phone, _PUNCTUATED)} and length({phone}) <= 30 then {stripped} end"
    )


def certain(dial: str, region: str, regions: Sequence[str]) -> str:
    """E.164 of `dial` (see `dialled`) where it is certain, else NULL; for contacts of `regions`."""
    known = [code for code in regions if code in REGIONS]
    if not known:
        return "cast(null as varchar)"
    abroad = " ".join(_international(dial, code) for code in _main_regions(known))
    home = " ".join(f"when {sql.literal(code)} then {_national(dial, code)}" for code in known)
    # Whether the digits are all alike is asked of few, by the exact path.
    return (
        f"case when {_ends_alike(dial)} then null else "
        f"coalesce(case when starts_with({dial}, '+') then case {abroad} end end, "
        f"case {region} {home} end) end"
    )


def _main_regions(regions: Sequence[str]) -> list[str]:
    """The main region of every calling code used in `regions`; calling codes are prefix-free."""
    codes = dict.fromkeys(_calling_code(region) for region in regions)
    return [phonenumbers.region_code_for_country_code(code) for code in codes]


def _international(dial: str, region: str) -> str:
    """A branch for numbers with `+` and the calling code of the main region `region`."""
    code = str(_calling_code(region))
    number = f"substr({dial}, {len(code) + 2})"
    return (
        f"when starts_with({dial}, '+{code}') then "
        f"case when {sql.all_of(*_valid(number, region, region))} then {dial} end"
    )


def _national(dial: str, region: str) -> str:
    """Numbers of a customer of `region`: bare, with the trunk prefix, with the calling code."""
    plan = _plan(region)
    code = str(_calling_code(region))
    main = phonenumbers.region_code_for_country_code(_calling_code(region))
    general, _ = _shape(plan.general_desc)
    home = (
        f"not {_begins(dial, plan.international_prefix)}" if plan.international_prefix else "true"
    )

    bare = sql.all_of(*_valid(dial, region, region))
    branches = [f"when {bare} then '+{code}' || {dial}"]

    number = f"substr({dial}, {len(code) + 1})"
    coded = sql.all_of(
        f"starts_with({dial}, '{code}')",
        f"not {sql.matches(dial, general)}",
        *_valid(number, region, region, main),
    )
    branches.append(f"when {coded} then '+' || {dial}")

    for trunk in _trunks(plan):
        if trunk == code:
            continue
        number = f"substr({dial}, {len(trunk) + 1})"
        prefixed = sql.all_of(
            f"starts_with({dial}, '{trunk}')",
            f"not starts_with({dial}, '{code}')",
            f"not {sql.matches(dial, general)}",
            *_valid(number, region),
        )
        branches.append(f"when {prefixed} then '+{code}' || {number}")

    own = f"when starts_with({dial}, '+') then null"
    if main != region:
        number = f"substr({dial}, {len(code) + 2})"
        local = sql.all_of(
            f"starts_with({dial}, '+{code}')",
            *_valid(number, region, region, main),
        )
        own = f"when {local} then {dial} {own}"
    return f"case {own} when {home} then case {' '.join(branches)} end end"


def _trunks(plan: PhoneMetadata) -> list[str]:
    """National prefixes of `plan` that are plain digits, one of which at most can stand at a start.

    Empty where a prefix may be more than digits, or is replaced by something.
    """
    trunks = (plan.national_prefix_for_parsing or "").split("|")
    plain = all(trunk.isdigit() for trunk in trunks) and not plan.national_prefix_transform_rule
    distinct = not any(one != other and other.startswith(one) for one in trunks for other in trunks)
    return trunks if plain and distinct else []


def _valid(number: str, region: str, *unprefixed: str) -> list[str]:
    """Conditions for a national number to be a mobile or fixed-line number of `region` alone.

    libphonenumber asks the regions that share a calling code in turn: the first whose leading
    digits fit decides, so a number must not fit those of a region that is asked earlier. Nor may
    its start be what could be taken for a national prefix of the regions `unprefixed`. As few
    patterns as can be: each costs as much as everything else together.
    """
    plan = _plan(region)
    kinds: dict[tuple[int, ...], list[str]] = {}
    for pattern, lengths in sorted({_shape(plan.mobile), _shape(plan.fixed_line)} - {_NO_SHAPE}):
        kinds.setdefault(lengths, []).append(pattern)
    tests = [f"({_fits(number, ('|'.join(some), lengths))})" for lengths, some in kinds.items()]
    if not tests:
        return ["false"]
    conditions = [
        f"not starts_with({number}, '0')",
        f"({' or '.join(tests)})",
        _fits(number, _shape(plan.general_desc)),
    ]
    if plan.leading_digits:
        conditions.append(_begins(number, plan.leading_digits))
    sharing = phonenumbers.region_codes_for_country_code(_calling_code(region))
    earlier = [_plan(other).leading_digits for other in sharing[: sharing.index(region)]]
    national = [_plan(other).national_prefix_for_parsing for other in unprefixed]
    if any(re.match(prefix, "") for prefix in national if prefix):
        return ["false"]
    starts = dict.fromkeys(filter(None, (*earlier, *national)))
    if starts:
        conditions.append(f"not {_begins(number, '|'.join(starts))}")
    return conditions


def _shape(kind: PhoneNumberDesc | None) -> tuple[str, tuple[int, ...]]:
    """Pattern and possible lengths of a kind of number; the pattern is empty if there is none."""
    if kind is None or not kind.national_number_pattern:
        return _NO_SHAPE
    return kind.national_number_pattern, tuple(kind.possible_length or ())


def _fits(number: str, shape: tuple[str, tuple[int, ...]]) -> str:
    pattern, lengths = shape
    if not lengths:
        return sql.matches(number, pattern)
    # A list after `in` would become a join, asked of all rows: the bits of a number are not.
    allowed = sum(1 << length for length in lengths)
    return sql.all_of(f"({allowed} >> strlen({number})) & 1 = 1", sql.matches(number, pattern))


def _begins(number: str, pattern: str) -> str:
    return f"regexp_matches({number}, {sql.literal(f'^(?:{pattern})')})"


def prefixes(region: str) -> tuple[str, str]:
    """The calling code of `region` and its national (trunk) prefix, `0` where it has none."""
    return str(_calling_code(region)), _plan(region).national_prefix or "0"


def _calling_code(region: str) -> int:
    return int(phonenumbers.country_code_for_region(region))


def _plan(region: str) -> PhoneMetadata:
    plan = PhoneMetadata.metadata_for_region(region)
    if plan is None:
        raise KeyError(region)
    return plan


def placeholder(e164: str) -> str:
    """Whether all digits after the calling code are alike: `+79999999999` is nobody's number."""
    codes = "|".join(str(code) for code in sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE))
    national = rf"regexp_replace({e164}, '^\+(?:{codes})', '')"
    alike = f"replace({national}, right({e164}, 1), '') = ''"
    return sql.all_of(_ends_alike(e164), alike)


def _ends_alike(number: str) -> str:
    """Whether the last four digits are alike: moved by one place they are the same."""
    return f"substr({number}, -4, 3) = substr({number}, -3)"


def is_placeholder_like(phone: str) -> str:
    """Whether `phone`, as given, ends in seven digits that are all alike: nobody's number."""
    digits = f"regexp_replace({phone}, '[^0-9]', '', 'g')"
    return f"suffix({digits}, repeat(right({digits}, 1), 7)) and {digits} <> ''"


def lacks_country(phone: str, country: str) -> str:
    """Whether `phone`, as given, cannot be read for want of a country: it names none itself."""
    return f"({country} is null and not starts_with({phone}, '+'))"


def look_up(phone: str, region: str | None) -> str | None:
    """E.164 by libphonenumber, or None where the number is not valid."""
    try:
        number = phonenumbers.parse(phone, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def complete(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    """Fill `e164` of `table` (columns `phone`, `country`, `e164`) where SQL was not certain.

    Returns the number of distinct inputs that were looked up.
    """
    connection.execute(
        "create or replace temp table export_phones (phone text, region text, e164 text)"
    )
    looked_up = 0
    for batch in _pending(connection, table):
        found = [(phone, region, look_up(phone, region)) for phone, region in batch]
        # As one JSON text: binding or registering values would import pandas, which takes seconds.
        rows = sql.literal(json.dumps([row for row in found if row[2]]))
        connection.execute(
            "insert into temp.export_phones select row[1], row[2], row[3] "
            f"from (select unnest(from_json({rows}, '[[\"VARCHAR\"]]')) as row)"
        )
        looked_up += len(batch)
    if looked_up:
        connection.execute(
            f"update {table} as target set e164 = found.e164 from temp.export_phones as found "
            "where target.e164 is null and target.phone = found.phone "
            "and target.country is not distinct from found.region "
            f"and not {placeholder('found.e164')}"
        )
    connection.execute("drop table temp.export_phones")
    return looked_up


def _pending(
    connection: duckdb.DuckDBPyConnection, table: str
) -> Iterator[list[tuple[str, str | None]]]:
    """Distinct inputs still to decide; without country and `+` libphonenumber can only refuse."""
    rows = connection.execute(
        f"select distinct phone, country from {table} where phone is not null and e164 is null "
        r"and (country is not null or regexp_matches(phone, '[+＋]|phone-context'))"
    ).fetchall()
    for start in range(0, len(rows), _LOOKUP_BATCH):
        yield rows[start : start + _LOOKUP_BATCH]
