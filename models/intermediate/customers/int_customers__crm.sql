{{ config(materialized='view') }}

-- One row per customer whom the CRM knew by as_of_date: what the records say, of several the first
-- that says anything. Who won the customer says the record that was known first.
with customers as (
    select * from {{ ref('stg_customers') }}
),

resolved as (
    select
        customer_id,
        customer_key
    from {{ ref('int_customers__without_tests') }}
    where is_alone and is_in_crm
),

members as (
    select * from {{ ref('int_customers__members') }}
    where is_in_crm and not is_test
),

of_one as (
    select
        resolved.customer_key,
        customers.acquisition_channel,
        customers.country,
        customers.customer_type,
        customers.service_tier,
        customers.manager_id,
        customers.company_name is not null as has_company_name
    from resolved
    inner join customers
        on resolved.customer_id = customers.customer_id
),

of_several as (
    select
        members.customer_key,
        arg_min(customers.acquisition_channel, members.known_number) as acquisition_channel,
        arg_min(customers.country, members.record_number) as country,
        arg_min(customers.customer_type, members.record_number) as customer_type,
        arg_min(customers.service_tier, members.record_number) as service_tier,
        arg_min(customers.manager_id, members.record_number) as manager_id,
        bool_or(customers.company_name is not null) as has_company_name
    from members
    inner join customers
        on members.customer_id = customers.customer_id
    group by members.customer_key
),

crm as (
    select * from of_one
    union all
    select * from of_several
)

select * from crm
