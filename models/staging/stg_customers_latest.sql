{{ config(materialized=staging_materialization('customers')) }}

with landed as (
    select * from {{ source('landing', 'customers') }}
),

latest as (
    {{ latest_versions('customers', key=['customer_id'], has_updated_at=true) }}
),

typed as (
    select
        customer_id,
        email,
        phone,
        first_name,
        last_name,
        company_name,
        birth_date,
        gender,
        street,
        postal_code,
        city,
        region,
        country,
        language,
        is_test
    from latest
)

select * from typed
