"""Whom a customer id means: all identities that are one person with it, and their identifiers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from orchestration.entities import ENTITIES, GUEST
from orchestration.erasure.errors import ErasureError
from orchestration.erasure.ties import carried_with_others, memberships
from orchestration.identity import links, registry
from orchestration.identity.given import make_given, make_tests
from orchestration.identity.graph import make_graph
from orchestration.identity.guards import make_guests, make_ignored
from orchestration.identity.identifiers import make_values
from orchestration.identity.rules import Rules, with_erased
from orchestration.landing.erased import Carried, ErasureList, Membership
from orchestration.landing.landed import landed_select
from orchestration.landing.views import create_landing_views
from orchestration.normalise import emails, phones, texts
from orchestration.settings import Settings
from orchestration.sql import literal, literals, quoted

_CONTACT_ENTITIES = ("customers", "contacts", "orders")
_LEAST_DIGITS = 7


@dataclass(frozen=True)
class Person:
    """One person; all texts as the data have them, but for `mailboxes` and `numbers`.

    `mailboxes`: normalised addresses; `numbers`: telephone numbers as digits, with and without the
    calling code where that is known. Of `emails`, `phones`, `mailboxes` and `numbers` only what
    nobody else carries: a shared mailbox stays, for it is others' too; `shared` counts those.
    `units`: to whose company they belong, where that is the unit of analysis; `carried`: what
    guards and households count them by, together with others.
    """

    customer_key: int | None
    identities: tuple[str, ...]
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    mailboxes: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    shared: int = 0
    units: tuple[Membership, ...] = ()
    carried: tuple[Carried, ...] = ()

    def said(self) -> str:
        """Whom, without a personal value."""
        several = "identity" if len(self.identities) == 1 else "identities"
        shared = f", and {self.shared} that others carry too" if self.shared else ""
        return (
            f"customer_key {self.customer_key}: {len(self.identities)} {several}, "
            f"{len(self.mailboxes)} e-mail addresses, {len(set(self.phones))} telephone numbers"
            f"{shared}"
        )


def find_person(settings: Settings, rules: Rules, customer_id: str) -> Person:
    """The person of `customer_id`, also where households or companies are the unit of analysis.

    Batches that no longer count are looked at too. Raises `ErasureError` for an id that nothing
    in landing or the registry has; for one that was forgotten before it says so.
    """
    erased = ErasureList.read(settings.state)
    if erased.pseudonym_of(customer_id):
        raise ErasureError(
            "This customer has been forgotten already. What a delivery brings of them is erased "
            "when it lands; the id means nobody any more."
        )
    with duckdb.connect(
        config={"memory_limit": "2GB", "temp_directory": str(settings.data_dir / "tmp")}
    ) as connection:
        connection.execute("set timezone = 'UTC'")
        create_landing_views(connection, settings)
        registry.read_registry(connection, settings)
        identities, units = _identities(connection, with_erased(rules, erased), customer_id)
        _make_contacts(connection, settings)
        if identities == (customer_id,) and not _is_known(connection, settings, customer_id):
            raise ErasureError(
                f"No customer {customer_id!r} has landed. Give the id as the source has it "
                "(customer_id of marts.customers)."
            )
        carried = tuple(carried_with_others(connection, rules.unit_of_analysis, identities))
        person = _person(connection, identities, erased)
        return replace(person, units=units, carried=carried)


def _identities(
    connection: duckdb.DuckDBPyConnection, rules: Rules, customer_id: str
) -> tuple[tuple[str, ...], tuple[Membership, ...]]:
    """All ids of the person, and where they belong."""
    make_tests(connection)
    make_values(connection, with_contacts=rules.unit_of_analysis == "company")
    make_ignored(connection, rules)
    make_guests(connection)
    make_given(connection)
    links.make_evidence(connection, rules)
    graph = make_graph(connection, rules)
    nodes = dict(connection.execute("select customer_id, node from temp.identity_nodes").fetchall())
    if customer_id not in nodes:
        return (customer_id,), ()
    person, unit = (of[nodes[customer_id]] for of in (graph.persons, graph.units))
    own = tuple(sorted(name for name, node in nodes.items() if graph.persons[node] == person))
    others = {name for name, node in nodes.items() if graph.units[node] == unit and name not in own}
    return own, tuple(memberships(connection, rules.unit_of_analysis, own, others))


def _parts(settings: Settings, entity: str) -> list[Path]:
    """Of all batches, also of those that no longer count."""
    return sorted(settings.landing.glob(f"{entity}/batch=*/part-*.parquet"))


def _landed(entity: str, parts: Sequence[Path]) -> str:
    return f"({landed_select(ENTITIES[entity], parts)})"


def _is_known(connection: duckdb.DuckDBPyConnection, settings: Settings, customer_id: str) -> bool:
    wanted = literal(customer_id)
    asked = [
        f"select 1 from {_landed(entity, parts)} where {wanted} in (customer_id"
        + (", merged_into_id, parent_customer_id)" if entity == "customers" else ")")
        for entity, contract in ENTITIES.items()
        if "customer_id" in contract.by_name and (parts := _parts(settings, entity))
    ]
    asked += [
        f"select 1 from {table} where customer_id = {wanted}"
        for table in ("temp.identity_registry", "temp.identity_given")
    ]
    return connection.execute(f"{' union all '.join(asked)} limit 1").fetchone() is not None


def _make_contacts(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """`temp.erasure_contacts` (customer_id, is_contact, email, phone, country, name, mailbox,
    digits): all who can be reached; `is_contact` where the customer is the company that they
    stand for.
    """
    selects = ["select null::varchar as customer_id, false as is_contact, null::varchar as email, "
               "null::varchar as phone, null::varchar as country, null::varchar as name "
               "where false"]  # fmt: skip
    for entity in _CONTACT_ENTITIES:
        if parts := _parts(settings, entity):
            named = (
                f"coalesce(customer_id, '{GUEST}:' || order_id)"
                if entity == "orders"
                else "customer_id"
            )
            columns = ", ".join(
                f"{quoted(name)}::varchar" if name in ENTITIES[entity].by_name else "null"
                for name in ("email", "phone", "country")
            )
            name = (
                "nullif(lower(trim(concat_ws(' ', first_name, last_name))), '')"
                if "first_name" in ENTITIES[entity].by_name
                else "null"
            )
            is_contact = str(entity == "contacts").lower()
            selects.append(
                f"select {named}, {is_contact}, {columns}, {name} from {_landed(entity, parts)}"
            )
    if parts := _parts(settings, "suppressions"):
        selects.append(
            "select customer_id, false, case when contains(identifier, '@') then identifier end, "
            "case when not contains(identifier, '@') then identifier end, null, null "
            f"from {_landed('suppressions', parts)} where customer_id is not null"
        )
    mailbox = emails.mailbox("spelt")
    connection.execute(f"""
        create or replace temp table erasure_contacts as
        select * exclude (cleaned, spelt), {mailbox} as mailbox,
            regexp_replace(phone, '[^0-9]', '', 'g') as digits
        from (
            select *, {texts.lower("cleaned")} as spelt
            from (
                select *, {texts.clean("email")} as cleaned
                from (select distinct * from ({" union all ".join(selects)}))
            )
        )
    """)


def _make_reached(connection: duckdb.DuckDBPyConnection, identities: Sequence[str]) -> None:
    """`temp.erasure_reached`: the same with `is_own`, whether a row is the person's.

    A contact of a company is the person where the address is the same and no other name stands
    there, or where number and name are.
    """
    connection.execute(f"""
        create or replace temp table erasure_reached as
        with own as (
            select * from temp.erasure_contacts where customer_id in ({literals(identities)})
        )

        select *, coalesce(customer_id in ({literals(identities)}), false) or coalesce(
            is_contact and case
                when name is null then mailbox in (select mailbox from own)
                else name in (select name from own)
                    and (mailbox in (select mailbox from own) or digits in (select digits from own))
            end, false
        ) as is_own
        from temp.erasure_contacts
    """)


def _shared(connection: duckdb.DuckDBPyConnection) -> tuple[set[str], set[str]]:
    """Mailboxes and digits that others carry too, or that are nobody's own."""
    found = connection.execute("""
        select kind, value from (
            select 'email' as kind, mailbox as value, is_own from temp.erasure_reached
            union all
            select 'phone', digits, is_own from temp.erasure_reached
        )
        where value is not null
        group by kind, value
        having bool_or(is_own) and not bool_and(is_own)
        union
        select kind, value from temp.identity_ignored
    """).fetchall()
    return (
        {value for kind, value in found if kind == "email"},
        {re.sub("[^0-9]", "", value) for kind, value in found if kind == "phone"},
    )


