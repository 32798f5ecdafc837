-- One row per refund up to as_of_date: whose it is, the day of the order it undoes, and the cost of
-- what came back.
with refunds as (
    select * from {{ ref('int_sales__refund_amounts') }}
),

customers as (
    select
        customer_id,
        customer_key,
        is_test
    from {{ ref('int_customers__resolved') }}
),

orders as (
    select
        order_id,
        customer_key,
        order_date,
        order_fate,
        cost_of_goods,
        gross_sales - discounts as net_amount
    from {{ ref('int_sales__orders') }}
    where order_id in (select refunds.order_id from refunds)
),

matched as (
    select
        refunds.refund_id,
        refunds.order_id,
        refunds.refunded_at,
        refunds.refund_date,
        refunds.refund_currency,
        refunds.source_amount,
        refunds.rate,
        refunds.rate_date,
        refunds.amount,
        orders.net_amount,
        orders.cost_of_goods,
        coalesce(orders.order_date, refunds.refund_date) as attributed_date,
        -- A refund belongs where its order belongs.
        case
            when orders.order_id is null then customers.customer_key else orders.customer_key
        end as customer_key,
        case
            when orders.order_fate = 'mixed_currencies' then 'mixed_currencies'
            when not refunds.is_convertible then 'no_exchange_rate'
            when customers.is_test then 'test_customer'
            -- What never counted as sold cannot be undone, on whatever day it was paid back.
            when refunds.is_of_cancelled_order then 'cancelled_order'
            when orders.order_fate != 'counted' then orders.order_fate
            when orders.order_id is null and customers.customer_key is null then 'no_customer'
            else 'counted'
        end as refund_fate
    from refunds
    left join orders
        on refunds.order_id = orders.order_id
    left join customers
        on refunds.customer_id = customers.customer_id
),

given_back as (
    select
        *,
        cast(
            sum(amount) over (
                -- Refunds of no known order have nothing in common.
                partition by refund_fate, order_id, case when net_amount is null then refund_id end
                order by refunded_at, refund_id
                rows unbounded preceding
            ) as decimal(18, 2)
        ) as amount_so_far
    from matched
),

-- The cost of all that came back so far is rounded, less that of what came back before: so it adds
-- up to the order's cost when all is paid back, never exceeds it, and no later refund restates it.
costed as (
    select
        refund_id,
        order_id,
        customer_key,
        refund_date,
        attributed_date,
        refund_currency,
        source_amount,
        rate,
        rate_date,
        amount,
        cast(
            {{ returned_cost('amount_so_far', 'net_amount', 'cost_of_goods') }}
            - {{ returned_cost('amount_so_far - amount', 'net_amount', 'cost_of_goods') }}
            as decimal(18, 2)
        ) as returned_cost,
        refund_fate
    from given_back
)

select * from costed
