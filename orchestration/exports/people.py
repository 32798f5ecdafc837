"""The canonical record of everyone in any exported segment: normalised once for all destinations.

Makes the temp table `export_people`, one row per customer of `temp.export_members`:
`customer_key`, `has_contact`, `is_test`, `birth_date`, `consent_<purpose>` and the columns of
`COLUMNS` that the destinations read. Texts are trimmed and composed, never yet made fit for a
channel.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import duckdb

from orchestration import sql
from orchestration.exports.model import ExportError
from orchestration.normalise import emails, phones, places, texts

COLUMNS = {
    "email": texts.clean("email"),
    "phone": texts.clean("phone"),
    "country_text": texts.clean("country"),
    "first_name": texts.clean_name("first_name"),
    "last_name": texts.clean_name("last_name"),
    "city": texts.clean_name("city"),
    "region": texts.clean_name("region"),
    "postal_code": texts.clean("postal_code"),
    "gender": texts.clean("gender"),
}
"""What a destination may read, from `restricted.customer_contacts`; besides these `LOWERED`,
`country`, `is_address` and `e164`."""

SOURCE_COLUMNS = (
    "email",
    "phone",
    "first_name",
    "last_name",
    "birth_date",
    "gender",
    "postal_code",
    "city",
    "region",
    "country",
    "is_test",
)
"""What `restricted.customer_contacts` must have."""

LOWERED = {f"{name}_lower": name for name in ("first_name", "last_name", "city", "region")}
"""Lower-case twins of columns, made once, since several channels want them."""

_ALWAYS = ("email", "phone", "country_text")
# Below this, asking libphonenumber is quicker than compiling a country's patterns.
_COMMON = 500
_MOST_IN_SQL = 40


@dataclass(frozen=True)
class Countries:
    """The countries of contacts, and those so common that their phones are decided in SQL."""

    every: tuple[str, ...]
    common: tuple[str, ...]


def countries_of_contacts(connection: duckdb.DuckDBPyConnection) -> Countries:
    """Countries (alpha-2) that contacts live in, commonest first."""
    connection.execute("""
        create or replace temp table export_countries as
        select country, count(phone) as phones from restricted.customer_contacts group by country
    """)
    region = places.country(texts.clean("country"))
    rows = connection.execute(f"""
        select region, sum(phones)
        from (select {region} as region, phones from temp.export_countries)
        where region is not null group by region order by 2 desc, region
    """).fetchall()
    every = tuple(region for region, _ in rows)
    common = tuple(region for region, phones in rows if phones >= _COMMON)
    return Countries(every, common[:_MOST_IN_SQL])


def contacts_sql(columns: Iterable[str], countries: Countries, keys: str, carried: str = "") -> str:
    """Contacts of the customers in the relation `keys`, canonical, with `is_address` and `e164`.

    `carried` names further columns of `keys` to keep. Built in layers, each of which names plain
    columns only: what is written twice in an SQL expression is also computed twice.
    """
    columns = set(columns)
    clean = {*_ALWAYS, *columns, *(LOWERED[name] for name in columns & set(LOWERED))}
    chosen = ", ".join(f"{sql_of} as {name}" for name, sql_of in COLUMNS.items() if name in clean)
    lowered = "".join(
        f", {texts.lower(source)} as {name}" for name, source in LOWERED.items() if name in columns
    )
    return f"""
        select * exclude (dial),
            {phones.certain("dial", "country", countries.common)} as e164,
            coalesce({emails.is_address("email")}, false) as is_address
        from (
            select * replace ({texts.lower("email")} as email){lowered},
                {places.country("country_text")} as country,
                {phones.dialled("phone")} as dial
            from (
                select contact.customer_key, is_test, birth_date, {chosen}{carried}
                from restricted.customer_contacts as contact
                inner join {keys} as key on contact.customer_key = key.customer_key
            )
        )"""


def make_people(
    connection: duckdb.DuckDBPyConnection,
    columns: Iterable[str],
    purposes: Iterable[str],
    countries: Countries,
    as_of_date: date,
) -> None:
    """Make `temp.export_people`; consent is `granted` and, at `as_of_date`, not expired.

    Several rows of one customer for one purpose must all be granted: doubt is no consent. Of
    those who granted nothing the contact is not even read: `has_contact` is false for them.

    Raises `ExportError` where a customer has several contacts.
    """
    purposes = sorted(set(purposes))
    _make_consents(connection, purposes, as_of_date)
    flags = ", ".join(consent(purpose) for purpose in purposes)
    contacts = contacts_sql(columns, countries, "temp.export_consents", f", {flags}")
    connection.execute(f"""
        create temp table export_people as
        select contact.*, true as has_contact from ({contacts}) as contact
    """)
    members, known = _count(connection, "export_members"), _count(connection, "export_people")
    if known < members:
        denied = ", ".join(
            f"coalesce({consent(purpose)}, false) as {consent(purpose)}" for purpose in purposes
        )
        connection.execute(f"""
            insert into temp.export_people by name
            select member.customer_key, false as has_contact, {denied}
            from temp.export_members as member
            left join temp.export_consents as consent
                on member.customer_key = consent.customer_key
            where member.customer_key not in (select customer_key from temp.export_people)
        """)
    several = _count(connection, "export_people") - members
    if several:
        raise ExportError(
            f"restricted.customer_contacts has {several} rows too many: one per customer_key."
        )
    connection.execute("drop table temp.export_consents")
    phones.complete(connection, "temp.export_people")


def _make_consents(
    connection: duckdb.DuckDBPyConnection, purposes: list[str], as_of_date: date
) -> None:
    """`temp.export_consents`: a row per member who granted anything, a flag per purpose."""
    flags = ", ".join(
        f"coalesce(bool_and(is_granted) filter (purpose = {sql.literal(purpose)}), false) "
        f"as {consent(purpose)}"
        for purpose in purposes
    )
    connection.execute(f"""
        create temp table export_consents as
        select customer_key, {flags}
        from (
            select customer_key, purpose,
                coalesce(status = 'granted', false)
                and (expires_on is null or expires_on >= date '{as_of_date}') as is_granted
            from restricted.consent_status
            where purpose in ({sql.literals(purposes)})
                and customer_key in (select customer_key from temp.export_members)
        )
        group by customer_key
        having bool_or(is_granted)
    """)


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    row = connection.execute(f"select count(*) from temp.{table}").fetchone()
    return int(row[0]) if row else 0


def consent(purpose: str) -> str:
    """The column of `export_people` that says whether `purpose` is granted."""
    return sql.quoted(f"consent_{purpose}")
