{{ config(materialized=staging_materialization('orders')) }}

with landed as (
    select * from {{ source('landing', 'orders') }}
),

latest as (
    {{ latest_versions(
        'orders', key=['order_id'], has_updated_at=true, known_by=ref('stg_as_of_date')
    ) }}
),

typed as (
    select
        order_id,
        customer_id,
        ordered_at,
        status,
        currency,
        gross_amount,
        discount_amount,
        tax_amount,
        shipping_cost_amount,
        payment_fee_amount,
        sales_channel,
        country,
        coupon_code,
        email,
        phone,
        updated_at,
        _source as source_name
    from latest
)

select * from typed
