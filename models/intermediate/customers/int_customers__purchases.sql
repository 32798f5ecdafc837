-- One row per customer: the first and the last order, what an order brings, and how much of it was
-- given away or came back. Of orders at one time the smallest order_id is the first and the largest
-- the last.
with profiles as (
    select customer_key from {{ ref('int_customers__profiles') }}
),

customer_values as (
    select
        customer_key,
        orders,
        gross_sales_all_time as gross_sales,
        discounts,
        refunds
    from {{ ref('int_customers__values') }}
),

orders as (
    select
        customer_key,
        order_id,
        ordered_at,
        sales_channel,
        has_coupon,
        cast(gross_sales - discounts as decimal(18, 2)) as order_value
    from {{ ref('int_sales__orders') }}
    where order_fate = 'counted'
),

spans as (
    select
        customer_key,
        min(ordered_at) as first_ordered_at,
        max(ordered_at) as last_ordered_at,
        count(*) filter (has_coupon) as coupon_orders
    from orders
    group by customer_key
),

ends as (
    select
        orders.customer_key,
        {% for end, pick in {'first': 'arg_min_null', 'last': 'arg_max_null'}.items() -%}
        {% for column, source in {'value': 'order_value', 'channel': 'sales_channel'}.items() -%}
        {{ pick }}(orders.{{ source }}, orders.order_id) filter (
            orders.ordered_at = spans.{{ end }}_ordered_at
        ) as {{ end }}_order_{{ column }},
        {% endfor -%}
        {% endfor -%}
        any_value(spans.coupon_orders) as coupon_orders
    from orders
    inner join spans
        on
            orders.customer_key = spans.customer_key
            and (
                orders.ordered_at = spans.first_ordered_at
                or orders.ordered_at = spans.last_ordered_at
            )
    group by orders.customer_key
),

returns as (
    select
        customer_key,
        min(refund_date) as first_refund_date,
        max(refund_date) as last_refund_date
    from {{ ref('int_sales__refunds') }}
    where refund_fate = 'counted'
    group by customer_key
),

coupons as (
    select coalesce(sum(coupon_orders), 0) > 0 as has_coupons from spans
),

refunds as (
    select count(*) > 0 as has_refunds from {{ ref('int_sales__refunds') }}
),

purchases as (
    select
        profiles.customer_key,
        ends.first_order_value,
        ends.first_order_channel,
        ends.last_order_value,
        ends.last_order_channel,
        returns.first_refund_date,
        returns.last_refund_date,
        {{ share(
            '(customer_values.gross_sales - customer_values.discounts)', 'customer_values.orders'
        ) }} as average_order_value,
        case when coupons.has_coupons then cast(coalesce(ends.coupon_orders, 0) as bigint) end
            as coupon_orders,
        {{ share('customer_values.discounts', 'customer_values.gross_sales') }} as discount_share,
        case
            when refunds.has_refunds
                then {{ share(
                    'customer_values.refunds',
                    '(customer_values.gross_sales - customer_values.discounts)'
                ) }}
        end as refund_share
    from profiles
    cross join coupons
    cross join refunds
    left join customer_values
        on profiles.customer_key = customer_values.customer_key
    left join ends
        on profiles.customer_key = ends.customer_key
    left join returns
        on profiles.customer_key = returns.customer_key
)

select * from purchases
