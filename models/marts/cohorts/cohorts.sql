{%- set dimensions = ['acquisition_channel', 'country', 'first_product_category'] %}

with months as (
    select * from {{ ref('int_run__months') }}
),

parameters as (
    select
        as_of_date,
        data_start
    from {{ ref('int_run__parameters') }}
),

flows as (
    select
        cohort_month,
        -- What came before the first purchase (a refund, a costed call) belongs to period 0.
        greatest({{ months_between('cohort_month', 'month') }}, 0) as period_number,
        {{ dimension_columns(dimensions) }},
        sum(active_end) as active_customers,
        sum(orders) as orders,
        sum(net_sales_attributed) as net_sales,
        sum(margin_attributed) as contribution_margin
    from (
        select * from {{ ref('int_retention__monthly_flows') }}
        where cohort_month is not null
    ) as monthly_flows
    group by {{ by_dimension(['cohort_month', 'period_number'], dimensions) }}
),

sizes as (
    select
        month as cohort_month,
        {{ dimension_columns(dimensions) }},
        sum(new_customers) as cohort_size
    from {{ ref('int_retention__newcomers') }}
    where new_customers > 0
    group by {{ by_dimension(['month'], dimensions) }}
),

-- Every cohort has all its periods up to as_of_date, also those in which nobody came.
spine as (
    select
        sizes.*,
        {{ months_between('sizes.cohort_month', 'months.month') }} as period_number,
        months.has_ended and sizes.cohort_month >= parameters.data_start as is_complete,
        parameters.as_of_date
    from sizes
    cross join parameters
    inner join months
        on sizes.cohort_month <= months.month
),

joined as (
    select
        spine.*,
        coalesce(flows.active_customers, 0) as active_customers,
        coalesce(flows.orders, 0) as orders,
        coalesce(flows.net_sales, 0) as net_sales,
        coalesce(flows.contribution_margin, 0) as contribution_margin
    from spine
    left join flows
        on
            spine.cohort_month = flows.cohort_month
            and spine.period_number = flows.period_number
            and spine.dimension_name = flows.dimension_name
            and spine.dimension_value = flows.dimension_value
),

accumulated as (
    select
        *,
        sum(net_sales) over by_period as cumulative_net_sales,
        sum(contribution_margin) over by_period as cumulative_margin
    from joined
    window by_period as (
        partition by cohort_month, dimension_name, dimension_value
        order by period_number
        rows between unbounded preceding and current row
    )
),

final as (
    select
        'month' as cohort_grain,
        cohort_month as cohort_start,
        period_number,
        dimension_name,
        dimension_value,
        cast(cohort_size as bigint) as cohort_size,
        cast(active_customers as bigint) as active_customers,
        cast(orders as bigint) as orders,
        cast(net_sales as decimal(18, 2)) as net_sales,
        cast(contribution_margin as decimal(18, 2)) as contribution_margin,
        case when is_complete then {{ share('cumulative_net_sales', 'cohort_size') }} end
            as cumulative_net_sales_per_customer,
        case when is_complete then {{ share('cumulative_margin', 'cohort_size') }} end
            as cumulative_margin_per_customer,
        case when is_complete then {{ share('active_customers', 'cohort_size') }} end
            as retention_rate,
        is_complete,
        as_of_date
    from accumulated
)

select * from final
order by cohort_grain, dimension_name, dimension_value, cohort_start, period_number
