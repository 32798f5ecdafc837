"""Which numbers can receive messages: set-wise by pattern, else by libphonenumber itself.

A number is mobile where libphonenumber's type is `MOBILE` or `FIXED_LINE_OR_MOBILE` (in North
America nobody can tell). Numbering plans of a calling code that one region has alone are asked in
SQL; of all others each distinct number is asked once.
"""

import json
from collections.abc import Iterator, Sequence

import duckdb
import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberDesc, PhoneNumberType

from orchestration import sql

_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
_BATCH = 50_000


def mark_mobiles(connection: duckdb.DuckDBPyConnection, table: str, regions: Sequence[str]) -> int:
    """Add `is_mobile` to `table` (column `e164`); false without a number.

    `regions` are those whose plans are asked in SQL. Returns how many distinct numbers were looked
    up.
    """
    connection.execute(f"alter table {table} add column is_mobile boolean")
    connection.execute(
        f"update {table} set is_mobile = case when e164 is null then false "
        f"else {certain('e164', regions)} end"
    )
    looked_up = 0
    connection.execute("create or replace temp table export_mobiles (e164 text, is_mobile boolean)")
    for batch in _pending(connection, table):
        found = [(e164, is_mobile(e164)) for e164 in batch]
        rows = sql.literal(json.dumps([[e164, str(mobile)] for e164, mobile in found]))
        connection.execute(
            "insert into temp.export_mobiles select row[1], cast(row[2] as boolean) "
            f"from (select unnest(from_json({rows}, '[[\"VARCHAR\"]]')) as row)"
        )
        looked_up += len(batch)
    if looked_up:
        connection.execute(
            f"update {table} as target set is_mobile = found.is_mobile "
            "from temp.export_mobiles as found where target.e164 = found.e164"
        )
    connection.execute("drop table temp.export_mobiles")
    return looked_up


def is_mobile(e164: str) -> bool:
    """What libphonenumber says of a valid number."""
    return phonenumbers.number_type(phonenumbers.parse(e164)) in _MOBILE


def certain(e164: str, regions: Sequence[str]) -> str:
    """SQL: whether a valid `e164` is mobile; NULL where it takes libphonenumber to say."""
    branches = " ".join(
        f"when starts_with({e164}, '+{code}') then "
        f"{_is_mobile(f'substr({e164}, {len(code) + 2})', plan)}"
        for code, plan in _lone_plans(regions)
    )
    return f"case {branches} end" if branches else "cast(null as boolean)"


def _lone_plans(regions: Sequence[str]) -> Iterator[tuple[str, PhoneMetadata]]:
    for region in regions:
        code = phonenumbers.country_code_for_region(region)
        plan = PhoneMetadata.metadata_for_region(region)
        if plan and phonenumbers.region_codes_for_country_code(code) == (region,):
            yield str(code), plan


def _is_mobile(number: str, plan: PhoneMetadata) -> str:
    """libphonenumber's order: what is none of the special kinds and fits the mobile pattern."""
    special = (
        plan.premium_rate,
        plan.toll_free,
        plan.shared_cost,
        plan.voip,
        plan.personal_number,
        plan.pager,
        plan.uan,
        plan.voicemail,
    )
    mobile = _fits(number, plan.mobile)
    others = [_fits(number, kind) for kind in special if _has_pattern(kind)]
    if not mobile:
        return "false"
    return sql.all_of(mobile, *(f"not ({other})" for other in others))


def _has_pattern(kind: PhoneNumberDesc | None) -> bool:
    return bool(kind and kind.national_number_pattern)


def _fits(number: str, kind: PhoneNumberDesc | None) -> str:
    if kind is None or not kind.national_number_pattern:
        return ""
    pattern = sql.matches(number, kind.national_number_pattern)
    lengths = ", ".join(str(length) for length in kind.possible_length or ())
    # Lengths of the general plan hold where a kind has none of its own.
    return f"list_contains([{lengths}], strlen({number})) and {pattern}" if lengths else pattern


def _pending(connection: duckdb.DuckDBPyConnection, table: str) -> Iterator[list[str]]:
    rows = connection.execute(
        f"select distinct e164 from {table} where is_mobile is null order by e164"
    ).fetchall()
    for start in range(0, len(rows), _BATCH):
        yield [e164 for (e164,) in rows[start : start + _BATCH]]
