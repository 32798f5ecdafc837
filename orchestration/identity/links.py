"""Which identities the data say belong together, and by which rule.

Two kinds of evidence: a value that several identities carry (a group), and a record that names
another (a pair). Both are kept with their source, strongest rule first:

| rank | rule | evidence |
|---|---|---|
| 0 | manual | a join in the seed |
| 1 | crm_merge | `merged_into_id` of the record's latest version |
| 2 | external_id | the same id in a third system, or the id of the other in its source |
| 3 | email | the same normalised address |
| 4 | phone | the same E.164 number |
| 5 | parent | `parent_customer_id` of the latest version (household, company), or once erased |
| 6 | contact | a person carries the address or number of one company's contact (company) |
| 7 | household | the same family name at the same postal address (household) |

Ranks 0 to 4 make a person of identities, the others a unit of persons.
"""

import duckdb

from orchestration import sql
from orchestration.identity.given import NAMING
from orchestration.identity.identifiers import CONTACT, exists
from orchestration.identity.overrides import JOIN
from orchestration.identity.rules import Rules

RULES = (
    "manual",
    "crm_merge",
    "external_id",
    "email",
    "phone",
    "parent",
    "contact",
    "household",
)
"""By rank."""
OF_PERSONS = 4
"""The last rank that says that two identities are one person."""

IS_PERSON = "coalesce(customer_type = 'person', company_name is null)"
"""SQL: whether a record is no company's."""


def make_evidence(connection: duckdb.DuckDBPyConnection, rules: Rules) -> None:
    """`temp.identity_members` (rank, value, customer_id, sources): groups of two or more; and
    `temp.identity_pairs` (rank, first_id, second_id, source, evidence).

    Needs `identity_values`, `identity_ignored`, `identity_given` and `identity_tests`.
    """
    pairs = [_manual(rules)]
    if rules.kept_units:
        pairs.append(_kept_units(rules))
    if exists(connection, "landing.customers where merged_into_id is not null"):
        pairs.append(_named_record(1, "merged_into_id"))
    if exists(connection, "temp.identity_values where kind = 'external_id'"):
        pairs.append(_named_by_external_ids())
    if rules.unit_of_analysis == "household":
        pairs.append(_named_record(5, "parent_customer_id", IS_PERSON))
    if rules.unit_of_analysis == "company":
        pairs.append(_named_record(5, "parent_customer_id"))
    connection.execute(f"create or replace temp table identity_members as {_shared_values()}")
    connection.execute(f"""
        create or replace temp table identity_pairs as
        select rank, least(one, other) as first_id, greatest(one, other) as second_id,
            min(source) as source, min(evidence) as evidence
        from ({" union all ".join(pairs)})
        where one <> other
            and (rank = 0 or (
                one not in (select customer_id from temp.identity_tests)
                and other not in (select customer_id from temp.identity_tests)
            ))
        group by all
    """)


def latest_records(columns: str, concerned: str = "true") -> str:
    """SQL: customer_id, source and `columns` of the latest version of each record that a version
    of which meets `concerned`."""
    return f"""
        select customer_id, _source as source, {columns}
        from landing.customers
        semi join (select distinct customer_id from landing.customers where {concerned}) as found
            using (customer_id)
        qualify row_number() over (
            partition by customer_id order by updated_at desc nulls last, _sequence desc, _row desc
        ) = 1"""


def _shared_values() -> str:
    """SQL: the members of every group that carries a value which joins."""
    ranks = " ".join(f"when '{rule}' then {rank}" for rank, rule in enumerate(RULES))
    return f"""
        select cast(case kind {ranks} end as utinyint) as rank, value, customer_id, sources
        from (
            select kind, value, customer_id, sources from temp.identity_values
            where not starts_with(customer_id, '{CONTACT}')
        )
        semi join (
            select kind, value from temp.identity_values
            where not starts_with(customer_id, '{CONTACT}')
            group by kind, value having count(*) > 1
        ) using (kind, value)
        anti join temp.identity_ignored using (kind, value)"""


