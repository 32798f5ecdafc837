-- The level of everybody's relationship, and everybody's state and contacts.
create temp table levels as
with sizes as (
    select
        customer_type,
        count(*) as customers,
        quantile_cont(cast(profitability as double), 0.5) as medium_margin,
        quantile_cont(cast(profitability as double), 0.9) as high_margin
    from population
    inner join profiles using (customer)
    where number = 0
    group by customer_type
),

banded as (
    select
        customer,
        cohort_date,
        case
            when sizes.customers >= 1000 then 'many'
            when sizes.customers >= 100 then 'some'
            else 'few'
        end as customers_band,
        case
            when margin_year > 0 and margin_year >= high_margin then 'high'
            when margin_year > 0 and margin_year >= medium_margin then 'medium'
            else 'low'
        end as margin_band
    from profiles
    left join sizes using (customer_type)
    left join money using (customer)
)

select
    customer,
    case when cohort_date is null then 'unknown' else relationship_level end
        as relationship_level,
    case when cohort_date is not null then contact_every_days::integer end as contact_every_days
from banded
inner join read_csv('{seeds}/relationship_levels.csv') as names
    using (customers_band, margin_band);

create temp table contacts as
select
    customer,
    max(contact_date) as last_contact,
    max(contact_date) filter (direction = 'in') as last_in,
    max(contact_date) filter (direction = 'out') as last_out,
    arg_max_null(channel, place) filter (direction = 'in') as last_in_channel,
    arg_max_null(channel, place) filter (direction = 'out') as last_out_channel,
    count(*) filter (is_trailing) as contacts_year,
    count(*) filter (is_trailing and kind = 'complaint') as complaints_year,
    count(*) filter (is_trailing and direction = 'in') as in_year,
    count(*) filter (is_trailing and direction = 'out') as out_year,
    arg_max(next_contact_on, place) as next_contact
from (
    select
        *,
        contact_date > getvariable('as_of') - 365 as is_trailing,
        (occurred_at, interaction_id) as place
    from contacts_made
)
group by customer;

create table marts.customer_churn as
select
    profiles.customer as customer_key,
    customer_id,
    basis,
    country,
    acquisition_channel,
    case
        when basis = 'contractual' then contract_states.customer_state
        when silences.number is null then 'prospect'
        when getvariable('as_of') - last_purchase >= churn_after then 'churned'
        when getvariable('as_of') - last_purchase > at_risk_after then 'at_risk'
        when getvariable('as_of') - returned_on <= at_risk_after then 'returned'
        when silences.number = 1 then 'new'
        else 'active'
    end as customer_state,
    purchase_days,
    last_purchase as last_purchase_date,
    cast(getvariable('as_of') - last_purchase as integer) as days_since_last_purchase,
    median_gap as median_gap_days,
    expected_gap as expected_gap_days,
    at_risk_after as at_risk_after_days,
    churn_after as churn_after_days,
    coalesce(silences.churned_at, contract_states.churned_at) as churned_at,
    case when basis = 'transactional'
        then getvariable('as_of') - last_purchase > getvariable('fixed_window') end
        as is_churned_fixed_window,
    getvariable('fixed_window') as churn_window_days,
    cast(getvariable('as_of') - last_in as integer) as days_since_last_contact_in,
    cast(getvariable('as_of') - last_out as integer) as days_since_last_contact_out,
    last_contact as last_contact_date,
    contact_every_days,
    case when (select count(*) > 0 from contacts_made)
        then getvariable('as_of') - coalesce(last_contact, cohort_date) > contact_every_days end
        as is_contact_overdue,
    cast(null as double) as probability_alive,
    getvariable('as_of') as as_of_date
from profiles
inner join levels on profiles.customer = levels.customer
left join (from silences where next_day is null) as silences
    on profiles.customer = silences.customer
left join (from contract_states where number = 0) as contract_states
    on profiles.customer = contract_states.customer
left join contacts on profiles.customer = contacts.customer;
