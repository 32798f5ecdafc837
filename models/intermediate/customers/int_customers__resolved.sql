-- One row per identity: its customer from the registry, whether the CRM knew it by as_of_date, and
-- whether it is only a test. Identities are the ids that sources give, and guests of whom an e-mail
-- address or a telephone number counts.
with parameters as (
    select as_of_end from {{ ref('int_run__parameters') }}
),

keys as (
    select
        customer_id,
        customer_key
    from {{ source('identity', 'customer_keys') }}
),

members as (
    select customer_id from {{ source('identity', 'customer_members') }}
),

-- A card is there from the day it was made; where it does not say, from its first version.
cards as (
    select
        customers.customer_id,
        customers.is_test
    from {{ ref('stg_customers') }} as customers
    cross join parameters
    where
        coalesce(
            coalesce(customers.created_at, customers.updated_at) < parameters.as_of_end,
            true
        )
),

resolved as (
    select
        keys.customer_id,
        keys.customer_key,
        cards.customer_id is not null as is_in_crm,
        coalesce(cards.is_test, false) as is_test,
        members.customer_id is null as is_alone
    from keys
    left join members
        on keys.customer_id = members.customer_id
    left join cards
        on keys.customer_id = cards.customer_id
)

select * from resolved
