{{ config(materialized=staging_materialization('exchange_rates')) }}

with landed as (
    select * from {{ source('landing', 'exchange_rates') }}
),

latest as (
    {{ latest_versions('exchange_rates', key=['rate_date', 'currency'], has_updated_at=false) }}
),

typed as (
    select
        rate_date,
        currency,
        rate,
        _source as source_name
    from latest
)

select * from typed
