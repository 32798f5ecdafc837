with suppressions as (
    select * from {{ ref('stg_suppressions') }}
),

keys as (
    select
        customer_id,
        customer_key
    from {{ ref('int_customers__resolved') }}
),

listed as (
    select distinct
        keys.customer_key,
        suppressions.identifier,
        suppressions.channel,
        suppressions.reason
    from suppressions
    left join keys
        on suppressions.customer_id = keys.customer_id
)

select * from listed
