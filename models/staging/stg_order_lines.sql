{{ config(materialized=staging_materialization('order_lines')) }}

with landed as (
    select * from {{ source('landing', 'order_lines') }}
),

latest as (
    {{ latest_versions('order_lines', key=['order_line_id'], has_updated_at=false) }}
),

typed as (
    select
        order_line_id,
        order_id,
        product_id,
        quantity,
        unit_price,
        discount_amount,
        unit_cost,
        category,
        customer_id,
        ordered_at,
        currency,
        country,
        _source as source_name
    from latest
)

select * from typed
