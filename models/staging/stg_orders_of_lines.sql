{{ config(materialized='table') }}

-- One row per order that is known by its lines alone. A table, for every look would group all
-- lines.
with lines as (
    select
        order_id,
        min(customer_id) as customer_id,
        min(ordered_at) as ordered_at,
        min(currency) as currency,
        min(country) as country
    from {{ ref('stg_order_lines') }}
    where ordered_at is not null
    group by order_id
),

orders as (
    select order_id
    from {{ source('landing', 'orders') }}
    where order_id in (select lines.order_id from lines)
),

lines_alone as (
    select lines.*
    from lines
    anti join orders
        on lines.order_id = orders.order_id
)

select * from lines_alone
