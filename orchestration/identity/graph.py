"""The graph of identities: numbered nodes, links between them, and who belongs together."""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from orchestration import sql
from orchestration.identity import links
from orchestration.identity.carried import carried_by_erased
from orchestration.identity.components import ContradictionError, Nodes, connected, connected_apart
from orchestration.identity.errors import IdentityError
from orchestration.identity.overrides import JOIN, SPLIT, Override
from orchestration.identity.rules import Rules

_Pairs = Mapping[tuple[int, int], Override]

_ALL = len(links.RULES)

UNIT_RULES = {"household": "household", "company": "contact"}
"""Unit of analysis → the rule by whose groups it is told."""


@dataclass(frozen=True)
class Graph:
    """For every node the smallest node of the same person, and of the same unit of analysis."""

    persons: Nodes
    units: Nodes


def make_graph(connection: duckdb.DuckDBPyConnection, rules: Rules) -> Graph:
    """Labels everyone whom some evidence concerns, and makes three tables.

    - `temp.identity_nodes` (node, customer_id): numbered from 0 in the order of the ids
    - `temp.identity_links` (rank, value, first_node, second_node, first_sources, second_sources,
      evidence, is_joined): of a group a link from its smallest node to each other; where a split
      cuts through it, from the smallest of each part, and one that is not joined between parts
    - `temp.identity_unit_members` (rank, value, customer_id, sources, is_employer of contacts):
      groups that may be a unit of analysis

    Needs the tables of `links.make_evidence`, and adds to the groups those of the unit. Raises
    `IdentityError` where manual joins and splits contradict each other.
    """
    groups = UNIT_RULES.get(rules.unit_of_analysis)
    connection.execute(
        "create or replace temp table identity_unit_members as "
        + (_unit_members(rules, groups) if groups else "select null as customer_id where false")
    )
    size = _make_nodes(connection, rules)
    persons = _labels(connection, rules, size, links.OF_PERSONS)
    units = persons
    if groups:
        if rules.unit_of_analysis == "household":
            _add_households(connection, persons, rules.max_household_size)
        else:
            _add_contacts(connection, _labels(connection, rules, size, _ALL))
        units = _labels(connection, rules, size, _ALL)
    return Graph(persons, units)


def _unit_members(rules: Rules, rule: str) -> str:
    """SQL: rank, value, customer_id, sources (and is_employer of contacts) of groups of several,
    with the erased members of households and erased employers."""
    living = links.households() if rule == "household" else links.contacts()
    carried = carried_by_erased(rules, (rule,), f"select '{rule}' as kind, value from ({living})")
    is_employer, are_told = "", ""
    if rule == "contact":
        is_employer = ", true"
        # Employers alone are nobody's.
        are_told = "and not bool_and(is_employer) over (partition by value)"
    return f"""
        select * from (
            select * from ({living})
            union all
            select {links.RULES.index(rule)}::utinyint, value, customer_id, 'erasures'{is_employer}
            from ({carried})
        )
        qualify count(*) over (partition by value) > 1 {are_told}"""


def _make_nodes(connection: duckdb.DuckDBPyConnection, rules: Rules) -> int:
    named = sorted({name for one in rules.overrides for name in (one.first, one.second)})
    listed = "".join(f" union all select {sql.literal(name)}" for name in named)
    connection.execute(f"""
        create or replace temp table identity_nodes as
        select cast(row_number() over (order by customer_id) - 1 as integer) as node, customer_id
        from (
            select customer_id from temp.identity_members
            union select first_id from temp.identity_pairs
            union select second_id from temp.identity_pairs
            union select customer_id from temp.identity_unit_members
            union (select null::varchar where false{listed})
        )
    """)
    return sql.count(connection, "select count(*) from temp.identity_nodes")


def _make_links(connection: duckdb.DuckDBPyConnection, most: int) -> None:
    """`temp.identity_links` up to the rank `most`."""
    connection.execute(f"""
        create or replace temp table identity_links as
        with members as (
            select rank, value, node, sources
            from temp.identity_members
            inner join temp.identity_nodes using (customer_id)
            where rank <= {most}
        ),

        centres as (
            select rank, value, min(node) as node, arg_min(sources, node) as sources
            from members
            group by rank, value
        )

        select rank, value, centres.node as first_node, members.node as second_node,
            centres.sources as first_sources, members.sources as second_sources,
            null::varchar as evidence, true as is_joined
        from members
        inner join centres using (rank, value)
        where members.node <> centres.node
        union all
        select pair.rank, null, one.node, other.node, pair.source, pair.source, pair.evidence, true
        from temp.identity_pairs as pair
        inner join temp.identity_nodes as one on pair.first_id = one.customer_id
        inner join temp.identity_nodes as other on pair.second_id = other.customer_id
        where pair.rank <= {most}
    """)


def _labels(connection: duckdb.DuckDBPyConnection, rules: Rules, size: int, most: int) -> Nodes:
    """The label of every node by the links up to the rank `most`, splits heeded."""
    _make_links(connection, most)
    ends = connection.execute(
        "select first_node, second_node from temp.identity_links"
    ).fetchnumpy()
    labels = connected(size, np.asarray(ends["first_node"]), np.asarray(ends["second_node"]))
    splits = _pairs(connection, rules, SPLIT)
    torn = {int(labels[a]) for a, b in splits if labels[a] == labels[b]}
    if torn:
        nodes = np.flatnonzero(np.isin(labels, list(torn)))
        apart = _apart(connection, splits, _pairs(connection, rules, JOIN), nodes, most)
        labels[list(apart)] = list(apart.values())
        _cut_links(connection, labels, most)
    return labels