def _person(
    connection: duckdb.DuckDBPyConnection, identities: tuple[str, ...], erased: ErasureList
) -> Person:
    _make_reached(connection, identities)
    key = connection.execute(
        "select min(customer_key) from temp.identity_registry "
        f"where customer_id in ({literals(identities)})"
    ).fetchone()
    rows = connection.execute(
        "select email, phone, country, mailbox, digits from temp.erasure_reached where is_own"
    ).fetchall()
    shared_mailboxes, shared_digits = _shared(connection)
    emails_found: set[str] = set()
    mailboxes: set[str] = set()
    phones_found: set[str] = set()
    numbers: set[str] = set()
    shared: set[str] = set()
    for email, phone, country, mailbox, digits in rows:
        if mailbox and "@" in mailbox:
            if mailbox in shared_mailboxes or erased.was_shared("email", mailbox):
                shared.add(mailbox)
            else:
                emails_found.add(email)
                mailboxes.add(mailbox)
        if digits and len(digits) >= _LEAST_DIGITS:
            e164 = phones.look_up(phone, country)
            spellings = {digits, *({e164[1:]} if e164 else ())}
            if spellings & shared_digits or erased.was_shared("phone", e164 or f"+{digits}"):
                shared.add(e164 or digits)
            else:
                phones_found.add(phone)
                numbers |= spellings
    return Person(
        key[0] if key else None,
        identities,
        emails=tuple(sorted(emails_found)),
        phones=tuple(sorted(phones_found)),
        mailboxes=tuple(sorted(mailboxes)),
        numbers=tuple(sorted(numbers)),
        shared=len(shared),
    )
