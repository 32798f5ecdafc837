-- One row per interaction up to as_of_date that cost something.
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
        channel,
        cost_amount,
        {{ reporting_date('occurred_at') }} as contact_date
    from {{ ref('stg_interactions') }}
),

unit_costs as (
    select
        channel,
        unit_cost
    from {{ ref('interaction_costs') }}
),

costs as (
    select
        customers.customer_key,
        interactions.contact_date,
        cast(coalesce(interactions.cost_amount, unit_costs.unit_cost, 0) as decimal(18, 2))
            as cost_to_serve
    from interactions
    cross join parameters
    inner join customers
        on interactions.customer_id = customers.customer_id
    left join unit_costs
        on interactions.channel = unit_costs.channel
    where interactions.contact_date <= parameters.as_of_date
)

select * from costs
where cost_to_serve != 0
