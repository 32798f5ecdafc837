-- One row per named total, fate and currency: what became of the amounts of lines, orders and
-- refunds. Each is summed where it stands, never derived from another, nor over several currencies.
with parameters as (
    select
        as_of_end,
        reporting_currency
    from {{ ref('int_run__parameters') }}
),

order_heads as (
    select
        order_id,
        status
    from {{ ref('stg_orders') }}
),

foreign_orders as (
    select * from {{ ref('int_sales__foreign_orders') }}
),

line_amounts as (
    select
        foreign_orders.currency,
        cast(order_lines.quantity * order_lines.unit_price as decimal(18, 2)) as amount,
        coalesce(order_lines.ordered_at >= parameters.as_of_end, false) as is_later
    from {{ ref('stg_order_lines') }} as order_lines
    cross join parameters
    left join foreign_orders
        on order_lines.order_id = foreign_orders.order_id
),

lines as (
    select
        currency,
        sum(amount) as amount,
        sum(amount) filter (is_later) as later_amount
    from line_amounts
    group by currency
),

-- Lines whose order does not count, by why it does not.
order_amounts as (
    select
        foreign_orders.currency,
        case
            when orders.order_id is null then 'other_lines gross' else 'ordered_lines gross'
        end as total_name,
        case
            when orders.order_id is not null then null
            when order_heads.status = 'cancelled' then 'cancelled_order'
            when order_heads.order_id is not null then 'after_as_of_date'
            else 'unknown_or_later_order'
        end as fate,
        sum(order_amounts.line_amount) as amount
    from {{ ref('int_sales__order_amounts') }} as order_amounts
    left join {{ ref('int_sales__orders') }} as orders
        on order_amounts.order_id = orders.order_id
    left join order_heads
        on order_amounts.order_id = order_heads.order_id
    left join foreign_orders
        on order_amounts.order_id = foreign_orders.order_id
    group by all
),

orders as (
    select
        currency,
        'orders gross' as total_name,
        nullif(order_fate, 'counted') as fate,
        sum(gross_sales) as amount
    from {{ ref('int_sales__orders') }}
    group by order_fate, currency
),

refunds as (
    select
        currency,
        'refunds refunded' as total_name,
        nullif(refund_fate, 'counted') as fate,
        sum(amount) as amount
    from {{ ref('int_sales__refunds') }}
    group by refund_fate, currency
),

fates as (
    select
        currency,
        'lines gross' as total_name,
        cast(null as varchar) as fate,
        amount
    from lines
    union all
    select
        currency,
        'other_lines gross' as total_name,
        'after_as_of_date' as fate,
        later_amount as amount
    from lines
    where later_amount is not null
    union all
    select * from order_amounts
    union all
    select * from orders
    union all
    select * from refunds
),

final as (
    select
        fates.total_name,
        fates.fate as remainder_name,
        cast(sum(fates.amount) as decimal(28, 2)) as amount,
        coalesce(fates.currency, parameters.reporting_currency) as currency
    from fates
    cross join parameters
    group by all
)

select * from final
