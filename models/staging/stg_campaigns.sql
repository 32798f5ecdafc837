{{ config(materialized=staging_materialization('campaigns')) }}

with landed as (
    select * from {{ source('landing', 'campaigns') }}
),

latest as (
    {{ latest_versions('campaigns', key=['campaign_id'], has_updated_at=false) }}
),

typed as (
    select
        campaign_id,
        segment,
        destination,
        starts_on,
        response_window_days,
        cost_amount,
        currency,
        _source as source_name
    from latest
)

select * from typed
