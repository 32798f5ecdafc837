"""One destination for every customer: the gate, the normalisers, hashes and the file.

Beside it the floor: SHA-256 over the same identifiers, normalised beforehand, and one COPY of them
in DuckDB. `python -m benchmarks.exports make|ours|bare WAREHOUSE [CUSTOMERS]` prints seconds.
"""

import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb

from orchestration.exports import SegmentExport, stage_exports
from orchestration.files import fsync_file
from orchestration.settings import Settings

AS_OF = date(2026, 1, 31)
DESTINATION = "google_customer_match"
_MEMORY = "1500MB"

# Spelled as people spell: titles, capitals, tags, blanks; one phone in fifty so that SQL is unsure.
_CONTACTS = """
    create schema restricted;
    create schema segments;
    create table restricted.customer_contacts as
    select n as customer_key, cast(n as varchar) as customer_id,
        case n % 4 when 0 then ' Jane.Doe' || n || '+shop@GMail.com' when 1 then null
            else 'person' || n || '@example' || n % 50 || '.com' end as email,
        case when n % 50 = 0 then '00 49 (0) 151/' || (20000000 + n)
            when n % 2 = 0 then '8 916 ' || (1000000 + n % 9000000)
            else '+49151' || (20000000 + n % 70000000) end as phone,
        ['Anna', 'Mrs. Jane', 'Иван', 'Zoë', 'MARIA'][1 + n % 5] as first_name,
        'Smith' || chr(cast(97 + n % 26 as integer)) || chr(cast(97 + n % 25 as integer))
            as last_name,
        null::varchar as company_name, date '1980-05-07' as birth_date, 'f' as gender,
        null::varchar as street, cast(10000 + n % 80000 as varchar) as postal_code,
        'Berlin' as city, null::varchar as region,
        case when n % 50 = 0 or n % 2 = 1 then 'DE' else 'RU' end as country,
        null::varchar as language, false as is_test
    from range({customers}) as numbers (n);
    create table restricted.consent_status as
    select customer_key, purpose, 'granted' as status, null::date as expires_on
    from restricted.customer_contacts,
        (values ('ad_user_data'), ('ad_personalization')) as p (purpose);
    create table restricted.suppressions as
    select null::bigint as customer_key,
        'person' || n || '@example' || n % 50 || '.com' as identifier, null::varchar as channel
    from range(2, {customers}, 1000) as numbers (n);
    create table restricted.outbound_contacts (
        customer_key bigint, channel varchar, contact_date date);
    create table segments.segment_settings (
        segment varchar, holdout_bps integer, salt_id varchar, cap integer, cap_days integer,
        priority integer);
    insert into segments.segment_settings values ('seg_all', 500, 'bench', null, null, null);
    create table segments.seg_all as
    select customer_key, customer_id, 'rtn_s01' as segment_code,
        cast(customer_key % 1000 as decimal(18, 2)) as value, 'EUR' as currency,
        'Call' as suggested_action_en, 'Звонок' as suggested_action_ru, 'Silent' as reason_en,
        'Молчит' as reason_ru, null::date as due_date, null::date as last_order_date,
        null::varchar as manager_id, date '2026-01-31' as as_of_date
    from restricted.customer_contacts;
"""


def make(warehouse: str, customers: str) -> float:
    """A warehouse in which everyone consents and is in one segment."""
    started = time.monotonic()
    with _connect(warehouse) as connection:
        for statement in _CONTACTS.format(customers=int(customers)).split(";\n"):
            if statement.strip():
                connection.execute(statement)
    return time.monotonic() - started


def ours(warehouse: str) -> float:
    """Stage the export of that segment: everything from contacts to the checked file."""
    folder = Path(warehouse).with_suffix(".data")
    settings = Settings(folder, folder / "sources.yml")
    with _connect(warehouse, read_only=True) as connection:
        started = time.monotonic()
        report = stage_exports(
            connection,
            [SegmentExport("seg_all", DESTINATION, "rtn_s01")],
            settings,
            AS_OF,
            settings.exports / ".staging-bench",
        )
        seconds = time.monotonic() - started
    if not report.results[0].files:
        raise SystemExit(f"No file was written: {report.results[0].reason}")
    return seconds


def bare(warehouse: str) -> float:
    """SHA-256 of identifiers that are normalised already, and one COPY, synced."""
    target = Path(warehouse).with_suffix(".csv")
    with _connect(warehouse, read_only=True) as connection:
        connection.execute("""
            create temp table plain as
            select lower(trim(email)) as email,
                regexp_replace(phone, '[^0-9+]', '', 'g') as phone,
                lower(first_name) as first_name, lower(last_name) as last_name, country, postal_code
            from restricted.customer_contacts
        """)
        started = time.monotonic()
        connection.execute(f"""
            copy (
                select sha256(email) as "Email", sha256(phone) as "Phone",
                    sha256(first_name) as "First Name", sha256(last_name) as "Last Name",
                    country as "Country", postal_code as "Zip"
                from plain
            ) to '{target}' (format csv, header true)
        """)
        fsync_file(target)
        return time.monotonic() - started


def _connect(warehouse: str, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(
        warehouse, read_only=read_only, config={"threads": 2, "memory_limit": _MEMORY}
    )


_PARTS: dict[str, Callable[..., float]] = {part.__name__: part for part in (make, ours, bare)}

if __name__ == "__main__":
    print(_PARTS[sys.argv[1]](*sys.argv[2:]))  # noqa: T201
