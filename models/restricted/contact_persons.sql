-- As they were known on as_of_date: a person who was first noted later is not there yet.
with parameters as (
    select
        as_of_date,
        as_of_end
    from {{ ref('int_run__parameters') }}
),

contacts as (
    select * from {{ ref('stg_contacts') }}
),

customers as (
    select
        customer_id,
        customer_key
    from {{ ref('int_customers__without_tests') }}
),

persons as (
    select
        contacts.contact_id,
        customers.customer_key,
        contacts.customer_id,
        contacts.role,
        contacts.first_name,
        contacts.last_name,
        contacts.email,
        contacts.phone,
        contacts.birth_date,
        {{ next_birthday('contacts.birth_date', 'parameters.as_of_date') }} as next_birthday,
        coalesce(contacts.is_primary, false) as is_primary,
        contacts.updated_at,
        parameters.as_of_date
    from contacts
    inner join customers
        on contacts.customer_id = customers.customer_id
    cross join parameters
    where coalesce(contacts.updated_at < parameters.as_of_end, true)
)

select * from persons
