{{ config(materialized='view') }}

-- One row per snapshot and customer in it: who bought in the 365 days up to it, or has a contract
-- in force, with the last purchase day by then.
with snapshots as (
    select * from {{ ref('int_quadrants__snapshots') }}
),

purchase_days as (
    select * from {{ ref('int_sales__purchase_days') }}
),

in_force as (
    select
        snapshots.snapshot_number,
        periods.customer_key
    from {{ ref('int_contracts__periods') }} as periods
    inner join snapshots
        on
            periods.in_force_from <= snapshots.snapshot_date
            and coalesce(periods.in_force_until, date '9999-12-31') >= snapshots.snapshot_date
),

last_days as (
    select
        snapshots.snapshot_number,
        snapshots.snapshot_date,
        purchase_days.customer_key,
        purchase_days.purchase_date as last_purchase_date,
        purchase_days.first_purchase_date,
        purchase_days.purchase_number as purchase_days,
        purchase_days.sum_of_squared_gaps
    from purchase_days
    inner join snapshots
        on
            purchase_days.purchase_date <= snapshots.snapshot_date
            and coalesce(purchase_days.next_purchase_date, date '9999-12-31')
            > snapshots.snapshot_date
),

members as (
    select
        last_days.snapshot_number,
        last_days.snapshot_date,
        last_days.customer_key,
        last_days.last_purchase_date,
        last_days.first_purchase_date,
        last_days.purchase_days,
        last_days.sum_of_squared_gaps
    from last_days
    left join in_force
        on
            last_days.snapshot_number = in_force.snapshot_number
            and last_days.customer_key = in_force.customer_key
    where
        {{ days_between('last_days.last_purchase_date', 'last_days.snapshot_date') }} < 365
        or in_force.customer_key is not null
    union all
    -- In force, but never bought anything: only a contract speaks for them.
    select
        in_force.snapshot_number,
        snapshots.snapshot_date,
        in_force.customer_key,
        null as last_purchase_date,
        null as first_purchase_date,
        null as purchase_days,
        null as sum_of_squared_gaps
    from in_force
    inner join snapshots
        on in_force.snapshot_number = snapshots.snapshot_number
    anti join last_days
        on
            in_force.snapshot_number = last_days.snapshot_number
            and in_force.customer_key = last_days.customer_key
)

select * from members
