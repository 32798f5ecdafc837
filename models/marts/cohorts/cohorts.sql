with periods as (
    select
        period_id,
        period_grain,
        period_start,
        has_ended,
        is_observed
    from {{ ref('int_run__periods') }}
    where period_grain in ('week', 'month', 'quarter')
),

parameters as (
    select as_of_date from {{ ref('int_run__parameters') }}
),

dimension_values as (
    select * from {{ ref('int_customers__dimension_values') }}
    where dimension_name in ('all', 'acquisition_channel', 'country', 'first_product_category')
),

flows as (
    select
        flows.cohort_id,
        flows.period_number,
        dimension_values.dimension_number,
        sum(flows.active_customers) as active_customers,
        sum(flows.orders) as orders,
        sum(flows.net_sales) as net_sales,
        sum(flows.contribution_margin) as contribution_margin
    from {{ ref('int_cohorts__flows') }} as flows
    inner join dimension_values
        on flows.dimension_group = dimension_values.dimension_group
    group by flows.cohort_id, flows.period_number, dimension_values.dimension_number
),

sizes as (
    select
        sizes.cohort_id,
        dimension_values.dimension_number,
        dimension_values.dimension_name,
        dimension_values.dimension_value,
        sum(sizes.customers) as cohort_size
    from {{ ref('int_cohorts__sizes') }} as sizes
    inner join dimension_values
        on sizes.dimension_group = dimension_values.dimension_group
    group by all
),

last_periods as (
    select
        period_grain,
        max(period_id) as period_id
    from periods
    group by period_grain
),

-- Every cohort has all its periods up to as_of_date, also those in which nobody came.
spine as (
    select
        sizes.*,
        cohorts.period_grain as cohort_grain,
        cohorts.period_start as cohort_start,
        cohorts.is_observed,
        {{ each_number(0, 'last_periods.period_id - sizes.cohort_id') }} as period_number
    from sizes
    inner join periods as cohorts
        on sizes.cohort_id = cohorts.period_id
    inner join last_periods
        on cohorts.period_grain = last_periods.period_grain
),

joined as (
    select
        spine.*,
        parameters.as_of_date,
        periods.has_ended and spine.is_observed as is_complete,
        coalesce(flows.active_customers, 0) as active_customers,
        coalesce(flows.orders, 0) as orders,
        coalesce(flows.net_sales, 0) as net_sales,
        coalesce(flows.contribution_margin, 0) as contribution_margin
    from spine
    cross join parameters
    inner join periods
        on spine.cohort_id + spine.period_number = periods.period_id
    left join flows
        on
            spine.cohort_id = flows.cohort_id
            and spine.period_number = flows.period_number
            and spine.dimension_number = flows.dimension_number
),

accumulated as (
    select
        *,
        sum(net_sales) over by_period as cumulative_net_sales,
        sum(contribution_margin) over by_period as cumulative_margin
    from joined
    window by_period as (
        partition by cohort_id, dimension_number
        order by period_number
        rows between unbounded preceding and current row
    )
),

final as (
    select
        cohort_grain,
        cohort_start,
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
