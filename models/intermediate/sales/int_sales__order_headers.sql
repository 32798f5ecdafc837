{{ config(materialized='view') }}

-- One row per order up to as_of_date that was not cancelled, before its lines are looked at.
-- Where a source gives lines alone, the order is made of them.
with parameters as (
    select
        as_of_date,
        reporting_currency
    from {{ ref('int_run__parameters') }}
),

customers as (
    select
        customer_id,
        customer_key,
        is_test
    from {{ ref('int_customers__resolved') }}
),

headers as (
    select
        order_id,
        customer_id,
        ordered_at,
        country,
        sales_channel,
        coupon_code is not null as has_coupon,
        gross_amount,
        coalesce(discount_amount, 0) as discount_amount,
        coalesce(shipping_cost_amount, 0) as shipping_cost_amount,
        coalesce(payment_fee_amount, 0) as payment_fee_amount
    from {{ ref('stg_orders') }}
    where status is distinct from 'cancelled'
    union all
    select
        order_id,
        customer_id,
        ordered_at,
        country,
        null as sales_channel,
        false as has_coupon,
        null as gross_amount,
        0 as discount_amount,
        0 as shipping_cost_amount,
        0 as payment_fee_amount
    from {{ ref('stg_orders_of_lines') }}
),

dated as (
    select
        headers.*,
        {{ reporting_date('headers.ordered_at') }} as order_date
    from headers
),

converted as (
    select
        dated.order_id,
        customers.customer_key,
        dated.ordered_at,
        dated.order_date,
        dated.country,
        dated.sales_channel,
        dated.has_coupon,
        dated.gross_amount,
        dated.discount_amount,
        dated.shipping_cost_amount,
        dated.payment_fee_amount,
        foreign_orders.rate,
        coalesce(foreign_orders.currency, parameters.reporting_currency) as order_currency,
        coalesce(customers.is_test, false) as is_test,
        foreign_orders.order_id is null or foreign_orders.rate is not null as is_convertible
    from dated
    inner join parameters
        on dated.order_date <= parameters.as_of_date
    left join customers
        on {{ order_customer_id('dated') }} = customers.customer_id
    left join {{ ref('int_sales__foreign_orders') }} as foreign_orders
        on dated.order_id = foreign_orders.order_id
)

select * from converted
