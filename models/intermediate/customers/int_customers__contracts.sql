-- One row per customer: what is in force on as_of_date, what it brings per month, and when it ends.
with parameters as (
    select
        as_of_date,
        reporting_currency
    from {{ ref('int_run__parameters') }}
),

profiles as (
    select customer_key from {{ ref('int_customers__profiles') }}
),

renewals as (
    select
        contract_id,
        auto_renews
    from {{ ref('stg_contracts') }}
),

contracts as (
    select
        in_force.*,
        parameters.as_of_date,
        coalesce(in_force.in_force_until >= parameters.as_of_date, true) as is_in_force,
        in_force.cancellation_known_on is not null as is_cancelled,
        coalesce(renewals.auto_renews, false) as is_auto_renewing,
        coalesce(in_force.currency, parameters.reporting_currency)
        = parameters.reporting_currency as is_in_reporting_currency
    from {{ ref('int_contracts__in_force') }} as in_force
    cross join parameters
    left join renewals
        on in_force.contract_id = renewals.contract_id
),

amounts as (
    select
        contracts.*,
        case
            when contracts.is_in_reporting_currency or rates.rate is not null
                then {{ reporting_amount('contracts.recurring_amount', 'rates.rate') }}
        end as amount,
        case contracts.billing_period when 'quarter' then 3 when 'year' then 12 else 1 end
            as months
    from contracts
    left join {{ ref('int_run__daily_rates') }} as rates
        on
            contracts.currency = rates.currency
            and contracts.as_of_date = rates.rate_date
            and not contracts.is_in_reporting_currency
),

monthly as (
    select
        *,
        {{ proportion_of('amount', 'cast(1 as decimal(18, 2))', 'cast(months as decimal(18, 2))') }}
            as monthly_amount
    from amounts
),

summed as (
    select
        customer_key,
        count(*) filter (is_in_force) as contracts_in_force,
        count(monthly_amount) filter (is_in_force) as priced_contracts,
        {{ cents('sum(monthly_amount) filter (is_in_force)') }} as monthly_recurring_revenue,
        min(in_force_until) filter (is_in_force) as next_contract_end_date,
        case when count(*) = count(in_force_until) then max(in_force_until) end
            as last_contract_end_date,
        bool_or(is_auto_renewing and not is_cancelled) filter (is_in_force) as is_auto_renewing,
        bool_or(is_cancelled) filter (is_in_force) as is_contract_cancelled,
        max(cancellation_known_on) as contract_cancelled_date,
        bool_and(
            coalesce(
                in_force_until <= {{ add_days('as_of_date', var('renewal_notice_days')) }}, false
            )
        ) filter (is_in_force) as is_renewal_due
    from monthly
    group by customer_key
),

known as (
    select count(*) > 0 as has_contracts from summed
),

final as (
    select
        profiles.customer_key,
        summed.next_contract_end_date,
        summed.last_contract_end_date,
        summed.is_auto_renewing,
        summed.is_contract_cancelled,
        summed.contract_cancelled_date,
        summed.is_renewal_due,
        case when known.has_contracts then coalesce(summed.contracts_in_force, 0) end
            as contracts_in_force,
        case
            when summed.priced_contracts = summed.contracts_in_force
                then summed.monthly_recurring_revenue
            when known.has_contracts and summed.customer_key is null
                then cast(0 as decimal(18, 2))
        end as monthly_recurring_revenue
    from profiles
    cross join known
    left join summed
        on profiles.customer_key = summed.customer_key
)

select * from final
