{{ config(materialized='table') }}

-- One row per order that was given without a currency, and whose lines name one. Where all orders
-- name theirs, or no line does, no line is looked at.
with run as (
    select as_of_end from {{ ref('stg_as_of_date') }}
),

orders as (
    select order_id
    from {{ ref('stg_orders') }}
    where currency is null
),

lines as (
    select
        order_lines.order_id,
        order_lines.currency
    from {{ ref('stg_order_lines') }} as order_lines
    cross join run
    where
        order_lines.currency is not null
        and coalesce(order_lines.ordered_at < run.as_of_end, true)
        and order_lines.order_id in (select orders.order_id from orders)
),

currencies as (
    select
        order_id,
        min(currency) as currency
    from lines
    group by order_id
)

select * from currencies
