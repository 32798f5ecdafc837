{%- set heads = [
    'active_start', 'retained_customers', 'reactivated_customers', 'active_end',
    'kept_new_customers'
] %}
{%- set money = [
    'net_sales', 'followed_net_sales', 'previous_net_sales', 'previous_floored_net_sales',
    'kept_net_sales', 'returning_net_sales'
] %}

-- One row per reported period × dimension × value: the counts and sums that the rates are made of.
with periods as (
    select
        period_id,
        period_grain,
        period_start,
        period_end,
        has_ended,
        is_previous_observed
    from {{ ref('int_run__periods') }}
    where is_reported
),

flows as (
    select * from {{ ref('int_retention__flows') }}
),

dimension_values as (
    select * from {{ ref('int_customers__dimension_values') }}
),

summed as (
    select
        flows.period_id,
        dimension_values.dimension_name,
        dimension_values.dimension_value,
        {% for column in heads + money -%}
        sum(flows.{{ column }}) as {{ column }},
        {% endfor -%}
        sum(flows.buyers_net_sales) as buyers_net_sales
    from flows
    inner join dimension_values
        on flows.dimension_group = dimension_values.dimension_group
    group by flows.period_id, dimension_values.dimension_name, dimension_values.dimension_value
    union all
    select
        period_id,
        'quadrant' as dimension_name,
        quadrant as dimension_value,
        {% for column in heads + money -%}
        sum({{ column }}) as {{ column }},
        {% endfor -%}
        sum(buyers_net_sales) as buyers_net_sales
    from flows
    group by period_id, quadrant
),

joined as (
    select
        periods.*,
        counts.dimension_name,
        counts.dimension_value,
        counts.new_customers,
        counts.customers_before,
        counts.buyers_so_far,
        counts.repeat_buyers_so_far,
        {% for column in heads + money -%}
        coalesce(summed.{{ column }}, 0) as {{ column }},
        {% endfor -%}
        coalesce(summed.buyers_net_sales, 0) as buyers_net_sales,
        counts.new_customers - coalesce(summed.kept_new_customers, 0) as lost_new_customers
    from {{ ref('int_retention__counts') }} as counts
    inner join periods
        on counts.period_id = periods.period_id
    left join summed
        on
            counts.period_id = summed.period_id
            and counts.dimension_name = summed.dimension_name
            and counts.dimension_value = summed.dimension_value
)

select * from joined
