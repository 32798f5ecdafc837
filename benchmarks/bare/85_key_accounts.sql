-- Customers nobody may lose: their manager, contacts, plan, contract and risks.
create table marts.key_accounts as
with key_customers as (
    select
        customers.*,
        value_share,
        case when manager_id is not null then count(*) over (partition by manager_id) end
            as manager_accounts
    from marts.customers
    left join (
        from marts.pareto where basis = 'contribution_margin' and window_name = 'trailing_365d'
    ) as pareto using (customer_key)
    where (first_purchase_date is not null or first_contract_date is not null)
        and (
            service_tier = 'vip' or relationship_level = 'partnership' or value_share >= 0.01
        )
),

judged as (
    select
        *,
        case
            when next_contact_date is null then 'none'
            when next_contact_date >= getvariable('as_of') then 'planned'
            when last_contact_date >= next_contact_date then 'done'
            else 'overdue'
        end as plan_state,
        case when contracts_in_force > 0 then last_contract_end_date end as contract_ends_on
    from (select * replace (coalesce(is_renewal_due, false) as is_renewal_due) from key_customers)
    inner join (select customer_key, last_contact_date from marts.customer_churn) as contacted
        using (customer_key)
    left join read_csv('{seeds}/service_tiers.csv') as tiers using (service_tier)
),

endangered as (
    select
        *,
        [risk for risk in [
            if(customer_state = 'churned', 'churned', null),
            if(customer_state = 'at_risk', 'at_risk', null),
            if(manager_id is null, 'no_manager', null),
            if(manager_accounts > 30, 'manager_overloaded', null),
            if(is_contact_overdue, 'contact_overdue', null),
            if(plan_state = 'overdue', 'plan_overdue', null),
            if(plan_state = 'none', 'no_plan', null),
            if(is_renewal_due, 'renewal_due', null),
            if(nps_score <= 6, 'detractor', null),
            if(value_share >= 0.05, 'concentration', null)
        ] if risk is not null] as risks
    from judged
)

select
    customer_key,
    customer_id,
    manager_id,
    manager_accounts,
    cast(30 as bigint) as max_accounts_per_manager,
    manager_accounts > 30 as is_manager_overloaded,
    relationship_level,
    service_tier,
    entitlements_en,
    entitlements_ru,
    cast(response_hours as integer) as response_hours,
    pareto_class,
    contribution_margin_365d,
    value_share,
    customer_state,
    last_contact_date,
    next_contact_date,
    plan_state,
    contract_ends_on,
    is_renewal_due,
    array_to_string(risks, ' ') as risks,
    cast(len(risks) as integer) as risk_count,
    as_of_date
from endangered;
