{{ config(materialized=staging_materialization('referrals')) }}

with landed as (
    select * from {{ source('landing', 'referrals') }}
),

latest as (
    {{ latest_versions('referrals', key=['referral_id'], has_updated_at=false) }}
),

typed as (
    select
        referral_id,
        referrer_id,
        referred_id,
        referred_at,
        _source as source_name
    from latest
)

select * from typed
