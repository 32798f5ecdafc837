with parameters as (
    select as_of_date from {{ ref('int_run__parameters') }}
),

profiles as (
    select * from {{ ref('int_customers__profiles') }}
),

rhythm as (
    select
        prior_gap_days,
        churn_window_days
    from {{ ref('int_churn__rhythm') }}
),

last_days as (
    select * from {{ ref('int_churn__purchase_days') }}
    where next_purchase_date is null and not is_contractual
),

contracts as (
    select * from {{ ref('int_churn__contract_states') }}
    where snapshot_number = 0
),

contacts as (
    select
        customer_key,
        last_inbound_date,
        last_outbound_date
    from {{ ref('int_customers__contacts') }}
),

relationships as (
    select * from {{ ref('int_relationships__contacts') }}
),

silences as (
    select
        profiles.*,
        parameters.as_of_date,
        rhythm.churn_window_days,
        last_days.purchase_number,
        last_days.median_gap_days,
        last_days.expected_gap_days,
        last_days.at_risk_after_days,
        last_days.churn_after_days,
        last_days.returned_on,
        coalesce(last_days.churned_at, contracts.churned_at) as churned_at,
        contracts.customer_state as contract_state,
        contacts.last_inbound_date,
        contacts.last_outbound_date,
        relationships.last_contact_date,
        relationships.contact_every_days,
        relationships.is_contact_overdue,
        {{ days_between('profiles.last_purchase_date', 'parameters.as_of_date') }} as silent_days
    from profiles
    cross join parameters
    cross join rhythm
    inner join contacts
        on profiles.customer_key = contacts.customer_key
    left join relationships
        on profiles.customer_key = relationships.customer_key
    left join last_days
        on profiles.customer_key = last_days.customer_key
    left join contracts
        on profiles.customer_key = contracts.customer_key
),

final as (
    select
        customer_key,
        customer_id,
        basis,
        country,
        acquisition_channel,
        case
            when basis = 'contractual' then contract_state
            when purchase_number is null then 'prospect'
            else {{ customer_state(
                'as_of_date', 'silent_days', 'churn_after_days', 'at_risk_after_days',
                'purchase_number', 'returned_on'
            ) }}
        end as customer_state,
        purchase_days,
        last_purchase_date,
        cast(silent_days as integer) as days_since_last_purchase,
        median_gap_days,
        expected_gap_days,
        at_risk_after_days,
        churn_after_days,
        churned_at,
        case when basis = 'transactional' then silent_days > churn_window_days end
            as is_churned_fixed_window,
        churn_window_days,
        cast({{ days_between('last_inbound_date', 'as_of_date') }} as integer)
            as days_since_last_contact_in,
        cast({{ days_between('last_outbound_date', 'as_of_date') }} as integer)
            as days_since_last_contact_out,
        last_contact_date,
        contact_every_days,
        is_contact_overdue,
        cast(null as double) as probability_alive,
        as_of_date
    from silences
)

select * from final
order by customer_key
