{{ config(materialized=staging_materialization('interactions')) }}

with landed as (
    select * from {{ source('landing', 'interactions') }}
),

latest as (
    {{ latest_versions('interactions', key=['interaction_id'], has_updated_at=false) }}
),

typed as (
    select
        interaction_id,
        customer_id,
        occurred_at,
        direction,
        channel,
        kind,
        outcome,
        reason,
        manager_id,
        next_contact_on,
        cost_amount,
        _source as source_name
    from latest
)

select * from typed
