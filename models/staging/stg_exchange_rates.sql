{{ config(materialized=staging_materialization('exchange_rates')) }}

with landed as (
    select * from {{ source('landing', 'exchange_rates') }}
),

seeded as (
    select
        rate_date,
        rate,
        upper(trim(currency)) as currency
    from {{ ref('exchange_rates') }}
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
    union all
    -- What a source says comes first.
    select
        seeded.rate_date,
        seeded.currency,
        seeded.rate,
        'seed' as source_name
    from seeded
    anti join latest
        on
            seeded.rate_date = latest.rate_date
            and seeded.currency = latest.currency
)

select * from typed
