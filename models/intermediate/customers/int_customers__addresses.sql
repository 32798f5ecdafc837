{{ config(materialized='view') }}

-- One row per customer: where they live, what they speak, who won them and whom they belong to.
-- City and region are taken whole from one record, the first that names either.
with profiles as (
    select customer_key from {{ ref('int_customers__profiles') }}
),

customers as (
    select
        customer_id,
        city,
        region,
        language,
        acquisition_campaign,
        parent_customer_id
    from {{ ref('stg_customers') }}
),

resolved as (
    select
        customer_id,
        customer_key,
        is_alone,
        is_in_crm
    from {{ ref('int_customers__without_tests') }}
),

members as (
    select * from {{ ref('int_customers__members') }}
    where is_in_crm and not is_test
),

-- Who belongs to another record of the same customer belongs to nobody else.
parents as (
    select
        resolved.customer_id,
        profiles.customer_key
    from resolved
    inner join profiles
        on resolved.customer_key = profiles.customer_key
    where resolved.customer_id in (select customers.parent_customer_id from customers)
),

of_one as (
    select
        resolved.customer_key,
        customers.city,
        customers.region,
        customers.language,
        customers.acquisition_campaign,
        customers.parent_customer_id
    from resolved
    inner join customers
        on resolved.customer_id = customers.customer_id
    where resolved.is_alone and resolved.is_in_crm
),

records as (
    select
        customers.*,
        members.customer_key,
        members.record_number,
        members.known_number,
        coalesce(customers.city, customers.region) is not null as has_place,
        coalesce(parents.customer_key != members.customer_key, true) as is_of_another
    from members
    inner join customers
        on members.customer_id = customers.customer_id
    left join parents
        on customers.parent_customer_id = parents.customer_id
),

of_several as (
    select
        customer_key,
        arg_min_null(city, record_number) filter (has_place) as city,
        arg_min_null(region, record_number) filter (has_place) as region,
        arg_min(language, record_number) as language,
        arg_min(acquisition_campaign, known_number) as acquisition_campaign,
        arg_min(parent_customer_id, record_number) filter (is_of_another) as parent_customer_id
    from records
    group by customer_key
),

told as (
    select * from of_one
    union all
    select * from of_several
),

addresses as (
    select
        profiles.customer_key,
        told.city,
        told.region,
        told.language,
        told.acquisition_campaign,
        told.parent_customer_id,
        parents.customer_key as parent_customer_key
    from profiles
    left join told
        on profiles.customer_key = told.customer_key
    left join parents
        on told.parent_customer_id = parents.customer_id
)

select * from addresses
