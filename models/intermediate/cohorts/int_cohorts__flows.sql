-- One row per cohort × periods since it began × group of customers alike: what they did.
with customers as (
    select
        profiles.customer_key,
        dimensions.dimension_group,
        {{ period_id('week', 'profiles.cohort_date') }} as week_id,
        {{ period_id('month', 'profiles.cohort_date') }} as month_id,
        {{ period_id('quarter', 'profiles.cohort_date') }} as quarter_id
    from {{ ref('int_customers__profiles') }} as profiles
    inner join {{ ref('int_customers__dimensions') }} as dimensions
        on profiles.customer_key = dimensions.customer_key
    where profiles.cohort_date is not null
),

customer_periods as (
    select
        customers.dimension_group,
        case {{ grain_number('periods.period_id') }}
            when {{ grain_number('customers.week_id') }} then customers.week_id
            when {{ grain_number('customers.month_id') }} then customers.month_id
            when {{ grain_number('customers.quarter_id') }} then customers.quarter_id
        end as cohort_id,
        periods.period_id,
        periods.is_active,
        periods.orders,
        periods.net_sales_attributed,
        periods.margin_attributed
    from {{ ref('int_retention__customer_periods') }} as periods
    inner join customers
        on periods.customer_key = customers.customer_key
),

flows as (
    select
        cohort_id,
        -- What came before the first purchase (a refund, a costed call) belongs to period 0.
        greatest(period_id - cohort_id, 0) as period_number,
        dimension_group,
        count(*) filter (is_active) as active_customers,
        sum(orders) as orders,
        {{ cents('sum(net_sales_attributed)') }} as net_sales,
        {{ cents('sum(margin_attributed)') }} as contribution_margin
    from customer_periods
    where cohort_id is not null
    group by cohort_id, period_number, dimension_group
)

select * from flows
