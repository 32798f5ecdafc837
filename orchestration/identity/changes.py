"""What is new in the registry, and for each identity whose key changes, why."""

import duckdb

from orchestration import sql
from orchestration.identity.links import RULES
from orchestration.identity.overrides import SPLIT
from orchestration.identity.rules import Rules

MANUAL, UNIT, SHARED, GONE = "manual", "unit_of_analysis", "shared_identifier", "evidence_gone"
"""Why identities part."""


def make_entries(connection: duckdb.DuckDBPyConnection, rules: Rules, batch_sequence: int) -> None:
    """Makes `temp.identity_new_entries`, with the registry's columns.

    A merge names its strongest link to somebody with another key. A split is manual, or follows
    from another unit of analysis, from an identifier that too many share by now, or from evidence
    that is no longer there. Needs the tables of `keys.assign_keys` and `temp.identity_links`.
    """
    connection.execute("""
        create or replace temp table identity_changed as
        select concerned.customer_id, concerned.root, concerned.old_key, assigned.customer_key,
            assigned.customer_key in (
                select registry.customer_key from temp.identity_registry as registry
                semi join temp.identity_given as given on registry.customer_id = given.customer_id
            ) as is_merge
        from temp.identity_concerned as concerned
        inner join temp.identity_assigned as assigned on concerned.root = assigned.root
        where concerned.old_key <> assigned.customer_key
    """)
    connection.execute(f"""
        create or replace temp table identity_new_entries as
        select given.customer_id, assigned.customer_key, null::bigint as previous_key,
            null::varchar as change, null::varchar as reason, null::varchar as detail,
            {batch_sequence}::bigint as batch_sequence,
            {sql.literal(rules.unit_of_analysis)} as unit_of_analysis
        from temp.identity_given as given
        anti join temp.identity_registry as registry on given.customer_id = registry.customer_id
        left join temp.identity_concerned as concerned
            on given.customer_id = concerned.customer_id
        inner join temp.identity_assigned as assigned
            on coalesce(concerned.root, given.customer_id) = assigned.root
    """)
    if sql.count(connection, "select count(*) from temp.identity_changed"):
        _explain_merges(connection)
        _explain_splits(connection, rules)
        connection.execute(f"""
            insert into temp.identity_new_entries
            select customer_id, customer_key, old_key,
                case when is_merge then 'merge' else 'split' end, reason, detail,
                {batch_sequence}, {sql.literal(rules.unit_of_analysis)}
            from (
                from temp.identity_explained_merges union all from temp.identity_explained_splits
            )
        """)


def _explain_merges(connection: duckdb.DuckDBPyConnection) -> None:
    names = " ".join(f"when {rank} then {sql.literal(rule)}" for rank, rule in enumerate(RULES))
    connection.execute(f"""
        create or replace temp table identity_explained_merges as
        with ends as (
            select links.rank, links.evidence, one.root,
                one_key.old_key as one_key, other_key.old_key as other_key
            from temp.identity_links as links
            inner join temp.identity_units as one on links.first_node = one.node
            inner join temp.identity_units as other on links.second_node = other.node
            left join temp.identity_concerned as one_key on one.customer_id = one_key.customer_id
            left join temp.identity_concerned as other_key
                on other.customer_id = other_key.customer_id
            where links.is_joined
                and one.root in (select root from temp.identity_changed where is_merge)
        ),

        crossing as (
            select root, one_key as old_key, rank, evidence from ends
            where one_key is distinct from other_key
            union all
            select root, other_key, rank, evidence from ends
            where one_key is distinct from other_key
        ),

        strongest as (
            select root, old_key, min(rank) as rank, arg_min(evidence, rank) as detail
            from crossing
            group by root, old_key
        )

        select changed.*, case strongest.rank {names} end as reason, strongest.detail
        from temp.identity_changed as changed
        left join strongest on changed.root = strongest.root and changed.old_key = strongest.old_key
        where changed.is_merge
    """)


def _explain_splits(connection: duckdb.DuckDBPyConnection, rules: Rules) -> None:
    unit = sql.literal(rules.unit_of_analysis)
    connection.execute(f"""
        create or replace temp table identity_explained_splits as
        with decided as ({_decided(rules)}),

        manual as (
            select one.customer_key as old_key, min(decided.reason) as reason
            from decided
            inner join temp.identity_registry as one on decided.first_id = one.customer_id
            inner join temp.identity_registry as other on decided.second_id = other.customer_id
            where one.customer_key = other.customer_key
            group by one.customer_key
        ),

        last_unit as (
            select arg_max(unit_of_analysis, part) as unit_of_analysis from temp.identity_entries
        ),

        ignored as (
            select concerned.old_key, carried.kind, carried.value, concerned.root
            from temp.identity_concerned as concerned
            inner join temp.identity_values as carried
                on concerned.customer_id = carried.customer_id
            semi join temp.identity_ignored as ignored
                on carried.kind = ignored.kind and carried.value = ignored.value
            where concerned.old_key in (select old_key from temp.identity_changed)
        ),

        over_shared as (
            select distinct mine.root, mine.old_key
            from ignored as mine
            inner join ignored as theirs
                on mine.kind = theirs.kind and mine.value = theirs.value
                and mine.old_key = theirs.old_key and mine.root <> theirs.root
        )

        select changed.*,
            case when manual.old_key is not null then '{MANUAL}'
                when last_unit.unit_of_analysis <> {unit} then '{UNIT}'
                when over_shared.root is not null then '{SHARED}'
                else '{GONE}' end as reason,
            manual.reason as detail
        from temp.identity_changed as changed
        cross join last_unit
        left join manual on changed.old_key = manual.old_key
        left join over_shared
            on changed.root = over_shared.root and changed.old_key = over_shared.old_key
        where not changed.is_merge
    """)


def _decided(rules: Rules) -> str:
    """SQL: first_id, second_id, reason of the manual splits."""
    splits = [one for one in rules.overrides if one.decision == SPLIT]
    if not splits:
        return (
            "select null::varchar as first_id, null::varchar as second_id, "
            "null::varchar as reason where false"
        )
    rows = ", ".join(f"({sql.literals((one.first, one.second, one.reason))})" for one in splits)
    return f"select * from (values {rows}) as decided(first_id, second_id, reason)"
