-- One row per snapshot and contractual customer whose first contract had begun by then: state that
-- day. What is in force longest decides: a customer who renews one contract stays.
with snapshots as (
    select * from {{ ref('int_quadrants__snapshots') }}
),

contracts as (
    select
        customer_key,
        in_force_from,
        in_force_until,
        agreed_until,
        cancellation_known_on
    from {{ ref('int_contracts__in_force') }}
),

episodes as (
    select
        customer_key,
        churned_at,
        ended_at
    from {{ ref('int_churn__episodes') }}
    where basis = 'contractual'
),

running as (
    select
        snapshots.snapshot_number,
        snapshots.snapshot_date,
        contracts.customer_key,
        bool_or(coalesce(contracts.in_force_until >= snapshots.snapshot_date, true)) as is_in_force,
        -- Before the cancellation was known, the end that had been agreed was.
        bool_or(
            coalesce(contracts.cancellation_known_on > snapshots.snapshot_date, true)
            and coalesce(
                contracts.agreed_until
                > {{ add_days('snapshots.snapshot_date', var('renewal_notice_days')) }},
                true
            )
        ) as is_secure
    from contracts
    inner join snapshots
        on contracts.in_force_from <= snapshots.snapshot_date
    group by snapshots.snapshot_number, snapshots.snapshot_date, contracts.customer_key
),

states as (
    select
        running.snapshot_number,
        running.customer_key,
        episodes.churned_at,
        case
            when episodes.churned_at is not null then 'churned'
            when running.is_in_force and running.is_secure then 'active'
            else 'at_risk'
        end as customer_state
    from running
    left join episodes
        on
            running.customer_key = episodes.customer_key
            and running.snapshot_date >= episodes.churned_at
            and running.snapshot_date < coalesce(episodes.ended_at, date '9999-12-31')
)

select * from states
