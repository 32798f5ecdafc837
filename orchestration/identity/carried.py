"""What erased people carried and others carry still: rules that count carriers count them too.

Else one erasure could make strangers one customer: of the four who share an office's number, too
many for it to join them, three would be left.
"""

from collections.abc import Collection

from orchestration import sql
from orchestration.identity.rules import Rules
from orchestration.landing.erased import keyed_sql


def carried_by_erased(rules: Rules, kinds: Collection[str], values: str) -> str:
    """SQL: kind, value, customer_id, name (a hash) of what erased people carried of `kinds`.

    `values`: a query of kind and value, what is carried now; what stands there is found again by
    its hash, and of anything else the hash is the value. Nothing is hashed of a kind that no erased
    person carried.
    """
    rows = ", ".join(
        f"({sql.literals((one.kind, one.value, one.member))}, "
        f"{'null' if one.name is None else sql.literal(one.name)})"
        for one in rules.carried
        if one.kind in kinds
    )
    if not rows:
        return (
            "select null::varchar as kind, null::varchar as value, null::varchar as customer_id, "
            "null::varchar as name where false"
        )
    return f"""
        with listed as (
            select kind, hash, customer_id, cast(name as varchar) as name
            from (values {rows}) as listed(kind, hash, customer_id, name)
        ),

        living as (
            select kind, value, {keyed_sql(rules.erasure_key, "kind || ':' || value")} as hash
            from (
                select distinct kind, value from ({values})
                where kind in (select kind from listed) and value is not null
            )
        )

        select kind, coalesce(living.value, hash) as value, customer_id, name
        from listed
        left join living using (kind, hash)"""


def name_as_carried(rules: Rules, name: str) -> str:
    """SQL: a name, in the form that `carried_by_erased` has where it has any."""
    return keyed_sql(rules.erasure_key, f"'name:' || {name}") if rules.carried else name
