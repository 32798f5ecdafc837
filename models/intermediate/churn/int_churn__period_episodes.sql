{%- set grains = ['month', 'quarter', 'year'] %}

-- One row per reported period × customer who fell silent in it, at the first episode in it: of the
-- base, new in it, or back in it and silent again.
with periods as (
    select
        period_id,
        period_grain,
        period_start,
        period_end,
        snapshot_before
    from {{ ref('int_run__periods') }}
    where is_reported
),

episodes as (
    {% for grain in grains -%}
    select
        *,
        {{ period_id(grain, 'churned_at') }} as period_id
    from {{ ref('int_churn__episodes') }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- A customer is counted once a period.
first_episodes as (
    select *
    from episodes
    qualify row_number() over (partition by customer_key, period_id order by churned_at) = 1
),

lost_sales as (
    select * from {{ ref('int_churn__lost_sales') }}
),

dimensions as (
    select
        customer_key,
        dimension_group
    from {{ ref('int_customers__dimensions') }}
),

quadrants as (
    select
        snapshot_date,
        customer_key,
        quadrant
    from {{ ref('quadrants') }}
),

judged as (
    select
        periods.period_id,
        periods.period_grain,
        periods.period_start,
        periods.period_end,
        episodes.customer_key,
        episodes.churned_at,
        lost_sales.lost_net_sales,
        dimensions.dimension_group,
        coalesce(quadrants.quadrant, 'none') as quadrant,
        case
            when episodes.first_seen_date >= periods.period_start then 'new'
            -- An episode that ends on the first day of a period is still open at its start.
            when episodes.previous_ended_at >= periods.period_start then 'again'
            else 'base'
        end as origin
    from first_episodes as episodes
    inner join periods
        on episodes.period_id = periods.period_id
    inner join dimensions
        on episodes.customer_key = dimensions.customer_key
    left join lost_sales
        on
            episodes.customer_key = lost_sales.customer_key
            and episodes.churned_at = lost_sales.churned_at
    left join quadrants
        on
            episodes.customer_key = quadrants.customer_key
            and periods.snapshot_before = quadrants.snapshot_date
)

select * from judged