def _cut_links(connection: duckdb.DuckDBPyConnection, labels: Nodes, most: int) -> None:
    """`temp.identity_links` where a split cuts through groups and pairs."""
    nodes = np.arange(len(labels), dtype=np.int32)
    connection.register("identity_labels", pa.table({"node": nodes, "label": labels}))
    connection.execute(f"""
        create or replace temp table identity_cut_links as
        with members as (
            select rank, value, node, label, sources
            from temp.identity_members
            inner join temp.identity_nodes using (customer_id)
            inner join identity_labels using (node)
            where rank <= {most}
        ),

        centres as (
            select rank, value, label, min(node) as node, arg_min(sources, node) as sources
            from members
            group by rank, value, label
        ),

        firsts as (
            select rank, value, min(node) as node, arg_min(sources, node) as sources
            from centres
            group by rank, value
        )

        select rank, value, centres.node as first_node, members.node as second_node,
            centres.sources as first_sources, members.sources as second_sources,
            null::varchar as evidence, true as is_joined
        from members
        inner join centres using (rank, value, label)
        where members.node <> centres.node
        union all
        select rank, value, firsts.node, centres.node, firsts.sources, centres.sources, null, false
        from centres
        inner join firsts using (rank, value)
        where centres.node <> firsts.node
        union all
        select links.* replace (one.label = other.label as is_joined)
        from temp.identity_links as links
        inner join identity_labels as one on links.first_node = one.node
        inner join identity_labels as other on links.second_node = other.node
        where links.value is null
    """)
    connection.unregister("identity_labels")
    connection.execute("create or replace temp table identity_links as from identity_cut_links")
    connection.execute("drop table temp.identity_cut_links")


def _pairs(connection: duckdb.DuckDBPyConnection, rules: Rules, decision: str) -> _Pairs:
    """The nodes of manual decisions, the smaller first."""
    decided = [one for one in rules.overrides if one.decision == decision]
    if not decided:
        return {}
    names = sql.literals({name for one in decided for name in (one.first, one.second)})
    nodes = dict(
        connection.execute(
            f"select customer_id, node from temp.identity_nodes where customer_id in ({names})"
        ).fetchall()
    )
    return {(min(ends), max(ends)): one for one in decided if (ends := _ends(nodes, one))}


def _ends(nodes: Mapping[str, int], one: Override) -> tuple[int, int]:
    return nodes[one.first], nodes[one.second]


def _apart(
    connection: duckdb.DuckDBPyConnection,
    splits: _Pairs,
    joins: _Pairs,
    nodes: npt.NDArray[np.int64],
    most: int,
) -> dict[int, int]:
    """New labels for `nodes`, all of the components in which split pairs stand."""
    connection.register("identity_torn", pa.table({"node": nodes}))
    groups = connection.execute(f"""
        select list(node order by node) as nodes, rank
        from temp.identity_members
        inner join temp.identity_nodes using (customer_id)
        semi join identity_torn using (node)
        where rank <= {most}
        group by rank, value
        union all
        select [first_node, second_node], rank
        from temp.identity_links
        where value is null and rank > 0 and first_node in (select node from identity_torn)
        order by rank, nodes
    """).fetchall()
    connection.unregister("identity_torn")
    concerned = set(nodes.tolist())
    try:
        return connected_apart(
            nodes.tolist(),
            [members for members, _ in groups],
            [pair for pair in splits if concerned.issuperset(pair)],
            [pair for pair in joins if concerned.issuperset(pair)],
        )
    except ContradictionError as found:
        join, split = joins[found.join], splits[found.split]
        raise IdentityError(
            f"{join.place}: with the joins before it, the join of {join.first!r} and "
            f"{join.second!r} brings {split.first!r} and {split.second!r} together, which "
            f"{split.place} keeps apart. Take one of the two back."
        ) from None


def _add_households(connection: duckdb.DuckDBPyConnection, persons: Nodes, most: int) -> None:
    """Families of two to `most` persons become groups."""
    _add_groups(connection, persons, f"count(distinct label) between 2 and {most}")


def _add_contacts(connection: duckdb.DuckDBPyConnection, companies: Nodes) -> None:
    """Persons who are a contact of one company alone are grouped with it."""
    _add_groups(connection, companies, "count(distinct label) filter (is_employer) = 1")


def _add_groups(connection: duckdb.DuckDBPyConnection, labels: Nodes, condition: str) -> None:
    nodes = np.arange(len(labels), dtype=np.int32)
    connection.register("identity_labels", pa.table({"node": nodes, "label": labels}))
    connection.execute(f"""
        insert into temp.identity_members
        select rank, value, customer_id, sources
        from temp.identity_unit_members
        semi join (
            select value from temp.identity_unit_members
            inner join temp.identity_nodes using (customer_id)
            inner join identity_labels using (node)
            group by value having {condition}
        ) using (value)
    """)
    connection.unregister("identity_labels")
