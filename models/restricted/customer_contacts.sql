-- Of several records the first that says it. A customer who is a household or a company is reached
-- through one person, whose consents count.
with customers as (
    select * from {{ ref('stg_customers_latest') }}
),

resolved as (
    select
        customer_id,
        customer_key
    from {{ ref('int_customers__resolved') }}
    where is_alone
),

members as (
    select
        customer_id,
        customer_key,
        record_number
    from {{ ref('int_customers__members') }}
    where is_main_person
),

of_one as (
    select
        resolved.customer_key,
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
    inner join resolved
        on customers.customer_id = resolved.customer_id
),

records as (
    select
        customers.*,
        members.customer_key,
        members.record_number
    from members
    inner join customers
        on members.customer_id = customers.customer_id
    where customers.is_test is distinct from true
),

-- A name is taken whole from one record, and so is an address.
names as (
    select
        customer_key,
        first_name,
        last_name
    from records
    qualify row_number() over (
        partition by customer_key
        order by coalesce(first_name, last_name) is null, record_number
    ) = 1
),

addresses as (
    select
        customer_key,
        street,
        postal_code,
        city,
        region,
        country
    from records
    qualify row_number() over (
        partition by customer_key
        order by coalesce(street, postal_code, city) is null, country is null, record_number
    ) = 1
),

firsts as (
    select
        records.customer_key,
        arg_min(records.customer_id, records.record_number) as customer_id,
        arg_min(records.email, records.record_number) as email,
        -- What is dialled without a calling code means nothing in another country.
        arg_min(records.phone, records.record_number) filter (
            records.phone like '+%' or records.country is not distinct from addresses.country
        ) as phone,
        arg_min(records.company_name, records.record_number) as company_name,
        arg_min(records.birth_date, records.record_number) as birth_date,
        arg_min(records.gender, records.record_number) as gender,
        arg_min(records.language, records.record_number) as language
    from records
    inner join addresses
        on records.customer_key = addresses.customer_key
    group by records.customer_key
),

of_several as (
    select
        firsts.customer_key,
        firsts.customer_id,
        firsts.email,
        firsts.phone,
        names.first_name,
        names.last_name,
        firsts.company_name,
        firsts.birth_date,
        firsts.gender,
        addresses.street,
        addresses.postal_code,
        addresses.city,
        addresses.region,
        addresses.country,
        firsts.language,
        false as is_test
    from firsts
    inner join names
        on firsts.customer_key = names.customer_key
    inner join addresses
        on firsts.customer_key = addresses.customer_key
),

contacts as (
    select * from of_one
    union all
    select * from of_several
)

select * from contacts
