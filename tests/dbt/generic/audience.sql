{#- An audience holds existing customers, each once, with a value and an action to take. Fails with
    one row per broken rule. -#}
{% test audience(model) %}
with audience as (
    select * from {{ model }}
),

customers as (
    select
        customer_key,
        customer_id
    from {{ ref('customers') }}
),

joined as (
    select
        audience.*,
        customers.customer_key is null as is_unknown
    from audience
    left join customers
        on
            audience.customer_key = customers.customer_key
            and audience.customer_id = customers.customer_id
),

rules as (
    select
        'customer repeated' as broken_rule,
        count(*) - count(distinct customer_key) as failing_rows
    from joined
    union all
    select
        'customer does not exist',
        count(*) filter (is_unknown)
    from joined
    union all
    select
        'value or action is missing',
        count(*) filter (value is null or suggested_action_en is null or suggested_action_ru is null)
    from joined
)

select * from rules
where failing_rows > 0
{% endtest %}
