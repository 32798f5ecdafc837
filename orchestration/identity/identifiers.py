"""What identities are recognised by: normalised e-mail addresses, E.164 phones, external ids.

Most values belong to one identity alone, and normalising is dear. So a cheap key comes first that
equal values must share (the address in lower case, the last digits of the number): only values
whose key two identities carry are normalised and checked, in the way that exports do it.

All versions of a record count: who was known by an address is known by it still after moving to
another. Test records are recognised by nothing.
"""

import duckdb

from orchestration import sql
from orchestration.entities import GUEST
from orchestration.identity.given import GUEST_ID
from orchestration.identity.phones import ODD, make_phones, phone_key
from orchestration.normalise import emails, texts

CONTACT = "contact:"
"""Stands before a customer id where it is a contact of that customer who carries the value."""

KINDS = ("email", "phone", "external_id")

NO_IDS = ("", "0", "-", "n/a", "na", "none", "null", "unknown")
"""What stands for a missing external id."""

_IS_GUEST = f"starts_with(customer_id, '{GUEST}:')"


def make_values(connection: duckdb.DuckDBPyConnection, with_contacts: bool) -> None:
    """`temp.identity_values`: customer_id, kind, value, sources; each pair of the first three once.

    Kinds: email, phone, external_id. All values that two identities carry are among them, and all
    of guests. With `with_contacts` also those of contacts, their ids beginning with `CONTACT`.
    """
    _make_rows(connection, with_contacts)
    _make_candidates(connection)
    connection.execute(f"""
        create or replace temp table identity_addresses as
        select customer_id, source, address, mailbox
        from ({_mailboxes()})
        where {_IS_GUEST} or hash(mailbox) in (select key from temp.identity_candidates)
    """)
    make_phones(connection, _IS_GUEST)
    connection.execute(f"""
        create or replace temp table identity_values as
        select customer_id, kind, value,
            string_agg(distinct source, ', ' order by source) as sources
        from (
            select customer_id, 'email' as kind, mailbox as value, source
            from temp.identity_addresses
            where {emails.is_address("address")}
            union all
            select customer_id, 'phone', e164, source from temp.identity_phones
            union all
            {_external_ids(connection)}
        )
        where value is not null
        group by customer_id, kind, value
    """)
    for table in ("candidates", "addresses", "phones"):
        connection.execute(f"drop table temp.identity_{table}")


def _make_rows(connection: duckdb.DuckDBPyConnection, with_contacts: bool) -> None:
    """`temp.identity_rows`, a view: customer_id, source, email, phone, country, as given."""
    parts = ["select customer_id, _source as source, email, phone, country from landing.customers"]
    if exists(connection, "landing.orders where email is not null or phone is not null"):
        parts.append(
            f"select distinct coalesce(customer_id, {GUEST_ID}), _source, email, phone, country "
            "from landing.orders where email is not null or phone is not null"
        )
    if with_contacts:
        parts.append(
            f"select '{CONTACT}' || contact.customer_id, _source, email, phone, country "
            "from landing.contacts as contact left join (select customer_id, "
            "min(country) as country from landing.customers group by customer_id) as customer "
            "on contact.customer_id = customer.customer_id"
        )
    connection.execute(f"""
        create or replace temp view identity_rows as
        select * from ({" union all ".join(parts)})
        anti join temp.identity_tests using (customer_id)
    """)


def _mailboxes() -> str:
    """SQL: customer_id, source, address and mailbox (its normal form) of every e-mail cell.

    Of printable ASCII, which nearly all addresses are, lower case is all that `texts` would change,
    and only where an `@g` stands is there a mailbox of Google to be looked for.
    """
    mailbox = f"case when contains(address, '@g') then {emails.mailbox('address')} else address end"
    return f"""
        select *, {mailbox} as mailbox
        from (
            select customer_id, source,
                case when is_plain then lower(email) else {texts.lower("clean")} end as address
            from (
                select *, case when not is_plain then {texts.clean("email")} end as clean
                from (
                    select customer_id, source, email,
                        {sql.matches("email", "[!-~]+")} as is_plain
                    from temp.identity_rows
                    where email is not null
                )
            )
        )"""


def _make_candidates(connection: duckdb.DuckDBPyConnection) -> None:
    """`temp.identity_candidates` (key): keys that two identities carry, and `ODD`."""
    connection.execute(f"""
        create or replace temp table identity_candidates as
        select key
        from (
            select hash(mailbox) as key, hash(customer_id) as customer from ({_mailboxes()})
            where mailbox is not null
            union all
            select key, hash(customer_id) from ({phone_key()})
        )
        group by key having min(customer) <> max(customer) or key = {ODD}
    """)


def _external_ids(connection: duckdb.DuckDBPyConnection) -> str:
    """SQL: customer_id, kind, value (`system:id`), source of all external ids."""
    if not exists(connection, "landing.customers where external_ids is not null"):
        return "select null, null, null, null where false"
    return f"""
        select customer_id, 'external_id', lower(system) || ':' || trim(id), source
        from (
            select record.customer_id, record._source as source, pair.key as system,
                unnest(
                    case when pair.type = 'ARRAY' then from_json(pair.value, '["varchar"]')
                    else [pair.value ->> '$'] end
                ) as id
            from landing.customers as record, json_each(record.external_ids) as pair
            where json_type(record.external_ids) = 'OBJECT' and pair.type not in ('NULL', 'OBJECT')
        )
        anti join temp.identity_tests using (customer_id)
        where lower(trim(id)) not in ({sql.literals(NO_IDS)})"""


def exists(connection: duckdb.DuckDBPyConnection, rows: str) -> bool:
    """Whether `select 1 from <rows>` finds any."""
    return connection.execute(f"select 1 from {rows} limit 1").fetchone() is not None
