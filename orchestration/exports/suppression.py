"""Objections: whom and which addresses they reach.

An objection counts by customer and by identifier: the addresses of an objector are suppressed for
everyone who shares them (section 1.4 of the channel page). An identifier may be an e-mail address,
a phone number in any spelling, or the SHA-256 of one (what an erasure leaves behind).

Reads `restricted.suppressions`. `make_objectors` makes `temp.export_objectors` (customer_key,
channel): people who themselves object. With their contacts in `temp.export_people`,
`make_objections` makes `temp.export_objected` (customer_key, channel): people of whom an identifier
is objected to.
"""

import duckdb

from orchestration import sql
from orchestration.exports import people
from orchestration.normalise import emails, phones, texts

CHANNELS = {
    "email": ("email", "e-mail", "mail", "newsletter"),
    "sms": ("sms", "messenger", "text"),
    "call": ("call", "calls", "phone", "telephone"),
    "post": ("post", "letter", "print"),
    "advertising": ("advertising", "ads", "ad"),
    "google": ("google", "google_ads", "google_customer_match"),
    "meta": ("meta", "facebook", "instagram", "meta_customer_list", "meta_value_list"),
    "tiktok": ("tiktok",),
    "microsoft": ("microsoft", "bing", "microsoft_ads", "microsoft_advertising"),
    "linkedin": ("linkedin",),
    "yandex": ("yandex", "yandex_direct", "yandex_audience"),
    "vk": ("vk", "vkontakte", "mytarget"),
}
"""Channels and the words for them; any other word in the data means every channel: an objection
that is not understood is never ignored."""

EVERY = "all"
DIGEST = "[0-9a-f]{64}"
"""Pattern of what an erasure leaves of an identifier."""


def make_objectors(connection: duckdb.DuckDBPyConnection) -> int:
    """Make `temp.export_objectors`; returns how many entries name what cannot be read."""
    named = " ".join(
        f"when word in ({sql.literals(words)}) then {sql.literal(channel)}"
        for channel, words in CHANNELS.items()
    )
    connection.execute(f"""
        create temp table export_suppressions as
        select customer_key, case {named} else '{EVERY}' end as channel,
            {texts.clean("identifier")} as identifier, reason, recorded_at
        from (select *, lower(trim(channel)) as word from restricted.suppressions)
    """)
    connection.execute("""
        create temp table export_objectors as
        select distinct customer_key, channel from temp.export_suppressions
        where customer_key is not null
    """)
    unreadable = f"""
        select count(*) from temp.export_suppressions
        where identifier is not null and not contains(identifier, '@')
            and not {sql.matches("lower(identifier)", DIGEST)}
            and length(regexp_replace(identifier, '[^0-9]', '', 'g')) < 5
    """
    return sql.count(connection, unreadable)


def make_objections(connection: duckdb.DuckDBPyConnection, countries: people.Countries) -> None:
    """Make `temp.export_objected`."""
    connection.execute(
        "create temp table export_objections (channel text, kind text, identifier text)"
    )
    if _any(connection, "export_objectors"):
        _addresses_of_objectors(connection)
    if _any(connection, "export_suppressions"):
        _named_addresses(connection)
        _named_phones(connection, countries)
        _hashed(connection)
    _make_objected(connection)


def _any(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    return connection.execute(f"select 1 from temp.{table} limit 1").fetchone() is not None


def _make_objected(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "create temp table export_objected as "
        "select customer_key, channel from temp.export_objectors limit 0"
    )
    keys = {"mailbox": emails.mailbox("person.email"), "phone": "person.e164"}
    for kind, key in keys.items() if _any(connection, "export_objections") else ():
        connection.execute(f"""
            insert into temp.export_objected
            select distinct person.customer_key, objection.channel
            from temp.export_people as person
            inner join temp.export_objections as objection
                on objection.kind = '{kind}' and {key} = objection.identifier
        """)


def _addresses_of_objectors(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(f"""
        insert into temp.export_objections
        with contacts as materialized (
            select objector.channel, email, is_address, e164
            from temp.export_people as person
            inner join temp.export_objectors as objector
                on person.customer_key = objector.customer_key
        )
        select distinct channel, 'mailbox' as kind, {emails.mailbox("email")} as identifier
        from contacts
        where is_address -- a placeholder such as `n/a` is not shared, it is nobody's
            and identifier is not null
        union all
        select distinct channel, 'phone', e164 from contacts where e164 is not null
    """)


def _named_addresses(connection: duckdb.DuckDBPyConnection) -> None:
    # Not checked for being a valid address: what equals a contact's address is one.
    connection.execute(f"""
        insert into temp.export_objections
        select channel, 'mailbox', {emails.mailbox("address")}
        from (
            select channel, {texts.lower("identifier")} as address
            from temp.export_suppressions where contains(identifier, '@')
        )
        where {emails.mailbox("address")} is not null
    """)


def _named_phones(connection: duckdb.DuckDBPyConnection, countries: people.Countries) -> None:
    """An objection names no country: a national number is meant in every country of ours."""
    connection.execute("""
        create temp table export_named_phones as
        select channel, identifier as phone, cast(null as varchar) as country,
            cast(null as varchar) as e164,
            regexp_replace(identifier, '[^0-9]', '', 'g') as digits
        from temp.export_suppressions
        where not contains(identifier, '@') and length(digits) between 5 and 17
    """)
    phones.complete(connection, "temp.export_named_phones")
    plans = ", ".join(
        f"({sql.literal(code)}, {sql.literal(trunk)})" for code, trunk in _plans(countries)
    )
    connection.execute(f"""
        insert into temp.export_objections
        with plans (code, trunk) as (values {plans}),
        spellings as (
            select channel, e164 as identifier from temp.export_named_phones
            union all
            select channel, '+' || regexp_replace(digits, '^00', '') from temp.export_named_phones
            union all
            select channel, '+' || code || digits from temp.export_named_phones, plans
            where not starts_with(phone, '+')
            union all
            select channel, '+' || code || substr(digits, length(trunk) + 1)
            from temp.export_named_phones, plans
            where not starts_with(phone, '+') and starts_with(digits, trunk)
        )
        select distinct channel, 'phone', identifier from spellings
        where identifier in (select e164 from temp.export_people where e164 is not null)
    """)


def _plans(countries: people.Countries) -> list[tuple[str, str]]:
    """Calling code and trunk prefix of `countries`; at least one row, which changes nothing."""
    plans = {("", "")}
    for region in countries.every:
        plans.add(phones.prefixes(region))
    return sorted(plans)


def _hashed(connection: duckdb.DuckDBPyConnection) -> None:
    hashed = connection.execute(f"""
        create temp table export_hashed_objections as
        select channel, lower(identifier) as digest from temp.export_suppressions
        where {sql.matches("lower(identifier)", DIGEST)}
    """).fetchone()
    if not hashed or not hashed[0]:
        return
    spellings = (
        ("mailbox", emails.mailbox("email"), "email"),
        ("mailbox", emails.mailbox("email"), emails.google("email")),
        ("mailbox", emails.mailbox("email"), emails.mailbox("email")),
        ("phone", "e164", "e164"),
        ("phone", "e164", "substr(e164, 2)"),
    )
    for kind, identifier, spelling in spellings:
        connection.execute(f"""
            insert into temp.export_objections
            select distinct channel, '{kind}', {identifier}
            from temp.export_people
            inner join temp.export_hashed_objections on sha256({spelling}) = digest
            where {identifier} is not null
        """)
