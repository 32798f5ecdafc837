-- One row per customer: the last contact in either direction, and whether the next one, by the
-- level of the relationship, should have been.
with parameters as (
    select as_of_date from {{ ref('int_run__parameters') }}
),

profiles as (
    select
        customer_key,
        cohort_date
    from {{ ref('int_customers__profiles') }}
),

levels as (
    select
        customer_key,
        contact_every_days
    from {{ ref('int_relationships__levels') }}
),

contacts as (
    select
        customer_key,
        are_contacts_known,
        last_contact_date
    from {{ ref('int_customers__contacts') }}
),

-- Where nobody notes contacts, none is overdue.
rhythms as (
    select
        profiles.customer_key,
        contacts.last_contact_date,
        levels.contact_every_days,
        case
            when contacts.are_contacts_known
                then {{ days_between(
                    'coalesce(contacts.last_contact_date, profiles.cohort_date)',
                    'parameters.as_of_date'
                ) }} > levels.contact_every_days
        end as is_contact_overdue
    from profiles
    cross join parameters
    inner join levels
        on profiles.customer_key = levels.customer_key
    inner join contacts
        on profiles.customer_key = contacts.customer_key
)

select * from rhythms
