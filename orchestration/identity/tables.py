"""What dbt reads of the resolved identities: Parquet files without a single address or number.

- customer_keys (customer_id, customer_key): every identity ever met
- customer_members (customer_id, customer_key, person_id): who is one customer under several ids;
  `person_id` is the smallest id of the same person
- customer_links (customer_id, linked_customer_id, rule, evidence_number and more): what links two
  identities, masked, and in which sources
- customer_key_changes (change_number, customer_id and more): merges and splits with their reasons
- ignored_identifiers (identifier_number and more): values that join nobody, masked, and why
"""

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from orchestration import sql
from orchestration.files import write_aside_then_rename
from orchestration.identity.components import Nodes
from orchestration.identity.links import RULES
from orchestration.settings import Settings


def mask(value: str) -> str:
    """SQL: enough of an identifier to know it again, too little to reach anybody.

    `a…@e….com`, `+49…67`, `shop:…42`.
    """
    domain = f"split_part({value}, '@', 2)"
    address = (
        f"left({value}, 1) || '…@' || left({domain}, 1) || '….' || split_part({domain}, '.', -1)"
    )
    shown = f"least(2, length({value}) - strpos({value}, ':') - 1)"
    external = f"split_part({value}, ':', 1) || ':…' || right({value}, {shown})"
    return (
        f"case when starts_with({value}, '+') then left({value}, 3) || '…' || right({value}, 2) "
        f"when contains({value}, '@') then {address} else {external} end"
    )


_RULE = " ".join(f"when {rank} then {sql.literal(rule)}" for rank, rule in enumerate(RULES))
_MASKED = tuple(RULES.index(rule) for rule in ("external_id", "email", "phone", "contact"))

TABLES = {
    "customer_keys": "select customer_id, customer_key from temp.identity_registry",
    "customer_members": """
        select registry.customer_id, registry.customer_key,
            coalesce(persons.person_id, registry.customer_id) as person_id
        from temp.identity_registry as registry
        semi join (
            select customer_key from temp.identity_registry
            group by customer_key having count(*) > 1
        ) as several on registry.customer_key = several.customer_key
        left join temp.identity_persons as persons on registry.customer_id = persons.customer_id
    """,
    "customer_links": f"""
        select one.customer_id, other.customer_id as linked_customer_id,
            case links.rank {_RULE} end as rule,
            row_number() over (
                partition by links.first_node, links.second_node, links.rank order by links.value
            ) as evidence_number,
            case when links.rank in {_MASKED} then {mask("links.value")} else links.evidence end
                as evidence,
            links.first_sources as source_name, links.second_sources as linked_source_name,
            links.is_joined
        from temp.identity_links as links
        inner join temp.identity_nodes as one on links.first_node = one.node
        inner join temp.identity_nodes as other on links.second_node = other.node
    """,
    "customer_key_changes": """
        select part + 1 as change_number, customer_id, previous_key as previous_customer_key,
            customer_key, change, reason, detail, batch_sequence, unit_of_analysis
        from identity_entries
        where change is not null
    """,
    "ignored_identifiers": f"""
        select row_number() over (order by kind, value) as identifier_number, kind,
            {mask("value")} as evidence, guard, records, persons
        from temp.identity_ignored
    """,
}


def path_of(settings: Settings, table: str) -> Path:
    """Where a table stands."""
    return settings.identity / f"{table}.parquet"


def write_tables(connection: duckdb.DuckDBPyConnection, settings: Settings, persons: Nodes) -> None:
    """Writes all tables; `persons`: for each of `temp.identity_nodes` the first of the person."""
    nodes = np.arange(len(persons), dtype=np.int32)
    connection.register("identity_labels", pa.table({"node": nodes, "label": persons}))
    connection.execute("""
        create or replace temp table identity_persons as
        select nodes.customer_id, firsts.customer_id as person_id
        from temp.identity_nodes as nodes
        inner join identity_labels as labels on nodes.node = labels.node
        inner join temp.identity_nodes as firsts on labels.label = firsts.node
    """)
    connection.unregister("identity_labels")
    for table, select in TABLES.items():
        with write_aside_then_rename(path_of(settings, table)) as aside:
            connection.execute(f"copy ({select}) to {sql.literal(str(aside))} (format parquet)")


def create_views(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Makes the schema `identity` in the connection's database: a view of each table."""
    connection.execute("create schema if not exists identity")
    for table in TABLES:
        file = sql.literal(str(path_of(settings, table)))
        connection.execute(
            f"create or replace view identity.{table} as select * from read_parquet({file})"
        )
