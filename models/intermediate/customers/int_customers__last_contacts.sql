-- One row per customer with an interaction up to as_of_date: the last contact, in either direction
-- and in each.
with parameters as (
    select as_of_date from {{ ref('int_run__parameters') }}
),

customers as (
    select
        customer_id,
        customer_key
    from {{ ref('int_customers__without_tests') }}
),

interactions as (
    select
        customer_id,
        direction,
        {{ reporting_date('occurred_at') }} as contact_date
    from {{ ref('stg_interactions') }}
),

last_contacts as (
    select
        customers.customer_key,
        max(interactions.contact_date) as last_contact_date,
        max(interactions.contact_date) filter (interactions.direction = 'in') as last_inbound_date,
        max(interactions.contact_date) filter (interactions.direction = 'out')
            as last_outbound_date
    from interactions
    cross join parameters
    inner join customers
        on interactions.customer_id = customers.customer_id
    where interactions.contact_date <= parameters.as_of_date
    group by customers.customer_key
)

select * from last_contacts
