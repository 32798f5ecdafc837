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

orders as (
    select * from {{ ref('stg_orders') }}
),

line_orders as (
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

headers as (
    select
        order_id,
        customer_id,
        ordered_at,
        currency,
        country,
        gross_amount,
        coalesce(discount_amount, 0) as discount_amount,
        coalesce(shipping_cost_amount, 0) as shipping_cost_amount,
        coalesce(payment_fee_amount, 0) as payment_fee_amount
    from orders
    where status is distinct from 'cancelled'
    union all
    select
        order_id,
        customer_id,
        ordered_at,
        currency,
        country,
        null as gross_amount,
        0 as discount_amount,
        0 as shipping_cost_amount,
        0 as payment_fee_amount
    from line_orders
    where not exists (
        select 1
        from orders
        where orders.order_id = line_orders.order_id
    )
),

dated as (
    select
        headers.*,
        {{ reporting_date('headers.ordered_at') }} as order_date,
        coalesce(headers.currency, parameters.reporting_currency) as order_currency,
        parameters.as_of_date,
        parameters.reporting_currency
    from headers
    cross join parameters
),

converted as (
    select
        dated.order_id,
        customers.customer_key,
        dated.ordered_at,
        dated.order_date,
        dated.country,
        dated.gross_amount,
        dated.discount_amount,
        dated.shipping_cost_amount,
        dated.payment_fee_amount,
        rates.rate,
        coalesce(customers.is_test, false) as is_test,
        dated.order_currency = dated.reporting_currency or rates.rate is not null as is_convertible
    from dated
    left join customers
        on dated.customer_id = customers.customer_id
    left join {{ ref('int_run__daily_rates') }} as rates
        on
            dated.order_currency = rates.currency
            and dated.order_date = rates.rate_date
            and dated.order_currency != dated.reporting_currency
    where dated.order_date <= dated.as_of_date
)

select * from converted
