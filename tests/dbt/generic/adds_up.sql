{#- Summed by `by`, the rows of a mart give what another relation gives: `sums` by `by` here equal
    `to_sums` by `to_by` there, value for value. Fails with one row per group that differs, or is
    on one side only.
    by, to_by: columns; sums, to_sums: SQL aggregates, in the same order; `only`, `to_only`: SQL
    conditions on the rows that count. -#}
{% test adds_up(model, by, sums, to, to_by, to_sums, only='true', to_only='true') %}
with here as (
    select
        {{ (by + sums) | join(', ') }}
    from {{ model }}
    where {{ only }}
    group by {{ by | join(', ') }}
),

there as (
    select
        {{ (to_by + to_sums) | join(', ') }}
    from {{ to }}
    where {{ to_only }}
    group by {{ to_by | join(', ') }}
),

differing as (
    (
        select
            'here' as side,
            only_here.*
        from (select * from here except select * from there) as only_here
    )
    union all
    (
        select
            'there' as side,
            only_there.*
        from (select * from there except select * from here) as only_there
    )
)

select * from differing
{% endtest %}
