-- One row per month, quarter and year with any day of sales: what it cost to serve everybody, who
-- bought for the first time, who bought again, and for how much. The days are read once: months
-- make up quarters and years.
with customers as (
    select
        customer_key,
        first_purchase_date
    from {{ ref('int_customers__profiles') }}
),

customer_months as (
    select
        customer_key,
        {{ month_start('sales_date') }} as month,
        bool_or(is_purchase_day) as has_purchase,
        {{ cents('sum(net_sales_booked)') }} as net_sales,
        {{ cents('sum(cost_to_serve)') }} as cost_to_serve
    from {{ ref('int_sales__customer_days') }}
    group by customer_key, month
),

customer_periods as (
    {% for grain in ['month', 'quarter', 'year'] -%}
    select
        '{{ grain }}' as period_grain,
        {{ period_start(grain, 'customer_months.month') }} as period_start,
        customer_months.customer_key,
        bool_or(customer_months.has_purchase) as has_purchase,
        -- In the period of the first purchase day one is new, however often one comes.
        coalesce(
            {{ period_start(grain, 'any_value(customers.first_purchase_date)') }}
            = {{ period_start(grain, 'customer_months.month') }},
            false
        ) as is_first_time,
        {{ cents('sum(customer_months.net_sales)') }} as net_sales,
        {{ cents('sum(customer_months.cost_to_serve)') }} as cost_to_serve
    from customer_months
    inner join customers
        on customer_months.customer_key = customers.customer_key
    group by {{ period_start(grain, 'customer_months.month') }}, customer_months.customer_key
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

summed as (
    select
        period_grain,
        period_start,
        {{ cents('sum(cost_to_serve)') }} as cost_to_serve,
        count(*) filter (has_purchase and not is_first_time) as returning_customers,
        {{ cents('sum(net_sales) filter (has_purchase and not is_first_time)') }}
            as returning_sales,
        count(*) filter (has_purchase and is_first_time) as first_time_customers,
        {{ cents('sum(net_sales) filter (has_purchase and is_first_time)') }} as first_time_sales
    from customer_periods
    group by period_grain, period_start
)

select * from summed
