-- One row per landed row whose money cannot be converted: orders, lines of orders that are known by
-- their lines alone, refunds, contracts; in what money it is, and the day it waits for a rate of.
with orders as (
    select
        order_id,
        order_date,
        order_currency,
        order_fate as reason
    from {{ ref('int_sales__orders') }}
    where order_fate in ('no_exchange_rate', 'mixed_currencies')
),

mixed_orders as (
    select order_id
    from orders
    where reason = 'mixed_currencies'
),

headers as (
    select
        order_id,
        currency
    from {{ ref('stg_orders') }}
    where order_id in (select orders.order_id from orders)
),

named_currencies as (
    select
        order_lines.order_id,
        {{ currency_code('order_lines.currency') }} as currency
    from {{ ref('stg_order_lines') }} as order_lines
    where order_lines.order_id in (select mixed_orders.order_id from mixed_orders)
    union
    select
        headers.order_id,
        {{ currency_code('headers.currency') }} as currency
    from headers
    where headers.order_id in (select mixed_orders.order_id from mixed_orders)
),

mixed_currencies as (
    select
        order_id,
        string_agg(currency, ', ' order by currency) as currencies
    from named_currencies
    where currency is not null
    group by order_id
),

unconverted_orders as (
    select
        orders.order_id,
        orders.reason,
        orders.order_date as rate_date,
        coalesce(mixed_currencies.currencies, {{ currency_code('orders.order_currency') }})
            as currencies
    from orders
    left join mixed_currencies
        on orders.order_id = mixed_currencies.order_id
),

orders_of_lines as (
    select unconverted_orders.*
    from unconverted_orders
    anti join headers
        on unconverted_orders.order_id = headers.order_id
),

-- A billing day is `contract`, the contract's id, the day.
unconverted_contracts as (
    select
        substring(order_id, 10, length(order_id) - 20) as contract_id,
        min(rate_date) as rate_date,
        min(currencies) as currencies
    from unconverted_orders
    where starts_with(order_id, 'contract ')
    group by contract_id
),

-- A refund of an order that waits for a rate waits for the same.
unconverted_refunds as (
    select
        refunds.refund_id,
        coalesce(unconverted_orders.rate_date, refunds.rate_date) as rate_date,
        coalesce(
            unconverted_orders.currencies, {{ currency_code('refunds.refund_currency') }}
        ) as currencies
    from {{ ref('int_sales__refunds') }} as refunds
    left join unconverted_orders
        on refunds.order_id = unconverted_orders.order_id
    where refunds.refund_fate = 'no_exchange_rate'
),

landed_rows as (
    select
        'orders' as entity,
        landed.order_id as record_id,
        unconverted_orders.reason,
        unconverted_orders.currencies,
        unconverted_orders.rate_date,
        landed._source,
        landed._file,
        landed._row,
        landed._sequence
    from {{ source('landing', 'orders') }} as landed
    inner join unconverted_orders
        on landed.order_id = unconverted_orders.order_id
    union all
    select
        'order_lines' as entity,
        landed.order_line_id as record_id,
        orders_of_lines.reason,
        orders_of_lines.currencies,
        orders_of_lines.rate_date,
        landed._source,
        landed._file,
        landed._row,
        landed._sequence
    from {{ source('landing', 'order_lines') }} as landed
    inner join orders_of_lines
        on landed.order_id = orders_of_lines.order_id
    union all
    select
        'refunds' as entity,
        landed.refund_id as record_id,
        'no_exchange_rate' as reason,
        unconverted_refunds.currencies,
        unconverted_refunds.rate_date,
        landed._source,
        landed._file,
        landed._row,
        landed._sequence
    from {{ source('landing', 'refunds') }} as landed
    inner join unconverted_refunds
        on landed.refund_id = unconverted_refunds.refund_id
    union all
    select
        'contracts' as entity,
        landed.contract_id as record_id,
        'no_exchange_rate' as reason,
        unconverted_contracts.currencies,
        unconverted_contracts.rate_date,
        landed._source,
        landed._file,
        landed._row,
        landed._sequence
    from {{ source('landing', 'contracts') }} as landed
    inner join unconverted_contracts
        on landed.contract_id = unconverted_contracts.contract_id
),

latest as (
    select
        entity,
        record_id,
        reason,
        currencies,
        rate_date,
        _source as source_name,
        _file as file_name,
        _row as line_number
    from landed_rows
    qualify
        row_number() over (partition by entity, record_id order by _sequence desc, _row desc) = 1
)

select * from latest
