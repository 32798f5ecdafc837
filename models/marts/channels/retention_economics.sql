with retention as (
    select
        period_grain,
        period_start,
        period_end,
        new_customers,
        retained_customers,
        repeat_sales_share,
        is_complete,
        as_of_date
    from {{ ref('retention') }}
    where
        period_grain in ('month', 'quarter', 'year')
        and dimension_name = 'all'
),

monthly_spend as (
    select * from {{ ref('int_channels__monthly_spend') }}
),

-- Without any marketing spend, what was paid is not known; else no entry is no cost.
known as (
    select count(*) > 0 as has_spend
    from monthly_spend
),

spends as (
    {% for grain in ['month', 'quarter', 'year'] -%}
    select
        '{{ grain }}' as period_grain,
        {{ period_start(grain, 'month') }} as period_start,
        sum(spend) filter (purpose = 'acquire') as acquire_spend,
        sum(spend) filter (purpose = 'keep') as keep_spend,
        bool_or(purpose = 'acquire' and spend is null) as is_acquire_unconverted,
        bool_or(purpose = 'keep' and spend is null) as is_keep_unconverted
    from monthly_spend
    group by {{ period_start(grain, 'month') }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

sales as (
    select * from {{ ref('int_channels__period_sales') }}
),

literature as (
    select
        max(low) filter (measure = 'acquire_to_keep_ratio') as acquire_to_keep_low,
        max(high) filter (measure = 'acquire_to_keep_ratio') as acquire_to_keep_high,
        max(high) filter (measure = 'returning_sales_share') as returning_sales_share,
        max(high) filter (measure = 'returning_sales_uplift') as returning_sales_uplift
    from {{ ref('literature_values') }}
),

joined as (
    select
        retention.*,
        sales.returning_sales,
        sales.first_time_sales,
        case
            when known.has_spend and not coalesce(spends.is_acquire_unconverted, false)
                then coalesce(spends.acquire_spend, 0)
        end as acquisition_spend,
        case
            when known.has_spend and not coalesce(spends.is_keep_unconverted, false)
                then coalesce(spends.keep_spend, 0)
        end as keep_spend,
        coalesce(sales.cost_to_serve, 0) as cost_to_serve,
        coalesce(sales.returning_customers, 0) as returning_customers,
        coalesce(sales.first_time_customers, 0) as first_time_customers,
        -- Rates of what was not observed whole are NULL.
        case when retention.is_complete then sales.returning_customers end as observed_returning,
        case when retention.is_complete then sales.first_time_customers end as observed_first_time
    from retention
    cross join known
    left join spends
        on
            retention.period_grain = spends.period_grain
            and retention.period_start = spends.period_start
    left join sales
        on
            retention.period_grain = sales.period_grain
            and retention.period_start = sales.period_start
),

rated as (
    select
        *,
        case when is_complete then {{ share('acquisition_spend', 'new_customers') }} end
            as cost_to_acquire,
        case
            when is_complete
                then {{ share('keep_spend + cost_to_serve', 'retained_customers') }}
        end as cost_to_keep,
        {{ share('returning_sales', 'observed_returning') }} as returning_sales_per_customer,
        {{ share('first_time_sales', 'observed_first_time') }} as first_time_sales_per_customer
    from joined
),

final as (
    select
        rated.period_grain,
        rated.period_start,
        rated.period_end,
        cast(rated.acquisition_spend as decimal(18, 2)) as acquisition_spend,
        cast(rated.new_customers as bigint) as new_customers,
        rated.cost_to_acquire,
        cast(rated.keep_spend as decimal(18, 2)) as keep_spend,
        cast(rated.cost_to_serve as decimal(18, 2)) as cost_to_serve,
        cast(rated.retained_customers as bigint) as retained_customers,
        rated.cost_to_keep,
        {{ share('rated.cost_to_acquire', 'rated.cost_to_keep') }} as acquire_to_keep_ratio,
        rated.repeat_sales_share as returning_sales_share,
        cast(rated.returning_customers as bigint) as returning_customers,
        rated.returning_sales_per_customer,
        cast(rated.first_time_customers as bigint) as first_time_customers,
        rated.first_time_sales_per_customer,
        {{ share('rated.returning_sales_per_customer', 'rated.first_time_sales_per_customer') }}
        - 1 as returning_sales_uplift,
        literature.acquire_to_keep_low,
        literature.acquire_to_keep_high,
        literature.returning_sales_share as returning_sales_share_literature,
        literature.returning_sales_uplift as returning_sales_uplift_literature,
        rated.is_complete,
        rated.as_of_date
    from rated
    cross join literature
)

select * from final
order by period_grain, period_start
