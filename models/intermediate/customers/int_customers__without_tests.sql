{{ config(materialized='view') }}

-- One row per customer_id that is more than a test: its customer_key.
with customers as (
    select
        customer_id,
        customer_key,
        is_in_crm,
        is_alone
    from {{ ref('int_customers__resolved') }}
    where not is_test
)

select * from customers
