-- One row per customer and churn episode: silent for too long, or out of contract for too long.
with parameters as (
    select as_of_date from {{ ref('int_run__parameters') }}
),

transactional as (
    select
        customer_key,
        'transactional' as basis,
        purchase_date as last_seen_date,
        first_purchase_date as first_seen_date,
        churned_at,
        next_purchase_date as ended_at
    from {{ ref('int_churn__purchase_days') }}
    where churned_at is not null and not is_contractual
),

contractual as (
    select
        periods.customer_key,
        'contractual' as basis,
        periods.in_force_until as last_seen_date,
        periods.first_in_force_from as first_seen_date,
        {{ add_days('periods.in_force_until', var('contract_gap_days')) }} as churned_at,
        periods.next_in_force_from as ended_at
    from {{ ref('int_contracts__periods') }} as periods
    cross join parameters
    where
        {{ add_days('periods.in_force_until', var('contract_gap_days')) }} <= parameters.as_of_date
        and coalesce(
            periods.next_in_force_from
            > {{ add_days('periods.in_force_until', var('contract_gap_days')) }},
            true
        )
),

episodes as (
    select * from transactional
    union all
    select * from contractual
),

numbered as (
    select
        *,
        lag(ended_at) over (partition by customer_key order by churned_at) as previous_ended_at
    from episodes
)

select * from numbered
