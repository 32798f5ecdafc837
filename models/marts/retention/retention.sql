with periods as (
    select * from {{ ref('int_retention__by_dimension') }}
),

parameters as (
    select as_of_date from {{ ref('int_run__parameters') }}
),

benchmarks as (
    select
        benchmark_grain,
        low_below,
        excellent_from
    from {{ ref('retention_benchmarks') }}
    where
        benchmark_industry = '{{ var("benchmark_industry") }}'
        and benchmark_grain = '{{ var("benchmark_grain") }}'
),

-- What could not be observed is NULL, never 0.
observed as (
    select
        *,
        has_ended and is_previous_observed as is_complete,
        case when is_previous_observed then active_start end as observed_active_start,
        case when has_ended and is_previous_observed then active_start end as base_customers,
        active_start - retained_customers as lost_customers
    from periods
),

rates as (
    select
        *,
        {{ share('active_end - new_customers', 'base_customers') }} as crr,
        {{ share('retained_customers', 'base_customers') }} as crr_strict,
        {{ share('lost_customers', 'base_customers') }} as churn_rate,
        case when is_complete then {{ share('followed_net_sales', 'previous_net_sales') }} end
            as net_revenue_retention,
        case when is_complete then {{ share('kept_net_sales', 'previous_floored_net_sales') }} end
            as gross_revenue_retention,
        case when is_complete then {{ share('returning_net_sales', 'buyers_net_sales') }} end
            as repeat_sales_share,
        case when is_complete then {{ share('repeat_buyers_so_far', 'buyers_so_far') }} end
            as repeat_customer_rate
    from observed
),

final as (
    select
        rates.period_grain,
        rates.period_start,
        rates.period_end,
        rates.dimension_name,
        rates.dimension_value,
        cast(rates.observed_active_start as bigint) as active_start,
        cast(rates.new_customers as bigint) as new_customers,
        cast(rates.reactivated_customers as bigint) as reactivated_customers,
        cast(case when rates.is_complete then rates.lost_customers end as bigint) as lost_customers,
        cast(rates.active_end as bigint) as active_end,
        cast(rates.lost_new_customers as bigint) as lost_new_customers,
        cast(case when rates.is_previous_observed then rates.retained_customers end as bigint)
            as retained_customers,
        cast(
            rates.customers_before
            - (rates.active_end - rates.new_customers + rates.lost_new_customers)
            as bigint
        ) as dormant_customers,
        rates.crr,
        rates.crr_strict,
        rates.churn_rate,
        cast(rates.net_sales as decimal(18, 2)) as net_sales,
        rates.net_revenue_retention,
        rates.gross_revenue_retention,
        rates.repeat_sales_share,
        rates.repeat_customer_rate,
        case
            when rates.crr_strict is null then null
            when rates.crr_strict >= benchmarks.excellent_from then 'excellent'
            when rates.crr_strict < benchmarks.low_below then 'low'
            when benchmarks.low_below is not null then 'normal'
        end as benchmark_band,
        rates.is_complete,
        case when rates.is_previous_observed then rates.active_start < {{ var('small_base') }} end
            as is_small_base,
        parameters.as_of_date
    from rates
    cross join parameters
    left join benchmarks
        on rates.period_grain = benchmarks.benchmark_grain
)

select * from final
order by period_grain, dimension_name, dimension_value, period_start
