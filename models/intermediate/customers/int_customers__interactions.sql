-- One row per interaction up to as_of_date.
with parameters as (
    select as_of_end from {{ ref('int_run__parameters') }}
),

customers as (
    select
        customer_id,
        customer_key
    from {{ ref('int_customers__without_tests') }}
),

interactions as (
    select
        interaction_id,
        customer_id,
        occurred_at,
        direction,
        channel,
        kind,
        next_contact_on
    from {{ ref('stg_interactions') }}
),

contacts as (
    select
        interactions.interaction_id,
        customers.customer_key,
        interactions.occurred_at,
        {{ reporting_date('interactions.occurred_at') }} as contact_date,
        interactions.direction,
        interactions.channel,
        interactions.kind,
        interactions.next_contact_on
    from interactions
    inner join customers
        on interactions.customer_id = customers.customer_id
    cross join parameters
    where interactions.occurred_at < parameters.as_of_end
)

select * from contacts
