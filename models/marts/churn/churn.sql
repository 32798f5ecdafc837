with parameters as (
    select
        as_of_date,
        data_start
    from {{ ref('int_run__parameters') }}
),

rhythm as (
    select first_churn_after_days from {{ ref('int_churn__rhythm') }}
),

-- The same periods and values as `retention`, so that the two can be laid side by side.
spine as (
    select
        period_id,
        period_grain,
        period_start,
        period_end,
        dimension_name,
        dimension_value,
        customers_before,
        has_ended
    from {{ ref('int_retention__by_dimension') }}
    where period_grain in ('month', 'quarter', 'year')
),

open_episodes as (
    select * from {{ ref('int_churn__open_episodes') }}
),

episodes as (
    select * from {{ ref('int_churn__by_dimension') }}
),

joined as (
    select
        spine.*,
        parameters.as_of_date,
        spine.customers_before - coalesce(open_episodes.open_episodes, 0) as base_customers,
        coalesce(episodes.churned_customers, 0) as churned_customers,
        coalesce(episodes.churned_new, 0) as churned_new,
        coalesce(episodes.churned_again, 0) as churned_again,
        coalesce(episodes.lost_net_sales, 0) as lost_net_sales,
        spine.has_ended
        and spine.period_start
        >= {{ add_days('parameters.data_start', 'rhythm.first_churn_after_days') }} as is_complete
    from spine
    cross join parameters
    cross join rhythm
    left join open_episodes
        on
            spine.period_id = open_episodes.period_id
            and spine.dimension_name = open_episodes.dimension_name
            and spine.dimension_value = open_episodes.dimension_value
    left join episodes
        on
            spine.period_id = episodes.period_id
            and spine.dimension_name = episodes.dimension_name
            and spine.dimension_value = episodes.dimension_value
),

final as (
    select
        period_grain,
        period_start,
        period_end,
        dimension_name,
        dimension_value,
        cast(base_customers as bigint) as base_customers,
        cast(churned_customers as bigint) as churned_customers,
        cast(churned_new as bigint) as churned_new,
        cast(churned_again as bigint) as churned_again,
        case when is_complete then {{ share('churned_customers', 'base_customers') }} end
            as rhythm_churn_rate,
        cast(lost_net_sales as decimal(18, 2)) as lost_net_sales,
        is_complete,
        as_of_date
    from joined
)

select * from final
order by period_grain, dimension_name, dimension_value, period_start
