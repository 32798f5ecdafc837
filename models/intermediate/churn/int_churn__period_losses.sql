-- One row per month, quarter or year and customer of its base who churned in it, at the first
-- episode in it.
with periods as (
    select
        period_grain,
        period_start,
        period_end,
        snapshot_before
    from {{ ref('int_run__periods') }}
    where is_reported and period_grain in ('month', 'quarter', 'year')
),

episodes as (
    {% for grain in ['month', 'quarter', 'year'] -%}
    select
        *,
        '{{ grain }}' as period_grain,
        {{ period_start(grain, 'churned_at') }} as period_start
    from {{ ref('int_churn__episodes') }}
    qualify row_number() over (
        partition by customer_key, {{ period_start(grain, 'churned_at') }} order by churned_at
    ) = 1
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

losses as (
    select
        periods.period_grain,
        periods.period_start,
        periods.period_end,
        episodes.customer_key,
        episodes.churned_at,
        lost_sales.lost_net_sales,
        groups.dimension_group,
        coalesce(quadrants.quadrant, 'none') as quadrant
    from episodes
    inner join periods
        on
            episodes.period_grain = periods.period_grain
            and episodes.period_start = periods.period_start
    inner join {{ ref('int_customers__dimensions') }} as groups
        on episodes.customer_key = groups.customer_key
    left join {{ ref('int_churn__lost_sales') }} as lost_sales
        on
            episodes.customer_key = lost_sales.customer_key
            and episodes.churned_at = lost_sales.churned_at
    left join {{ ref('quadrants') }} as quadrants
        on
            episodes.customer_key = quadrants.customer_key
            and periods.snapshot_before = quadrants.snapshot_date
    where
        episodes.first_seen_date < episodes.period_start
        and coalesce(episodes.previous_ended_at < episodes.period_start, true)
)

select * from losses
