-- One row per check, currency and side: order lines, the orders that they make and their customer
-- days. Up to the conversion every currency stands by itself; what has no rate stays in its own.
with parameters as (
    select
        as_of_end,
        reporting_currency
    from {{ ref('int_run__parameters') }}
),

orders as (
    select
        orders.order_id,
        orders.has_lines,
        orders.order_fate,
        orders.source_gross_sales,
        orders.gross_sales,
        {{ currency_code('orders.order_currency') }} as source_currency,
        orders.order_fate = 'mixed_currencies' as is_mixed,
        orders.order_fate != 'mixed_currencies'
        and (orders.rate is not null or orders.order_currency = parameters.reporting_currency)
            as is_converted
    from {{ ref('int_sales__orders') }} as orders
    cross join parameters
),

all_orders as (
    select
        order_id,
        source_currency,
        case when is_mixed then 'mixed_currencies' end as fate
    from orders
    union all
    select
        other_orders.order_id,
        {{ currency_code(
            'coalesce(foreign_orders.currency, parameters.reporting_currency)'
        ) }} as source_currency,
        case
            when other_orders.status = 'cancelled' then 'cancelled_order' else 'after_as_of_date'
        end as fate
    from {{ ref('stg_orders') }} as other_orders
    cross join parameters
    left join {{ ref('int_sales__foreign_orders') }} as foreign_orders
        on other_orders.order_id = foreign_orders.order_id
    where other_orders.order_id not in (select orders.order_id from orders)
),

line_amounts as (
    select
        order_lines.order_id,
        order_lines.currency,
        cast(order_lines.quantity * order_lines.unit_price as decimal(18, 2)) as amount,
        coalesce(order_lines.ordered_at >= parameters.as_of_end, false) as is_later
    from {{ ref('stg_order_lines') }} as order_lines
    cross join parameters
),

line_sums as (
    select
        -- Its own, for those of an order may disagree.
        coalesce(
            {{ currency_code('line_amounts.currency') }},
            all_orders.source_currency,
            {{ currency_code('parameters.reporting_currency') }}
        ) as source_currency,
        case
            when line_amounts.is_later then 'after_as_of_date'
            when all_orders.order_id is null then 'unknown_or_later_order'
            else all_orders.fate
        end as fate,
        sum(line_amounts.amount) as amount
    from line_amounts
    cross join parameters
    left join all_orders
        on line_amounts.order_id = all_orders.order_id
    group by all
),

converted_lines as (
    select
        orders.source_currency,
        sum(order_amounts.gross_sales) as converted
    from {{ ref('int_sales__order_amounts') }} as order_amounts
    inner join orders
        on order_amounts.order_id = orders.order_id
    where orders.is_converted
    group by orders.source_currency
),

order_sums as (
    select
        source_currency,
        has_lines,
        is_mixed,
        is_converted,
        order_fate as fate,
        sum(source_gross_sales) as amount,
        sum(gross_sales) as converted
    from orders
    group by all
),

days as (
    select coalesce(sum(gross_sales), 0) as converted
    from {{ ref('int_sales__customer_days') }}
),

totals as (
    {% for check_name, side, total_name, source, condition in [
        ('order_lines_are_orders', 'left', "'order lines'", 'line_sums', 'true'),
        ('order_lines_are_orders', 'right', "'orders with lines'", 'order_sums',
         'has_lines and not is_mixed'),
        ('order_lines_are_orders', 'remainder', 'fate', 'line_sums', 'fate is not null'),
        ('orders_are_converted', 'left', "'orders'", 'order_sums', 'not is_mixed'),
        ('orders_are_converted', 'right', "'orders converted'", 'order_sums', 'is_converted'),
        ('orders_are_converted', 'remainder', 'fate', 'order_sums', "fate = 'no_exchange_rate'"),
    ] -%}
    select
        '{{ check_name }}' as check_name,
        'all' as scope,
        source_currency as currency,
        '{{ side }}' as side,
        {{ total_name }} as total_name,
        amount
    from {{ source }}
    where {{ condition }}
    union all
    {% endfor -%}
    {% for check_name, scope, side, total_name, source, condition in [
        ('order_lines_are_orders_converted', "'from ' || source_currency", 'left',
         "'order lines converted'", 'converted_lines', 'true'),
        ('order_lines_are_orders_converted', "'from ' || source_currency", 'right',
         "'orders with lines'", 'order_sums', 'has_lines and is_converted'),
        ('orders_are_customer_days', "'all'", 'left', "'orders'", 'order_sums', 'is_converted'),
        ('orders_are_customer_days', "'all'", 'right', "'customer days'", 'days', 'true'),
        ('orders_are_customer_days', "'all'", 'remainder', 'fate', 'order_sums',
         "is_converted and fate != 'counted'"),
    ] -%}
    select
        '{{ check_name }}' as check_name,
        {{ scope }} as scope,
        parameters.reporting_currency as currency,
        '{{ side }}' as side,
        {{ total_name }} as total_name,
        {{ source }}.converted as amount
    from {{ source }}
    cross join parameters
    where {{ condition }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from totals
