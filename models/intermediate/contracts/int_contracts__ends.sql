-- One row per customer with a contract in force on as_of_date: the day the last of them ends.
with parameters as (
    select as_of_date from {{ ref('int_run__parameters') }}
),

contracts as (
    select
        customer_key,
        in_force_until
    from {{ ref('int_contracts__in_force') }}
),

ends as (
    select
        contracts.customer_key,
        -- One without an end outlasts all others.
        case when count(*) = count(contracts.in_force_until) then max(contracts.in_force_until) end
            as contract_ends_on
    from contracts
    cross join parameters
    where coalesce(contracts.in_force_until >= parameters.as_of_date, true)
    group by contracts.customer_key
)

select * from ends
