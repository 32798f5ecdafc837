"""The canonical record of everyone who may be exported: normalised once for all destinations.

Makes the temp table `export_people`: `customer_key`, `has_contact`, `is_test`, `birth_date`,
`consent_<purpose>` and the columns that the destinations read (see `TEXTS`). One row per customer
of `temp.export_members` who granted anything, and per customer of `temp.export_objectors`, whose
addresses are closed to others too. Texts are trimmed and composed, not yet fit for a channel.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import duckdb

from orchestration import sql
from orchestration.exports.model import ExportError
from orchestration.normalise import emails, mobiles, phones, places, texts

TEXTS = {
    "first_name": texts.clean_name("first_name"),
    "last_name": texts.clean_name("last_name"),
    "city": texts.clean_name("city"),
    "region": texts.clean_name("region"),
    "company_name": texts.clean_name("company_name"),
    "postal_code": texts.clean("postal_code"),
    "gender": texts.clean("gender"),
}
"""What a destination may read, from `restricted.customer_contacts`; besides these `LOWERED`,
`email`, `is_address`, `phone`, `e164`, `is_mobile`, `country_text`, `country`, `birth_date`."""

SOURCE_COLUMNS = (
    "email",
    "phone",
    "first_name",
    "last_name",
    "company_name",
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

# Below this, asking libphonenumber is quicker than compiling a country's patterns.
_COMMON = 500
_MOST_IN_SQL = 40


@dataclass(frozen=True)
class Countries:
    """The countries of contacts, and those so common that their phones are decided in SQL.

    Beside them stands `temp.export_countries`: `given`, as contacts have it, `country_text`, which
    is that cleaned, and `country`, alpha-2 or NULL.
    """

    every: tuple[str, ...]
    common: tuple[str, ...]


def countries_of_contacts(connection: duckdb.DuckDBPyConnection) -> Countries:
    """Countries (alpha-2) that contacts live in, commonest first; makes `temp.export_countries`."""
    connection.execute(f"""
        create temp table export_countries as
        select given, country_text, {places.country("country_text")} as country, phones
        from (
            select country as given, {texts.clean("country")} as country_text, phones
            from (
                select country, count(phone) as phones
                from restricted.customer_contacts group by country
            )
        )
    """)
    rows = connection.execute("""
        select country, sum(phones) from temp.export_countries
        where country is not null group by country order by 2 desc, country
    """).fetchall()
    every = tuple(country for country, _ in rows)
    common = tuple(country for country, phones in rows if phones >= _COMMON)
    return Countries(every, common[:_MOST_IN_SQL])


def make_people(
    connection: duckdb.DuckDBPyConnection,
    columns: Iterable[str],
    purposes: Iterable[str],
    countries: Countries,
    as_of_date: date,
) -> None:
    """Make `temp.export_people`; consent is `granted` and, at `as_of_date`, not expired.

    Several rows of one customer for one purpose must all be granted: doubt is no consent. Of
    those who granted nothing the contact is not even read, unless they object.

    Raises `ExportError` where a customer has several contacts.
    """
    purposes, columns = sorted(set(purposes)), set(columns)
    _make_keys(connection, purposes, as_of_date)
    flags = ", ".join(consent(purpose) for purpose in purposes)
    connection.execute(f"""
        create temp table export_people as
        select *, true as has_contact from ({_contacts_sql(columns, countries, flags)})
    """)
    connection.execute(f"""
        insert into temp.export_people by name
        select customer_key, false as has_contact, {flags} from temp.export_keys
        where customer_key not in (select customer_key from temp.export_people)
    """)
    people, keys = (
        sql.count(connection, f"select count(*) from temp.export_{one}")
        for one in ("people", "keys")
    )
    several = people - keys
    if several:
        raise ExportError(
            f"restricted.customer_contacts has {several} rows too many: one per customer_key."
        )
    connection.execute("drop table temp.export_keys")
    phones.complete(connection, "temp.export_people")
    if "is_mobile" in columns:
        mobiles.mark_mobiles(connection, "temp.export_people", countries.common)


def _contacts_sql(columns: set[str], countries: Countries, flags: str) -> str:
    """Contacts of the customers in `temp.export_keys`, canonical, with `is_address` and `e164`.

    Built in layers, each of which names plain columns only: what is written twice in an SQL
    expression is also computed twice. What is clean as it stands, as most values are, is told by
    one pattern and spared the others.
    """
    sources = sorted({LOWERED.get(name, name) for name in columns} & set(TEXTS))
    raw = "".join(f", {name}" for name in sources)
    clean = "".join(f", {TEXTS[name]} as {name}" for name in sources)
    lower = "".join(
        f", {texts.lower(source)} as {name}" for name, source in LOWERED.items() if name in columns
    )
    return f"""
        select * exclude (is_plain, is_dialled, dial),
            {phones.certain("dial", "country", countries.common)} as e164,
            coalesce(
                case when is_plain then {emails.is_short("email")}
                    else {emails.is_address("email")} end,
                false
            ) as is_address
        from (
            select * replace (
                    case when is_plain then lower(email) else {texts.lower("email")} end as email
                ){lower},
                case when is_dialled then phone else {phones.dialled("phone")} end as dial
            from (
                select * replace (
                    case when is_plain then email else {texts.clean("email")} end as email,
                    case when is_dialled then phone else {texts.clean("phone")} end as phone{clean}
                )
                from (
                    select contact.customer_key, is_test, birth_date, {flags},
                        email, {emails.is_plain("email")} as is_plain,
                        phone, {phones.is_dialled("phone")} as is_dialled,
                        place.country_text, place.country{raw}
                    from restricted.customer_contacts as contact
                    inner join temp.export_keys as key on contact.customer_key = key.customer_key
                    left join temp.export_countries as place on contact.country = place.given
                )
            )
        )"""


def _make_keys(
    connection: duckdb.DuckDBPyConnection, purposes: list[str], as_of_date: date
) -> None:
    """`temp.export_keys`: members who granted anything, with a flag per purpose, and objectors."""
    flags = ", ".join(
        f"coalesce(bool_and(is_granted) filter (purpose = {sql.literal(purpose)}), false) "
        f"as {consent(purpose)}"
        for purpose in purposes
    )
    connection.execute(f"""
        create temp table export_keys as
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
    denied = ", ".join(f"false as {consent(purpose)}" for purpose in purposes)
    connection.execute(f"""
        insert into temp.export_keys by name
        select distinct customer_key, {denied} from temp.export_objectors
        where customer_key not in (select customer_key from temp.export_keys)
    """)


def consent(purpose: str) -> str:
    """The column of `export_people` that says whether `purpose` is granted."""
    return sql.quoted(f"consent_{purpose}")
