with parameters as (
    select
        as_of_date,
        data_start
    from {{ ref('int_run__parameters') }}
),

rhythm as (
    select first_churn_after_days from {{ ref('int_churn__rhythm') }}
),

-- The same months and values as `retention`, so that the two can be laid side by side.
spine as (
    select
        month,
        month_end,
        dimension_name,
        dimension_value,
        customers_before,
        has_ended
    from {{ ref('int_retention__by_dimension') }}
),

episodes as (
    select * from {{ ref('int_churn__by_dimension') }}
),

-- Episodes opened in a month count for all later months.
open_before as (
    select
        spine.month,
        spine.dimension_name,
        spine.dimension_value,
        sum(episodes.opened_net) as open_episodes
    from spine
    inner join episodes
        on
            spine.dimension_name = episodes.dimension_name
            and spine.dimension_value = episodes.dimension_value
            and spine.month > episodes.month
    group by spine.month, spine.dimension_name, spine.dimension_value
),

joined as (
    select
        spine.*,
        parameters.as_of_date,
        spine.customers_before - coalesce(open_before.open_episodes, 0) as base_customers,
        coalesce(episodes.churned_customers, 0) as churned_customers,
        coalesce(episodes.churned_new, 0) as churned_new,
        coalesce(episodes.churned_again, 0) as churned_again,
        coalesce(episodes.lost_net_sales, 0) as lost_net_sales,
        spine.has_ended
        and spine.month
        >= {{ add_days('parameters.data_start', 'rhythm.first_churn_after_days') }} as is_complete
    from spine
    cross join parameters
    cross join rhythm
    left join open_before
        on
            spine.month = open_before.month
            and spine.dimension_name = open_before.dimension_name
            and spine.dimension_value = open_before.dimension_value
    left join episodes
        on
            spine.month = episodes.month
            and spine.dimension_name = episodes.dimension_name
            and spine.dimension_value = episodes.dimension_value
),

final as (
    select
        'month' as period_grain,
        month as period_start,
        month_end as period_end,
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
