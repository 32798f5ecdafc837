-- One row per customer whose birth date was known on as_of_date; of several records the first that
-- says it, of a household or a company those of its first person.
with parameters as (
    select as_of_date from {{ ref('int_run__parameters') }}
),

born as (
    select
        customer_id,
        birth_date
    from {{ ref('stg_customers') }}
    where birth_date is not null
),

identities as (
    select
        resolved.customer_id,
        resolved.customer_key,
        coalesce(members.record_number, 1) as record_number
    from {{ ref('int_customers__without_tests') }} as resolved
    left join {{ ref('int_customers__members') }} as members
        on resolved.customer_id = members.customer_id
    where resolved.is_in_crm and coalesce(members.is_main_person, true)
),

firsts as (
    select
        identities.customer_key,
        arg_min(born.birth_date, identities.record_number) as birth_date
    from identities
    inner join born
        on identities.customer_id = born.customer_id
    group by identities.customer_key
),

final as (
    select
        firsts.customer_key,
        firsts.birth_date,
        {{ next_birthday('firsts.birth_date', 'parameters.as_of_date') }} as next_birthday
    from firsts
    cross join parameters
)

select * from final
