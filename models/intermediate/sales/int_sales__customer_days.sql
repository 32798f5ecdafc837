-- One row per customer and day with an order, a refund or a costed interaction: the base of
-- everything transactional. `_booked` counts a refund on its own day, `_attributed` on the day of
-- the order it undoes.
with orders as (
    select * from {{ ref('int_sales__orders') }}
    where order_fate = 'counted'
),

refunds as (
    select * from {{ ref('int_sales__refunds') }}
    where refund_fate = 'counted'
),

contact_costs as (
    select * from {{ ref('int_customers__contact_costs') }}
),

events as (
    select
        customer_key,
        order_date as sales_date,
        1 as orders,
        gross_sales,
        discounts,
        cost_of_goods,
        shipping_cost,
        payment_fees,
        null as refunds_booked,
        null as refunds_attributed,
        null as returned_cost_booked,
        null as returned_cost_attributed,
        null as cost_to_serve
    from orders
    union all by name
    select
        customer_key,
        refund_date as sales_date,
        amount as refunds_booked,
        returned_cost as returned_cost_booked
    from refunds
    union all by name
    select
        customer_key,
        attributed_date as sales_date,
        amount as refunds_attributed,
        returned_cost as returned_cost_attributed
    from refunds
    union all by name
    select
        customer_key,
        contact_date as sales_date,
        cost_to_serve
    from contact_costs
),

summed as (
    select
        customer_key,
        sales_date,
        cast(coalesce(sum(orders), 0) as integer) as orders,
        coalesce(sum(gross_sales), 0) as gross_sales,
        coalesce(sum(discounts), 0) as discounts,
        coalesce(sum(refunds_booked), 0) as refunds_booked,
        coalesce(sum(refunds_attributed), 0) as refunds_attributed,
        coalesce(sum(cost_of_goods), 0) as cost_of_goods,
        coalesce(sum(returned_cost_booked), 0) as returned_cost_booked,
        coalesce(sum(returned_cost_attributed), 0) as returned_cost_attributed,
        coalesce(sum(shipping_cost), 0)
        + coalesce(sum(payment_fees), 0)
        + coalesce(sum(cost_to_serve), 0) as other_costs,
        coalesce(sum(cost_to_serve), 0) as cost_to_serve
    from events
    group by customer_key, sales_date
),

days as (
    select
        customer_key,
        sales_date,
        orders,
        cast(gross_sales as decimal(18, 2)) as gross_sales,
        cast(discounts as decimal(18, 2)) as discounts,
        cast(refunds_booked as decimal(18, 2)) as refunds_booked,
        cast(refunds_attributed as decimal(18, 2)) as refunds_attributed,
        cast(cost_of_goods - returned_cost_attributed as decimal(18, 2))
            as cost_of_goods_attributed,
        cast(other_costs as decimal(18, 2)) as other_costs,
        cast(cost_to_serve as decimal(18, 2)) as cost_to_serve,
        cast(gross_sales - discounts - refunds_booked as decimal(18, 2)) as net_sales_booked,
        cast(gross_sales - discounts - refunds_attributed as decimal(18, 2))
            as net_sales_attributed,
        cast(
            gross_sales - discounts - refunds_booked
            - (cost_of_goods - returned_cost_booked) - other_costs
            as decimal(18, 2)
        ) as margin_booked,
        cast(
            gross_sales - discounts - refunds_attributed
            - (cost_of_goods - returned_cost_attributed) - other_costs
            as decimal(18, 2)
        ) as margin_attributed,
        orders > 0 as is_purchase_day
    from summed
)

select * from days
