{#- An audience holds existing customers, each once, with a value in the reporting currency, a reason
    and an action to take, under the code that its declaration names. Who has churned stands in
    winback audiences only (`is_winback`), and nobody else does there. Fails with one row per broken
    rule. -#}
{% test audience(model, is_winback=false) %}
{%- set node = graph.nodes.get('model.retention_warehouse.' ~ model.identifier) if execute -%}
{%- set code = node.config.meta.segment.audience if node -%}

with audience as (
    select * from {{ model }}
),

customers as (
    select
        customer_key,
        customer_id,
        customer_state = 'churned' as is_churned
    from {{ ref('customers') }}
),

parameters as (
    select reporting_currency from {{ ref('int_run__parameters') }}
),

joined as (
    select
        audience.*,
        customers.customer_key is null as is_unknown,
        customers.is_churned,
        parameters.reporting_currency
    from audience
    cross join parameters
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
        '{{ 'nobody has churned who is won back' if is_winback else 'customer has churned' }}',
        count(*) filter (is_churned != {{ is_winback }})
    from joined
    union all
    select
        'segment code is not the declared audience',
        count(*) filter (segment_code is distinct from '{{ code }}')
    from joined
    union all
    select
        'currency is not the reporting currency',
        count(*) filter (currency is distinct from reporting_currency)
    from joined
    union all
    select
        'value, action or reason is missing',
        count(*) filter (
            value is null
            or suggested_action_en is null
            or suggested_action_ru is null
            or reason_en is null
            or reason_ru is null
        )
    from joined
    union all
    select
        'action was due before today',
        count(*) filter (due_date < as_of_date)
    from joined
)

select * from rules
where failing_rows > 0
{% endtest %}
