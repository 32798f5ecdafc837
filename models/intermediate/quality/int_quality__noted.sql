{%- set events = [
    ('orders', 'ordered_at'),
    ('order_lines', 'ordered_at'),
    ('refunds', 'refunded_at'),
] %}

-- One row per entity, source and note: landed rows that are sound and yet not what one expects, and
-- what is made of them.
with parameters as (
    select as_of_end from {{ ref('int_run__parameters') }}
),

refunds as (
    select
        refunds.refund_id,
        case
            when orders.order_id is null then 'refund_without_order'
            when refunds.refund_date < orders.order_date then 'refund_before_order'
        end as note
    from {{ ref('int_sales__refunds') }} as refunds
    left join {{ ref('int_sales__orders') }} as orders
        on refunds.order_id = orders.order_id
    where refunds.refund_fate != 'cancelled_order'
),

noted_rows as (
    select
        'refunds' as entity,
        refunds.note,
        landed._source,
        landed._file,
        landed._row
    from {{ source('landing', 'refunds') }} as landed
    inner join refunds
        on landed.refund_id = refunds.refund_id
    where refunds.note is not null
    {% for entity, event in events -%}
    union all
    select
        '{{ entity }}' as entity,
        'after_as_of_date' as note,
        landed._source,
        landed._file,
        landed._row
    from {{ source('landing', entity) }} as landed
    inner join parameters
        on landed.{{ event }} >= parameters.as_of_end
    {% endfor -%}
    union all
    select
        entity,
        reason as note,
        source_name as _source,
        file_name as _file,
        line_number as _row
    from {{ ref('int_quality__unconverted') }}
),

noted as (
    select
        entity,
        _source as source_name,
        note,
        count(*) as noted_rows,
        min(_file) as first_file_name,
        arg_min(_row, row(_file, _row)) as first_line_number
    from noted_rows
    group by entity, _source, note
),

final as (
    select
        entity,
        source_name,
        note,
        noted_rows,
        first_file_name,
        first_line_number,
        case note
            when 'refund_without_order'
                then 'its order is not known: it counts on its own day, where its customer is known'
            when 'refund_before_order'
                then 'is earlier than its order: it is booked on its own day, and is its order''s'
            when 'after_as_of_date'
                then 'is later than as_of_date: it counts when that day has come'
            when 'no_exchange_rate'
                then 'has no rate of its day or the seven days before: it waits for one'
            when 'mixed_currencies'
                then 'is in several currencies: it counts when order and lines agree'
        end as message
    from noted
)

select * from final
