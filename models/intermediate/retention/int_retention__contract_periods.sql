{{ config(materialized='view') }}

{%- set grains = ['week', 'month', 'quarter', 'year'] %}

-- One row per span in force × calendar period that it touches: whether it is in force at its end.
with parameters as (
    select as_of_date from {{ ref('int_run__parameters') }}
),

spans as (
    select
        spans.customer_key,
        spans.in_force_from,
        coalesce(spans.in_force_until, date '9999-12-31') as in_force_until,
        -- The last day known of it.
        least(spans.in_force_until, parameters.as_of_date) as known_until
    from {{ ref('int_contracts__periods') }} as spans
    cross join parameters
),

touched as (
    {% for grain in grains -%}
    select
        customer_key,
        in_force_from,
        in_force_until,
        {{ each_number(period_id(grain, 'in_force_from'), period_id(grain, 'known_until')) }}
            as period_id
    from spans
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

judged as (
    select
        touched.customer_key,
        touched.period_id,
        periods.judged_on between touched.in_force_from and touched.in_force_until as is_in_force
    from touched
    inner join {{ ref('int_run__periods') }} as periods
        on touched.period_id = periods.period_id
)

select * from judged
