{{ config(materialized=staging_materialization('contacts')) }}

with landed as (
    select * from {{ source('landing', 'contacts') }}
),

latest as (
    {{ latest_versions(
        'contacts', key=['contact_id'], has_updated_at=true, known_by=ref('stg_as_of_date')
    ) }}
),

typed as (
    select
        contact_id,
        customer_id,
        role,
        first_name,
        last_name,
        email,
        phone,
        birth_date,
        is_primary,
        updated_at,
        _source as source_name
    from latest
)

select * from typed
