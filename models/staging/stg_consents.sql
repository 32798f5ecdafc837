with landed as (
    select * from {{ source('landing', 'consents') }}
),

typed as (
    select
        customer_id,
        purpose,
        status,
        recorded_at,
        expires_on,
        source,
        proof_ref,
        double_opt_in_at,
        _source as source_name
    from landed
)

select * from typed
