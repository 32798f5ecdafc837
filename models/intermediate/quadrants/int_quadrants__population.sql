-- One row per snapshot and customer in it: the raw parts of loyalty as they stood that day, margin,
-- and state.
with members as (
    select * from {{ ref('int_quadrants__members') }}
),

margins as (
    select * from {{ ref('int_quadrants__margins') }}
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

measured as (
    select
        members.snapshot_number,
        members.snapshot_date,
        members.customer_key,
        members.last_purchase_date,
        members.first_purchase_date,
        -- Never having bought is known too.
        coalesce(members.purchase_days, 0) as purchase_days,
        case
            when members.purchase_days >= 3
                then {{ regularity(
                    'members.purchase_days - 1',
                    days_between('members.first_purchase_date', 'members.last_purchase_date'),
                    'members.sum_of_squared_gaps'
                ) }}
        end as regularity,
        coalesce(margins.profitability, 0) as profitability,
        coalesce(
            contract_states.customer_state,
            {{ customer_state(
                'members.snapshot_date',
                days_between('members.last_purchase_date', 'members.snapshot_date'),
                'rhythm.churn_after_days', 'rhythm.at_risk_after_days',
                'members.purchase_days', 'rhythm.returned_on'
            ) }}
        ) as customer_state
    from members
    left join margins
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
            and members.last_purchase_date = rhythm.purchase_date
)

select * from measured
