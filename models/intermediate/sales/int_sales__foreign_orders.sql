-- One row per order that is not in the reporting currency, whatever became of it: its currency, and
-- the rate of its day.
with parameters as (
    select reporting_currency from {{ ref('int_run__parameters') }}
),

orders as (
    select
        stg_orders.order_id,
        coalesce(stg_orders.currency, of_lines.currency) as currency,
        stg_orders.ordered_at
    from {{ ref('stg_orders') }} as stg_orders
    left join {{ ref('stg_currencies_of_lines') }} as of_lines
        on stg_orders.order_id = of_lines.order_id
    union all
    select
        order_id,
        currency,
        ordered_at
    from {{ ref('stg_orders_of_lines') }}
),

dated as (
    select
        orders.order_id,
        orders.currency,
        {{ reporting_date('orders.ordered_at') }} as order_date
    from orders
    inner join parameters
        on orders.currency != parameters.reporting_currency
),

rated as (
    select
        dated.order_id,
        dated.order_date,
        dated.currency,
        rates.rate
    from dated
    left join {{ ref('int_run__daily_rates') }} as rates
        on
            dated.currency = rates.currency
            and dated.order_date = rates.rate_date
)

select * from rated
