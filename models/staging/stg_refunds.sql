{{ config(materialized=staging_materialization('refunds')) }}

with landed as (
    select * from {{ source('landing', 'refunds') }}
),

latest as (
    {{ latest_versions('refunds', key=['refund_id'], has_updated_at=false) }}
),

typed as (
    select
        refund_id,
        order_id,
        order_line_id,
        product_id,
        customer_id,
        refunded_at,
        amount,
        currency,
        reason,
        _source as source_name
    from latest
)

select * from typed
