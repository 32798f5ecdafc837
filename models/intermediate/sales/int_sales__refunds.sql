-- One row per refund up to as_of_date: its own day, and the day of the order it undoes.
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

refunds as (
    select
        refund_id,
        order_id,
        customer_id,
        currency,
        amount,
        {{ reporting_date('refunded_at') }} as refund_date
    from {{ ref('stg_refunds') }}
),

orders as (
    select
        order_id,
        customer_key,
        order_date,
        order_fate,
        rate,
        cost_of_goods,
        gross_sales - discounts as net_amount
    from {{ ref('int_sales__orders') }}
    where order_id in (select refunds.order_id from refunds)
),

-- A cancelled order never counted, so what was paid back for it does not either.
cancelled_orders as (
    select order_id
    from {{ ref('stg_orders') }}
    where status = 'cancelled'
),

matched as (
    select
        refunds.refund_id,
        refunds.order_id,
        refunds.refund_date,
        coalesce(orders.order_date, refunds.refund_date) as attributed_date,
        -- A refund belongs where its order belongs.
        case
            when orders.order_id is null then customers.customer_key
            else orders.customer_key
        end as customer_key,
        coalesce(customers.is_test, false) as is_test,
        orders.net_amount,
        orders.cost_of_goods,
        case
            when cancelled_orders.order_id is not null then 'cancelled_order'
            when orders.order_fate != 'undone_same_day' then orders.order_fate
            when orders.order_date = refunds.refund_date then orders.order_fate
        end as order_fate,
        rates.rate is not null
        or coalesce(refunds.currency, parameters.reporting_currency)
        = parameters.reporting_currency as is_convertible,
        -- What was sold at one rate is given back at the same.
        {{ reporting_amount('refunds.amount', 'coalesce(orders.rate, rates.rate)') }} as amount
    from refunds
    cross join parameters
    left join orders
        on refunds.order_id = orders.order_id
    left join cancelled_orders
        on refunds.order_id = cancelled_orders.order_id
    left join customers
        on refunds.customer_id = customers.customer_id
    left join {{ ref('int_run__daily_rates') }} as rates
        on
            refunds.currency = rates.currency
            and refunds.refund_date = rates.rate_date
            and refunds.currency != parameters.reporting_currency
    where refunds.refund_date <= parameters.as_of_date
),

costed as (
    select
        refund_id,
        order_id,
        customer_key,
        refund_date,
        attributed_date,
        amount,
        case
            when not {{ var('refunds_return_goods') }} then cast(0 as decimal(18, 2))
            when net_amount > 0
                then {{ proportion_of('cost_of_goods', 'amount', 'net_amount') }}
            else {{ estimated_cost('amount') }}
        end as returned_cost,
        case
            when not is_convertible then 'no_exchange_rate'
            when is_test then 'test_customer'
            when
                order_fate in (
                    'no_exchange_rate', 'test_customer', 'undone_same_day', 'cancelled_order'
                )
                then order_fate
            when customer_key is null then 'no_customer'
            else 'counted'
        end as refund_fate
    from matched
)

select * from costed
