-- The personal side of marts.customers, as it was known on as_of_date. Of several records the first
-- that says it, of a household or a company those of its first person; a name and an address are
-- taken whole. What a customer can be reached by is listed in full, guests' orders included.
with parameters as (
    select
        as_of_date,
        as_of_end
    from {{ ref('int_run__parameters') }}
),

profiles as (
    select
        customer_key,
        customer_id
    from {{ ref('int_customers__profiles') }}
),

customers as (
    select * from {{ ref('stg_customers') }}
),

identities as (
    select
        resolved.customer_id,
        resolved.customer_key,
        resolved.is_in_crm,
        coalesce(members.record_number, 1) as record_number,
        coalesce(members.is_main_person, true) as is_main_person
    from {{ ref('int_customers__without_tests') }} as resolved
    left join {{ ref('int_customers__members') }} as members
        on resolved.customer_id = members.customer_id
),

records as (
    select
        customers.*,
        identities.customer_key,
        identities.record_number,
        identities.is_main_person,
        coalesce(customers.first_name, customers.last_name) is not null as has_name,
        coalesce(customers.street, customers.postal_code, customers.city) is not null
            as has_address
    from identities
    inner join customers
        on identities.customer_id = customers.customer_id
    where identities.is_in_crm
),

firsts as (
    select
        customer_key,
        {% for column in ['first_name', 'last_name'] -%}
        arg_min_null({{ column }}, record_number) filter (has_name) as {{ column }},
        {% endfor -%}
        {% for column in ['street', 'postal_code', 'city', 'region', 'country'] -%}
        arg_min_null({{ column }}, record_number) filter (has_address) as {{ column }},
        {% endfor -%}
        {% for column in ['company_name', 'email', 'phone', 'gender', 'language', 'attributes'] -%}
        arg_min({{ column }}, record_number) as {{ column }},
        {% endfor -%}
        count(*) as records
    from records
    where is_main_person
    group by customer_key
),

spoken as (
    select
        customer_key,
        email,
        phone
    from records
    union all
    select
        identities.customer_key,
        orders.email,
        orders.phone
    from {{ ref('stg_orders') }} as orders
    cross join parameters
    inner join identities
        on {{ order_customer_id('orders') }} = identities.customer_id
    where orders.ordered_at < parameters.as_of_end
),

reached_by as (
    select
        customer_key,
        to_json(list_sort(list(distinct email) filter (email is not null))) as emails,
        to_json(list_sort(list(distinct phone) filter (phone is not null))) as phones
    from spoken
    group by customer_key
),

birthdays as (
    select * from {{ ref('birthdays') }}
),

persons as (
    select
        customer_key,
        to_json(
            list(
                struct_pack(
                    contact_id := contact_id,
                    role := role,
                    first_name := first_name,
                    last_name := last_name,
                    email := email,
                    phone := phone,
                    birth_date := birth_date,
                    is_primary := is_primary
                )
                order by is_primary desc, contact_id asc
            )
        ) as contact_persons
    from {{ ref('contact_persons') }}
    group by customer_key
),

details as (
    select
        profiles.customer_key,
        profiles.customer_id,
        firsts.first_name,
        firsts.last_name,
        firsts.company_name,
        firsts.email,
        firsts.phone,
        reached_by.emails,
        reached_by.phones,
        birthdays.birth_date,
        birthdays.next_birthday,
        firsts.gender,
        firsts.street,
        firsts.postal_code,
        firsts.city,
        firsts.region,
        firsts.country,
        firsts.language,
        firsts.attributes,
        persons.contact_persons,
        parameters.as_of_date
    from profiles
    cross join parameters
    left join firsts
        on profiles.customer_key = firsts.customer_key
    left join reached_by
        on profiles.customer_key = reached_by.customer_key
    left join birthdays
        on profiles.customer_key = birthdays.customer_key
    left join persons
        on profiles.customer_key = persons.customer_key
)

select * from details
