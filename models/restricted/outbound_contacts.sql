-- The contact log that the frequency cap counts; what comes after as_of_date has not happened yet.
with parameters as (
    select as_of_date from {{ ref('int_run__parameters') }}
),

keys as (
    select
        customer_id,
        customer_key
    from {{ ref('int_customers__resolved') }}
),

interactions as (
    select
        customer_id,
        direction,
        channel,
        {{ reporting_date('occurred_at') }} as contact_date
    from {{ ref('stg_interactions') }}
),

contacts as (
    select
        keys.customer_key,
        interactions.channel,
        interactions.contact_date
    from interactions
    cross join parameters
    inner join keys
        on interactions.customer_id = keys.customer_id
    where
        interactions.direction = 'out'
        and interactions.contact_date <= parameters.as_of_date
)

select * from contacts
