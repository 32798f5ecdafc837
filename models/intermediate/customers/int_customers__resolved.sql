-- One row per customer_id: its customer_key from the registry, and whether it is only a test.
with keys as (
    select
        customer_id,
        customer_key
    from {{ source('landing', '_customer_keys') }}
),

customers as (
    select
        customer_id,
        is_test
    from {{ ref('stg_customers') }}
),

resolved as (
    select
        keys.customer_id,
        keys.customer_key,
        coalesce(customers.is_test, false) as is_test
    from keys
    left join customers
        on keys.customer_id = customers.customer_id
)

select * from resolved
