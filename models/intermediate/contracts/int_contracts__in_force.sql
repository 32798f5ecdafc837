-- One row per contract that began by as_of_date: the days it is in force, both included.
with parameters as (
    select as_of_date from {{ ref('int_run__parameters') }}
),

customers as (
    select
        customer_id,
        customer_key
    from {{ ref('int_customers__without_tests') }}
),

contracts as (
    select
        *,
        {{ cancellation_known_on('cancelled_on', 'updated_at') }} as cancellation_known_on
    from {{ ref('stg_contracts') }}
),

in_force as (
    select
        contracts.contract_id,
        customers.customer_key,
        contracts.started_on as in_force_from,
        contracts.recurring_amount,
        contracts.currency,
        -- One that renews itself has no end until somebody cancels it.
        case when contracts.auto_renews then null else contracts.ends_on end as agreed_until,
        -- A cancelled contract runs to its end.
        case
            when contracts.cancellation_known_on <= parameters.as_of_date
                then case
                    when contracts.auto_renews
                        then greatest(contracts.ends_on, contracts.cancelled_on)
                    else coalesce(contracts.ends_on, contracts.cancelled_on)
                end
            when contracts.auto_renews then null
            else contracts.ends_on
        end as in_force_until,
        case
            when contracts.cancellation_known_on <= parameters.as_of_date
                then contracts.cancellation_known_on
        end as cancellation_known_on,
        case
            when contracts.cancellation_known_on <= parameters.as_of_date
                then contracts.cancel_reason
        end as cancel_reason,
        coalesce(contracts.billing_period, 'month') as billing_period
    from contracts
    inner join customers
        on contracts.customer_id = customers.customer_id
    cross join parameters
    where contracts.started_on <= parameters.as_of_date
)

select * from in_force
-- A contract that ended before it began never was in force.
where coalesce(in_force_until >= in_force_from, true)
