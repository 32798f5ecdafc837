"""Which key a customer gets: the one they have, whoever joins them; a new one for newcomers.

Where customers become one, the oldest key stays. Where one becomes several, those who are with the
identity that the key was first given to keep it; the others get the key back that they once had
themselves, else a new one. New keys are numbered in the order of the ids, so that the same landing,
seeds and registry always give the same keys.
"""

from collections import defaultdict

import duckdb
import numpy as np
import pyarrow as pa

from orchestration.identity.components import Nodes

_Rows = list[tuple[str, str, int | None]]


def assign_keys(connection: duckdb.DuckDBPyConnection, units: Nodes) -> None:
    """Makes three tables, of `units`, the label of each of `temp.identity_nodes`.

    - `temp.identity_units` (node, customer_id, is_given, root): `root` is the smallest id of those
      in the same component that are given
    - `temp.identity_concerned` (customer_id, root, old_key): everybody given whom a link or a key
      shared with others concerns; `old_key` NULL for newcomers
    - `temp.identity_assigned` (root, customer_key): of their components, and of newcomers alone

    Needs the tables of `given`, `graph` and `registry`.
    """
    _make_units(connection, units)
    connection.execute("""
        create or replace temp table identity_concerned as
        with held as (
            select customer_id, customer_key
            from temp.identity_registry semi join temp.identity_given using (customer_id)
        ),

        shared as (
            select customer_id from held
            where customer_key in (
                select customer_key from held group by customer_key having count(*) > 1
            )
        ),

        ids as (
            select customer_id from temp.identity_units where is_given
            union select customer_id from shared
        )

        select ids.customer_id, coalesce(units.root, ids.customer_id) as root,
            held.customer_key as old_key
        from ids
        left join temp.identity_units as units on ids.customer_id = units.customer_id
        left join held on ids.customer_id = held.customer_id
    """)
    connection.execute("""
        create or replace temp table identity_roots as
        with keys_of_several as (
            select old_key from temp.identity_concerned
            where old_key is not null
            group by old_key having count(distinct root) > 1
        )

        select root, min(old_key) as old_key, count(distinct old_key) as keys,
            bool_or(coalesce(old_key in (select old_key from keys_of_several), false)) as is_torn
        from temp.identity_concerned
        group by root
    """)
    disputed = _settle(connection)
    connection.register(
        "identity_disputed",
        pa.table(
            {
                "root": pa.array(disputed, pa.string()),
                "customer_key": pa.array(disputed.values(), pa.int64()),
            }
        ),
    )
    connection.execute("""
        create or replace temp table identity_assigned as
        with known as (
            select root, old_key as customer_key from temp.identity_roots
            where keys = 1 and not is_torn
            union all
            select root, customer_key from identity_disputed where customer_key is not null
        ),

        newcomers as (
            select root from temp.identity_roots anti join known using (root)
            union all
            select customer_id from temp.identity_given
            anti join temp.identity_registry using (customer_id)
            anti join temp.identity_concerned using (customer_id)
        )

        select root, customer_key from known
        union all
        select root, row_number() over (order by root)
            + coalesce((select max(customer_key) from temp.identity_entries), 0)
        from newcomers
    """)
    connection.unregister("identity_disputed")


def _make_units(connection: duckdb.DuckDBPyConnection, units: Nodes) -> None:
    nodes = np.arange(len(units), dtype=np.int32)
    connection.register("identity_labels", pa.table({"node": nodes, "label": units}))
    connection.execute("""
        create or replace temp table identity_units as
        with found as (
            select nodes.node, nodes.customer_id, labels.label,
                given.customer_id is not null as is_given
            from temp.identity_nodes as nodes
            inner join identity_labels as labels on nodes.node = labels.node
            left join temp.identity_given as given on nodes.customer_id = given.customer_id
        ),

        roots as (
            select label, min(node) as node from found where is_given group by label
        )

        select found.node, found.customer_id, found.is_given, first.customer_id as root
        from found
        inner join roots on found.label = roots.label
        inner join temp.identity_nodes as first on roots.node = first.node
    """)
    connection.unregister("identity_labels")


def _settle(connection: duckdb.DuckDBPyConnection) -> dict[str, int | None]:
    """Root → key, None for a new one, of components that hold several keys or parts of one."""
    rows: _Rows = connection.execute("""
        select concerned.root, concerned.customer_id, concerned.old_key
        from temp.identity_concerned as concerned
        inner join temp.identity_roots as roots on concerned.root = roots.root
        where roots.keys > 1 or roots.is_torn
        order by concerned.root, concerned.customer_id
    """).fetchall()
    return settle(rows, _founders(connection), _held(connection)) if rows else {}


def settle(rows: _Rows, founders: dict[int, str], held: set[int]) -> dict[str, int | None]:
    """Root → key of disputed components, None where it needs a new one.

    rows: (root, identity, key until now or None), sorted. founders: key → the identity that it was
    first given to. held: keys that somebody has now; the others may return to their founders.
    """
    roots: dict[str, int | None] = {root: None for root, _, _ in rows}
    root_of = {identity: root for root, identity, _ in rows}
    holders: dict[int, list[str]] = defaultdict(list)
    for _, identity, key in rows:
        if key is not None:
            holders[key].append(identity)
    for key in sorted(holders):
        # The founder's part first, then that of the smallest identity; to each one key.
        for _, identity in sorted((one != founders[key], one) for one in holders[key]):
            if roots[root_of[identity]] is None:
                roots[root_of[identity]] = key
                break
    for key, founder in sorted(founders.items()):
        if key not in held and founder in root_of and roots[root_of[founder]] is None:
            roots[root_of[founder]] = key
    return roots


def _founders(connection: duckdb.DuckDBPyConnection) -> dict[int, str]:
    """Key → who got it first, of all keys that anybody disputed ever had."""
    return dict(
        connection.execute("""
            with keys as (
                select distinct customer_key from temp.identity_entries
                where customer_id in (
                    select customer_id from temp.identity_concerned
                    where root in (
                        select root from temp.identity_roots where keys > 1 or is_torn
                    )
                )
            )

            select customer_key, arg_min(customer_id, (part, customer_id))
            from temp.identity_entries semi join keys using (customer_key)
            group by customer_key
        """).fetchall()
    )


def _held(connection: duckdb.DuckDBPyConnection) -> set[int]:
    """The keys that somebody has now, of those that went through several hands."""
    return {
        key
        for (key,) in connection.execute("""
            select distinct customer_key from temp.identity_registry
            where customer_key in (
                select customer_key from temp.identity_entries where customer_id in (
                    select customer_id from temp.identity_entries where change is not null
                    union select customer_id from temp.identity_concerned
                )
            )
        """).fetchall()
    }
