-- One row per customer_id that appeared by as_of_date without a sale that counts: by a cancelled
-- order, a refund, an interaction, an answer or a referral.
with parameters as (
    select as_of_date from {{ ref('int_run__parameters') }}
),

appearances as (
    select
        {{ order_customer_id('orders') }} as customer_id,
        orders.ordered_at as appeared_at
    from {{ ref('stg_orders') }} as orders
    where orders.status = 'cancelled'
    union all
    {{ appearances_without_order() }}
),

seen as (
    select distinct appearances.customer_id
    from appearances
    cross join parameters
    where
        appearances.customer_id is not null
        and {{ reporting_date('appearances.appeared_at') }} <= parameters.as_of_date
)

select * from seen
