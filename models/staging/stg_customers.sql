{{ config(materialized=staging_materialization('customers')) }}

with landed as (
    select * from {{ source('landing', 'customers') }}
),

latest as (
    {{ latest_versions(
        'customers', key=['customer_id'], has_updated_at=true, known_by=ref('stg_as_of_date')
    ) }}
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
        customer_type,
        acquisition_channel,
        acquisition_campaign,
        service_tier,
        manager_id,
        parent_customer_id,
        merged_into_id,
        external_ids,
        attributes,
        is_test,
        created_at,
        updated_at,
        _source as source_name
    from latest
)

select * from typed
