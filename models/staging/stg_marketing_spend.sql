with landed as (
    select * from {{ source('landing', 'marketing_spend') }}
),

typed as (
    select
        spend_date,
        channel,
        campaign_id,
        purpose,
        amount,
        currency,
        _source as source_name
    from landed
)

select * from typed
