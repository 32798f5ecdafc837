"""Telephone numbers to E.164, without normalising those that can be shared with nobody.

A number of enough digits, written with digits and punctuation alone, ends like its E.164 form: what
may be dropped or added, trunk and calling codes, stands before the last seven digits. Others (short
ones, extensions, letters) are normalised first, and their keys made of the result.
"""

import duckdb

from orchestration import sql
from orchestration.normalise import phones, places, texts

ODD = "0::ubigint"
"""SQL: the key of numbers that have to be normalised before they have one."""

_KEY_DIGITS = 7
_LEAST_DIGITS = 9
_FEWEST_DIGITS = 4
"""No number in the world has fewer."""
_PLAIN = "\\+?[0-9]+"
_PUNCTUATED = "\\+?[0-9 ().\u00a0/-]+"
_COMMON = 500
"""From so many numbers of a country on, patterns are quicker than asking libphonenumber."""
_MOST_IN_SQL = 40
_SEQUENCES = ("123456789", "987654321")


def phone_key() -> str:
    """SQL: rows of `temp.identity_rows` with a phone, and `key` (`ODD` where it is not known)."""
    bare = "translate(phone, '+ ().\u00a0/-', '')"
    return f"""
        select *, case when strlen(dialled) >= {_LEAST_DIGITS}
            then hash(right(dialled, {_KEY_DIGITS})) else {ODD} end as key
        from (
            select *, case when {sql.matches("phone", _PLAIN)} then phone
                when {sql.matches("phone", _PUNCTUATED)} then {bare} end as dialled
            from temp.identity_rows
            where phone is not null
        )"""


def make_phones(connection: duckdb.DuckDBPyConnection, always: str) -> None:
    """`temp.identity_phones` (customer_id, source, e164) of candidates and where `always` holds.

    Adds the keys of odd numbers to `temp.identity_candidates` first.
    """
    columns = "customer_id, source, phone, country"
    has_odd = f"select 1 from temp.identity_candidates where key = {ODD}"
    if connection.execute(has_odd).fetchone():
        connection.execute(f"""
            create or replace temp table identity_odd_phones as
            select {columns} from ({phone_key()})
            where key = {ODD}
                and length(regexp_replace(phone, '[^\\p{{Nd}}]', '', 'g')) >= {_FEWEST_DIGITS}
        """)
        _normalise(connection, "odd_phones")
        connection.execute(f"""
            insert into temp.identity_candidates
            select distinct hash(right(e164, {_KEY_DIGITS})) from temp.identity_odd_phones
        """)
    connection.execute(f"""
        create or replace temp table identity_phones as
        select {columns} from ({phone_key()})
        where key <> {ODD} and ({always} or key in (select key from temp.identity_candidates))
    """)
    _normalise(connection, "phones")
    if connection.execute(has_odd).fetchone():
        connection.execute("insert into temp.identity_phones from temp.identity_odd_phones")
        connection.execute("drop table temp.identity_odd_phones")


def _normalise(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Give `temp.identity_<name>` the column `e164` in place of phone and country."""
    connection.execute(f"""
        create or replace temp table identity_dialled as
        select customer_id, source, phone, {phones.dialled("phone")} as dial,
            {places.country("country")} as country
        from (
            select customer_id, source, {texts.clean("phone")} as phone,
                {texts.clean("country")} as country
            from temp.identity_{name}
        )
    """)
    common = connection.execute(f"""
        select country from temp.identity_dialled where country is not null
        group by country having count(*) >= {_COMMON}
        order by count(*) desc, country limit {_MOST_IN_SQL}
    """).fetchall()
    regions = tuple(region for (region,) in common)
    connection.execute(f"""
        create or replace temp table identity_numbers as
        select customer_id, source, phone, country,
            {phones.certain("dial", "country", regions)} as e164
        from temp.identity_dialled
    """)
    phones.complete(connection, "temp.identity_numbers")
    sequence = " or ".join(f"contains(e164, '{digits}')" for digits in _SEQUENCES)
    connection.execute(f"""
        create or replace temp table identity_{name} as
        select customer_id, source, e164 from temp.identity_numbers
        where e164 is not null and not ({sequence})
    """)
    connection.execute("drop table temp.identity_dialled")
    connection.execute("drop table temp.identity_numbers")
