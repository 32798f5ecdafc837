-- One row per landed row whose money cannot be converted: orders, lines of orders that are known by
-- their lines alone, refunds, contracts. They wait for a rate.
with orders as (
    select order_id
    from {{ ref('int_sales__orders') }}
    where order_fate = 'no_exchange_rate'
),

refunds as (
    select refund_id
    from {{ ref('int_sales__refunds') }}
    where refund_fate = 'no_exchange_rate'
),

landed_rows as (
    select
        'orders' as entity,
        landed.order_id as record_id,
        landed._source,
        landed._file,
        landed._row,
        landed._sequence
    from {{ source('landing', 'orders') }} as landed
    inner join orders
        on landed.order_id = orders.order_id
    union all
    select
        'order_lines' as entity,
        landed.order_line_id as record_id,
        landed._source,
        landed._file,
        landed._row,
        landed._sequence
    from {{ source('landing', 'order_lines') }} as landed
    inner join orders
        on landed.order_id = orders.order_id
    anti join {{ ref('stg_orders') }} as headers
        on landed.order_id = headers.order_id
    union all
    select
        'refunds' as entity,
        landed.refund_id as record_id,
        landed._source,
        landed._file,
        landed._row,
        landed._sequence
    from {{ source('landing', 'refunds') }} as landed
    inner join refunds
        on landed.refund_id = refunds.refund_id
    union all
    select
        'contracts' as entity,
        landed.contract_id as record_id,
        landed._source,
        landed._file,
        landed._row,
        landed._sequence
    from {{ source('landing', 'contracts') }} as landed
    where exists (
        select 1 from orders
        where starts_with(orders.order_id, 'contract ' || landed.contract_id || ' ')
    )
),

latest as (
    select
        entity,
        record_id,
        _source as source_name,
        _file as file_name,
        _row as line_number
    from landed_rows
    qualify
        row_number() over (partition by entity, record_id order by _sequence desc, _row desc) = 1
)

select * from latest
