{{ config(materialized=staging_materialization('products')) }}

with landed as (
    select * from {{ source('landing', 'products') }}
),

latest as (
    {{ latest_versions('products', key=['product_id', 'valid_from'], has_updated_at=false) }}
),

typed as (
    select
        product_id,
        name,
        category,
        unit_cost,
        valid_from,
        _source as source_name
    from latest
)

select * from typed
