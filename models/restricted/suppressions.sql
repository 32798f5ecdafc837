-- Whoever of a customer objects, objects for all of them, and for each address and number that the
-- customer is known by.
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
),

records as (
    select
        members.customer_key,
        customers.email,
        customers.phone
    from {{ ref('int_customers__members') }} as members
    inner join {{ ref('stg_customers_latest') }} as customers
        on members.customer_id = customers.customer_id
),

known_by as (
    select
        customer_key,
        email as identifier
    from records
    union
    select
        customer_key,
        phone as identifier
    from records
),

objections as (
    select * from listed
    union
    select
        listed.customer_key,
        known_by.identifier,
        listed.channel,
        listed.reason
    from listed
    inner join known_by
        on listed.customer_key = known_by.customer_key
    -- Not `n/a` and the like: nobody's.
    where
        known_by.identifier like '%@%'
        or length(regexp_replace(known_by.identifier, '[^0-9]', '', 'g')) >= 5
)

select * from objections
