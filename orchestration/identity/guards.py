"""Which values join nobody: role mailboxes, placeholders, and what too many persons share.

Persons are told apart by their names: three records of Anna Schmidt under one address are one
person. A record without a name counts as a person of its own; a guest's order, which never has
one, does not count. Who has been erased counts as before.
"""

import duckdb

from orchestration import sql
from orchestration.entities import GUEST
from orchestration.identity.carried import carried_by_erased, name_as_carried
from orchestration.identity.identifiers import CONTACT, KINDS
from orchestration.identity.rules import Rules

SHARED = "shared"


def make_ignored(connection: duckdb.DuckDBPyConnection, rules: Rules) -> None:
    """`temp.identity_ignored`: kind, value, guard, records, persons; needs `identity_values`."""
    living = (
        "select kind, value, customer_id from temp.identity_values "
        f"where not starts_with(customer_id, '{CONTACT}')"
    )
    connection.execute(f"""
        create or replace temp table identity_ignored as
        with guards as ({_listed(rules)}),

        erased as (
            select * from ({carried_by_erased(rules, KINDS, living)})
            semi join ({living}) as living using (kind, value)
        ),

        records as (
            {living}
            union all
            select kind, value, customer_id from erased
        ),

        judged as (
            select kind, value, kind as guarded, value as by_value from records
            union all
            select kind, value, 'mailbox', split_part(value, '@', 1) from records
            where kind = 'email'
            union all
            select kind, value, kind, substr(value, strpos(value, ':') + 1) from records
            where kind = 'external_id'
        ),

        named as (
            select judged.kind, judged.value, min(guards.guard) as guard
            from judged
            inner join guards on judged.guarded = guards.kind and judged.by_value = guards.value
            group by judged.kind, judged.value
        ),

        many as (
            select kind, value from records
            group by kind, value having count(*) > {rules.max_shared_identity}
        ),

        names as (
            select customer_id, {name_as_carried(rules, "name")} as name
            from ({names("select customer_id from records semi join many using (kind, value)")})
            where name is not null
            union
            select customer_id, name from erased
            where name is not null
        ),

        counted as (
            select records.kind, records.value, count(*) as records,
                count(distinct coalesce(names.name, records.customer_id)) filter (
                    not starts_with(records.customer_id, '{GUEST}:')
                ) as persons
            from records
            left join names on records.customer_id = names.customer_id
            where (records.kind, records.value) in (
                select (kind, value) from many union all select (kind, value) from named
            )
            group by records.kind, records.value
        )

        select counted.kind, counted.value, coalesce(named.guard, '{SHARED}') as guard,
            counted.records, counted.persons
        from counted
        left join named on counted.kind = named.kind and counted.value = named.value
        where named.guard is not null or counted.persons > {rules.max_shared_identity}
    """)


def names(customer_ids: str) -> str:
    """SQL: customer_id and name, by which persons are told apart, of the query `customer_ids`."""
    return f"""
        select customer_id, min(nullif(lower(trim(coalesce(
            nullif(trim(concat_ws(' ', first_name, last_name)), ''), company_name
        ))), '')) as name
        from landing.customers
        where customer_id in ({customer_ids})
        group by customer_id"""


def _listed(rules: Rules) -> str:
    """SQL: kind, value, guard of the seed."""
    if not rules.guards:
        return "select null as kind, null as value, null as guard where false"
    rows = ", ".join(
        f"({sql.literals((*key, guard))})" for key, guard in sorted(rules.guards.items())
    )
    return f"select * from (values {rows}) as listed(kind, value, guard)"


def make_guests(connection: duckdb.DuckDBPyConnection) -> None:
    """`temp.identity_guests` (customer_id): guests of whom an identifier counts."""
    connection.execute(f"""
        create or replace temp table identity_guests as
        select distinct customer_id
        from temp.identity_values
        anti join temp.identity_ignored using (kind, value)
        where starts_with(customer_id, '{GUEST}:')
    """)
