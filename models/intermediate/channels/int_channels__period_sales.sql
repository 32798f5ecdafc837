{%- set grains = ['month', 'quarter', 'year'] %}

-- One row per month, quarter and year with any day of sales: what it cost to serve everybody, who
-- bought for the first time, who bought again, and for how much. Months make up quarters and years,
-- so that nothing is counted per customer and period: a purchase day is the customer's first of its
-- period where the one before lies in an earlier period.
with profiles as (
    select
        customer_key,
        first_purchase_date
    from {{ ref('int_customers__profiles') }}
),

customer_days as (
    select * from {{ ref('int_sales__customer_days') }}
),

purchase_days as (
    select * from {{ ref('int_sales__purchase_days') }}
),

all_days as (
    select
        {{ month_start('customer_days.sales_date') }} as month,
        {{ month_start('profiles.first_purchase_date') }} as first_month,
        {{ cents('sum(customer_days.net_sales_booked)') }} as net_sales,
        {{ cents('sum(customer_days.net_sales_booked) filter (customer_days.is_purchase_day)') }}
            as purchase_sales,
        {{ cents('sum(customer_days.cost_to_serve)') }} as cost_to_serve
    from customer_days
    inner join profiles
        on customer_days.customer_key = profiles.customer_key
    group by month, first_month
),

buyers as (
    select
        {{ month_start('purchase_date') }} as month,
        {{ month_start(add_days('purchase_date', '-gap_days')) }} as previous_month,
        count(*) as customers
    from purchase_days
    group by month, previous_month
),

-- Refunds between two purchase days: whose they are depends on which of the two lies near.
refunds_between as (
    select
        {{ month_start('customer_days.sales_date') }} as month,
        {{ month_start('purchase_days.first_purchase_date') }} as first_month,
        {{ month_start('purchase_days.purchase_date') }} as previous_month,
        {{ month_start('purchase_days.next_purchase_date') }} as next_month,
        sum(customer_days.net_sales_booked) as net_sales
    from customer_days
    inner join purchase_days
        on
            customer_days.customer_key = purchase_days.customer_key
            and customer_days.sales_date > purchase_days.purchase_date
            and coalesce(customer_days.sales_date < purchase_days.next_purchase_date, true)
    where not customer_days.is_purchase_day and customer_days.net_sales_booked != 0
    group by month, first_month, previous_month, next_month
),

parts as (
    {% for grain in grains -%}
    {%- set period = period_start(grain, 'month') -%}
    {%- set first = period_start(grain, 'first_month') -%}
    {%- set previous = period_start(grain, 'previous_month') -%}
    select
        '{{ grain }}' as period_grain,
        {{ period }} as period_start,
        cost_to_serve,
        case when {{ first }} < {{ period }} then purchase_sales end as returning_sales,
        case when {{ first }} = {{ period }} then net_sales end as first_time_sales,
        null as returning_customers,
        null as first_time_customers
    from all_days
    union all by name
    select
        '{{ grain }}' as period_grain,
        {{ period }} as period_start,
        case when {{ previous }} < {{ period }} then customers end as returning_customers,
        case when previous_month is null then customers end as first_time_customers
    from buyers
    union all by name
    select
        '{{ grain }}' as period_grain,
        {{ period }} as period_start,
        net_sales as returning_sales
    from refunds_between
    where
        {{ first }} < {{ period }}
        and {{ period }} in ({{ previous }}, {{ period_start(grain, 'next_month') }})
    {{ 'union all by name' if not loop.last }}
    {% endfor %}
),

summed as (
    select
        period_grain,
        period_start,
        {{ cents('sum(cost_to_serve)') }} as cost_to_serve,
        cast(coalesce(sum(returning_customers), 0) as bigint) as returning_customers,
        {{ cents('sum(returning_sales)') }} as returning_sales,
        cast(coalesce(sum(first_time_customers), 0) as bigint) as first_time_customers,
        {{ cents('sum(first_time_sales)') }} as first_time_sales
    from parts
    group by period_grain, period_start
)

select * from summed
