{#- Manual joins have one customer, manual splits two. Fails with one row per broken decision. -#}
{% test manual_decisions_hold(model) %}
with decisions as (
    select * from {{ ref('identity_overrides') }}
),

resolved as (
    select
        customer_id,
        customer_key
    from {{ model }}
)

select
    decisions.identity_a || ' ' || decisions.decision || ' ' || decisions.identity_b as broken_rule,
    1 as failing_rows
from decisions
inner join resolved as one
    on decisions.identity_a = one.customer_id
inner join resolved as other
    on decisions.identity_b = other.customer_id
where (decisions.decision = 'join') != (one.customer_key = other.customer_key)
{% endtest %}
