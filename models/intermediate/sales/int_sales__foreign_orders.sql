-- One row per order that is not in the reporting currency, whatever became of it: its currency, and
-- the rate of its day. It says its currency itself, or by its lines where they alone are known.
with parameters as (
    select reporting_currency from {{ ref('int_run__parameters') }}
),

orders as (
    select
        order_id,
        currency,
        ordered_at
    from {{ ref('stg_orders') }}
),

foreign_lines as (
    select
        order_lines.order_id,
        min(order_lines.currency) as currency,
        min(order_lines.ordered_at) as ordered_at
    from {{ ref('stg_order_lines') }} as order_lines
    inner join parameters
        on order_lines.currency != parameters.reporting_currency
    group by order_lines.order_id
),

foreign_orders as (
    select orders.*
    from orders
    inner join parameters
        on orders.currency != parameters.reporting_currency
    union all
    select foreign_lines.*
    from foreign_lines
    anti join orders
        on foreign_lines.order_id = orders.order_id
),

dated as (
    select
        order_id,
        currency,
        {{ reporting_date('ordered_at') }} as order_date
    from foreign_orders
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
