-- Whoever of a customer objects, by an id or by an address alone, objects for all of them, and for
-- each address and number that the customer is known by.
with suppressions as (
    select
        customer_id,
        identifier,
        channel,
        reason,
        recorded_at,
        {{ bare_identifier('identifier') }} as bare_identifier
    from {{ ref('stg_suppressions') }}
),

keys as (
    select
        customer_id,
        customer_key
    from {{ ref('int_customers__resolved') }}
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

carried as (
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

-- Not `n/a` and the like: nobody's.
known_by as (
    select
        customer_key,
        identifier,
        {{ bare_identifier('identifier') }} as bare_identifier
    from carried
    where {{ bare_identifier('identifier') }} is not null
),

listed as (
    select
        keys.customer_key,
        suppressions.identifier,
        suppressions.channel,
        suppressions.reason,
        suppressions.recorded_at
    from suppressions
    left join keys
        on suppressions.customer_id = keys.customer_id
    union
    select
        known_by.customer_key,
        suppressions.identifier,
        suppressions.channel,
        suppressions.reason,
        suppressions.recorded_at
    from suppressions
    inner join known_by
        on suppressions.bare_identifier = known_by.bare_identifier
),

objections as (
    select * from listed
    union
    select
        listed.customer_key,
        known_by.identifier,
        listed.channel,
        listed.reason,
        listed.recorded_at
    from listed
    inner join known_by
        on listed.customer_key = known_by.customer_key
)

select * from objections
