with landed as (
    select * from {{ source('landing', 'suppressions') }}
),

typed as (
    select
        customer_id,
        identifier,
        channel,
        reason,
        recorded_at,
        _source as source_name
    from landed
)

select * from typed
