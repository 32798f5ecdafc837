with customers as (
    select * from {{ ref('stg_customers_latest') }}
),

keys as (
    select
        customer_id,
        customer_key
    from {{ ref('int_customers__resolved') }}
),

contacts as (
    select
        keys.customer_key,
        customers.customer_id,
        customers.email,
        customers.phone,
        customers.first_name,
        customers.last_name,
        customers.company_name,
        customers.birth_date,
        customers.gender,
        customers.street,
        customers.postal_code,
        customers.city,
        customers.region,
        customers.country,
        customers.language,
        coalesce(customers.is_test, false) as is_test
    from customers
    inner join keys
        on customers.customer_id = keys.customer_id
)

select * from contacts