def _manual(rules: Rules) -> str:
    joins = [one for one in rules.overrides if one.decision == JOIN]
    columns = "rank, one, other, source, evidence"
    if not joins:
        return (
            "select 0::utinyint as rank, null::varchar as one, null::varchar as other, "
            "null::varchar as source, null::varchar as evidence where false"
        )
    rows = ", ".join(
        f"(0::utinyint, {sql.literal(one.first)}, {sql.literal(one.second)}, "
        f"'identity_overrides', {sql.literal(one.reason)})"
        for one in joins
    )
    return f"select * from (values {rows}) as joins({columns})"


def _kept_units(rules: Rules) -> str:
    """SQL: pairs of somebody erased and one of their household or company."""
    rank = RULES.index("parent")
    rows = ", ".join(
        f"({rank}::utinyint, {sql.literals(pair)}, 'erasures', null)" for pair in rules.kept_units
    )
    return f"select * from (values {rows}) as kept(rank, one, other, source, evidence)"


def _named_record(rank: int, column: str, condition: str = "true") -> str:
    """SQL: pairs of a record and the one that its latest version names."""
    return f"""
        select {rank}::utinyint, customer_id, {column}, source, null
        from ({latest_records(f"{column}, customer_type, company_name", f"{column} is not null")})
        where {column} is not null and {condition}"""


def _named_by_external_ids() -> str:
    """SQL: pairs of a record and the customer whose id in a source it carries.

    `{"web": "55"}` names the customer 55 of the source `web`, and the customer `web:55` where
    that is a numbering of its own.
    """
    naming = " union ".join(
        f"select lower(_source) || ':' || {sql.quoted(column)}, {sql.quoted(column)} "
        f"from landing.{sql.quoted(entity)} where lower(_source) in (select system from systems)"
        for entity, column in NAMING
    )
    return f"""
        select * from (
            with carried as (
                select customer_id, value, sources
                from (select * from temp.identity_values where kind = 'external_id')
                anti join temp.identity_ignored using (kind, value)
            ),

            systems as (
                select distinct split_part(value, ':', 1) as system from carried
            ),

            named as (
                select customer_id as name, customer_id from temp.identity_given
                union all
                select * from ({naming})
            )

            select 2::utinyint, carried.customer_id, named.customer_id, carried.sources, null
            from carried
            inner join named on carried.value = named.name
        )"""


def households() -> str:
    """SQL: rank, value, customer_id, sources of persons: their family name at their address.

    Women's and men's forms of a Russian name are one: Иванова and Иванов.
    """
    bare = r"regexp_replace(lower({}), '[^\p{{L}}\p{{N}}]+', '', 'g')"
    family = (
        rf"regexp_replace(regexp_replace({bare.format('last_name')}, "
        r"'(ов|ев|ёв|ин|ын)а$', '\1'), '(ск|цк)ая$', '\1ий')"
    )
    columns = "last_name, street, postal_code, country, customer_type, company_name"
    return f"""
        select 7::utinyint as rank, value, customer_id, source as sources
        from (
            select customer_id, source, concat_ws(
                ' ', {family}, {bare.format("street")}, {bare.format("postal_code")}, country
            ) as value
            from ({latest_records(columns, "last_name is not null")})
            where last_name is not null and street is not null and postal_code is not null
                and {IS_PERSON}
                and customer_id not in (select customer_id from temp.identity_tests)
        )"""


def contacts() -> str:
    """SQL: rank, value, customer_id, sources of persons and of the customers whose contact
    carries the same address or number; of the latter `is_employer` is true."""
    return f"""
        with carried as (
            select kind, value, sources, starts_with(customer_id, '{CONTACT}') as is_employer,
                replace(customer_id, '{CONTACT}', '') as customer_id
            from temp.identity_values
            anti join temp.identity_ignored using (kind, value)
            where kind in ('email', 'phone')
        ),

        companies as (
            select customer_id from ({latest_records("customer_type, company_name")})
            where not {IS_PERSON}
        )

        select 6::utinyint as rank, value, customer_id, sources, is_employer
        from carried
        semi join (
            select kind, value from carried
            group by kind, value having bool_or(is_employer) and not bool_and(is_employer)
        ) using (kind, value)
        where is_employer or customer_id not in (select customer_id from companies)"""
