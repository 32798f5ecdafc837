-- One row per refund up to as_of_date: its day, and what was given back in the reporting currency.
with parameters as (
    select
        as_of_date,
        as_of_end,
        reporting_currency
    from {{ ref('int_run__parameters') }}
),

refunds as (
    select
        refund_id,
        order_id,
        customer_id,
        currency,
        amount,
        refunded_at,
        {{ reporting_date('refunded_at') }} as refund_date
    from {{ ref('stg_refunds') }}
),

cancelled_orders as (
    select orders.order_id
    from {{ ref('stg_orders') }} as orders
    inner join parameters
        on orders.ordered_at < parameters.as_of_end
    where orders.status = 'cancelled'
),

dated as (
    select
        refunds.refund_id,
        refunds.order_id,
        refunds.customer_id,
        refunds.amount,
        refunds.refunded_at,
        refunds.refund_date,
        foreign_orders.currency as order_currency,
        foreign_orders.rate as order_rate,
        foreign_orders.order_date,
        parameters.reporting_currency,
        -- A refund that does not say is in the money of its order.
        coalesce(
            refunds.currency, foreign_orders.currency, parameters.reporting_currency
        ) as currency,
        cancelled_orders.order_id is not null as is_of_cancelled_order
    from refunds
    inner join parameters
        on refunds.refund_date <= parameters.as_of_date
    left join {{ ref('int_sales__foreign_orders') }} as foreign_orders
        on
            refunds.order_id = foreign_orders.order_id
            and parameters.as_of_date >= foreign_orders.order_date
    left join cancelled_orders
        on refunds.order_id = cancelled_orders.order_id
),

rated as (
    select
        dated.refund_id,
        dated.order_id,
        dated.customer_id,
        dated.amount,
        dated.refunded_at,
        dated.refund_date,
        dated.is_of_cancelled_order,
        dated.reporting_currency,
        dated.currency as refund_currency,
        -- What was sold at one rate is given back at the same; other money at that of its own day.
        case
            when dated.currency = dated.order_currency then dated.order_rate
            when dated.currency != dated.reporting_currency then rates.rate
        end as rate,
        case
            when dated.currency = dated.order_currency then dated.order_date
            else dated.refund_date
        end as rate_date
    from dated
    left join {{ ref('int_run__daily_rates') }} as rates
        on
            dated.currency = rates.currency
            and dated.refund_date = rates.rate_date
),

amounts as (
    select
        refund_id,
        order_id,
        customer_id,
        refunded_at,
        refund_date,
        is_of_cancelled_order,
        refund_currency,
        rate,
        rate_date,
        refund_currency = reporting_currency or rate is not null as is_convertible,
        cast(amount as decimal(18, 2)) as source_amount,
        {{ reporting_amount('amount', 'rate') }} as amount
    from rated
)

select * from amounts
