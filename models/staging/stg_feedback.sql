{{ config(materialized=staging_materialization('feedback')) }}

with landed as (
    select * from {{ source('landing', 'feedback') }}
),

latest as (
    {{ latest_versions('feedback', key=['feedback_id'], has_updated_at=false) }}
),

typed as (
    select
        feedback_id,
        customer_id,
        answered_at,
        kind,
        score,
        reason,
        comment,
        _source as source_name
    from latest
)

select * from typed
