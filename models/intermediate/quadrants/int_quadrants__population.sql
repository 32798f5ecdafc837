-- One row per snapshot and customer in it (a purchase day in the 365 days up to it, or a contract
-- in force): the raw parts of loyalty as they stood that day, margin, and state.
with snapshots as (
    select * from {{ ref('int_quadrants__snapshots') }}
),

purchase_days as (
    select * from {{ ref('int_sales__purchase_days') }}
),

rhythm as (
    select
        customer_key,
        purchase_date,
        churn_after_days,
        at_risk_after_days,
        returned_on
    from {{ ref('int_churn__purchase_days') }}
),

contract_states as (
    select
        snapshot_number,
        customer_key,
        customer_state
    from {{ ref('int_churn__contract_states') }}
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
        purchase_days.purchase_date,
        purchase_days.first_purchase_date,
        purchase_days.purchase_number,
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
        last_days.purchase_date,
        last_days.first_purchase_date,
        last_days.purchase_number,
        last_days.sum_of_squared_gaps,
        in_force.customer_key is not null as is_in_force
    from last_days
    left join in_force
        on
            last_days.snapshot_number = in_force.snapshot_number
            and last_days.customer_key = in_force.customer_key
    where
        {{ days_between('last_days.purchase_date', 'last_days.snapshot_date') }} < 365
        or in_force.customer_key is not null
    union all
    -- In force, but never bought anything: only a contract speaks for them.
    select
        in_force.snapshot_number,
        snapshots.snapshot_date,
        in_force.customer_key,
        null as purchase_date,
        null as first_purchase_date,
        null as purchase_number,
        null as sum_of_squared_gaps,
        true as is_in_force
    from in_force
    inner join snapshots
        on in_force.snapshot_number = snapshots.snapshot_number
    anti join last_days
        on
            in_force.snapshot_number = last_days.snapshot_number
            and in_force.customer_key = last_days.customer_key
),

measured as (
    select
        members.snapshot_number,
        members.snapshot_date,
        members.customer_key,
        members.purchase_date as last_purchase_date,
        members.first_purchase_date,
        -- Never having bought is known too.
        coalesce(members.purchase_number, 0) as purchase_days,
        case
            when members.purchase_number >= 3
                then {{ regularity(
                    'members.purchase_number - 1',
                    days_between('members.first_purchase_date', 'members.purchase_date'),
                    'members.sum_of_squared_gaps'
                ) }}
        end as regularity,
        coalesce(margins.profitability, 0) as profitability,
        coalesce(
            contract_states.customer_state,
            {{ customer_state(
                'members.snapshot_date',
                days_between('members.purchase_date', 'members.snapshot_date'),
                'rhythm.churn_after_days', 'rhythm.at_risk_after_days',
                'members.purchase_number', 'rhythm.returned_on'
            ) }}
        ) as customer_state
    from members
    left join {{ ref('int_quadrants__margins') }} as margins
        on
            members.snapshot_number = margins.snapshot_number
            and members.customer_key = margins.customer_key
    left join contract_states
        on
            members.snapshot_number = contract_states.snapshot_number
            and members.customer_key = contract_states.customer_key
    left join rhythm
        on
            members.customer_key = rhythm.customer_key
            and members.purchase_date = rhythm.purchase_date
)

select * from measured
