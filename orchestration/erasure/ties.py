"""What a person has in common with others: it has to go on counting once the person is erased."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

import duckdb

from orchestration.identity import links
from orchestration.identity.graph import UNIT_RULES
from orchestration.identity.guards import names
from orchestration.identity.identifiers import CONTACT
from orchestration.landing.erased import PREFIX, Carried, Membership
from orchestration.sql import literals


def carried_with_others(
    connection: duckdb.DuckDBPyConnection, unit: str, own: Sequence[str]
) -> Iterator[Carried]:
    """The person's identifiers that others carry too or that join nobody, and their households
    of several; of a company the addresses and numbers of its contacts that are persons' too."""
    listed = literals(own)
    carried = [
        f"""
        select kind, value, customer_id, name
        from (from temp.identity_values where customer_id in ({listed}))
        left join ({names(listed)}) as named using (customer_id)
        semi join (
            select kind, value from temp.identity_values
            where customer_id not in ({listed}) and not starts_with(customer_id, '{CONTACT}')
            union all
            select kind, value from temp.identity_ignored
        ) as others using (kind, value)"""
    ]
    if rule := UNIT_RULES.get(unit):
        # Who was erased before is on the list already.
        carried.append(f"""
        select '{rule}', value, customer_id, null
        from temp.identity_unit_members
        where customer_id in ({listed}) and not contains(customer_id, '{PREFIX}')
            and value in (
                select value from temp.identity_unit_members where customer_id not in ({listed})
            )
            {"and is_employer" if rule == "contact" else ""}""")
    rows = connection.execute(f"{' union '.join(carried)} order by all").fetchall()
    for kind, value, member, name in rows:
        yield Carried(kind, value, member, name)


def memberships(
    connection: duckdb.DuckDBPyConnection, unit: str, own: Sequence[str], others: AbstractSet[str]
) -> Iterator[Membership]:
    """Of each company of the person one who stays, rather than one erased before.

    Links by `parent_customer_id` go on by the pseudonyms that stand there, households by what their
    members carried.
    """
    groups = connection.execute(f"""
        select min(customer_id) filter (customer_id in ({literals(own)})), list(customer_id)
        from temp.identity_members
        where rank = {links.RULES.index("contact")}
        group by rank, value
        having bool_or(customer_id in ({literals(own)}))
    """).fetchall()
    pairs = set()
    for member, ids in groups:
        staying = sorted((PREFIX in name, name) for name in ids if name in others)
        if staying:
            pairs.add((member, staying[0][1]))
    for member, other in sorted(pairs):
        yield Membership(unit, member, other)
