-- One row per contractual customer: state at as_of_date, and since when out of contract too long.
with parameters as (
    select as_of_date from {{ ref('int_run__parameters') }}
),

contracts as (
    select
        customer_key,
        in_force_until,
        is_cancelled
    from {{ ref('int_contracts__in_force') }}
),

episodes as (
    select
        customer_key,
        churned_at
    from {{ ref('int_churn__episodes') }}
    where basis = 'contractual' and ended_at is null
),

-- What is in force longest decides: a customer who renews one contract stays.
running as (
    select
        contracts.customer_key,
        bool_or(
            coalesce(contracts.in_force_until >= parameters.as_of_date, true)
        ) as is_in_force,
        bool_or(
            not coalesce(contracts.is_cancelled, false)
            and coalesce(
                contracts.in_force_until
                > {{ add_days('parameters.as_of_date', var('renewal_notice_days')) }},
                true
            )
        ) as is_secure
    from contracts
    cross join parameters
    group by contracts.customer_key
),

states as (
    select
        running.customer_key,
        episodes.churned_at,
        case
            when episodes.churned_at is not null then 'churned'
            when running.is_in_force and running.is_secure then 'active'
            else 'at_risk'
        end as customer_state
    from running
    left join episodes
        on running.customer_key = episodes.customer_key
)

select * from states
