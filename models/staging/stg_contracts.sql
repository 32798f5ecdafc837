{{ config(materialized=staging_materialization('contracts')) }}

with landed as (
    select * from {{ source('landing', 'contracts') }}
),

latest as (
    {{ latest_versions(
        'contracts', key=['contract_id'], has_updated_at=true, known_by=ref('stg_as_of_date')
    ) }}
),

typed as (
    select
        contract_id,
        customer_id,
        started_on,
        ends_on,
        cancelled_on,
        cancel_reason,
        recurring_amount,
        billing_period,
        currency,
        auto_renews,
        updated_at,
        _source as source_name
    from latest
)

select * from typed
