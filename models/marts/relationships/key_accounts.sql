{%- set risks = [
    'churned', 'at_risk', 'no_manager', 'manager_overloaded', 'contact_overdue', 'plan_overdue',
    'no_plan', 'renewal_due', 'detractor', 'concentration'
] %}

with parameters as (
    select as_of_date from {{ ref('int_run__parameters') }}
),

customers as (
    select
        customer_key,
        customer_id,
        manager_id,
        relationship_level,
        service_tier,
        pareto_class,
        contribution_margin_365d,
        customer_state,
        is_contact_overdue,
        next_contact_date,
        nps_score,
        coalesce(is_renewal_due, false) as is_renewal_due,
        -- Of those in force; one without an end outlasts all others.
        case when contracts_in_force > 0 then last_contract_end_date end as contract_ends_on
    from {{ ref('customers') }}
    where first_purchase_date is not null or first_contract_date is not null
),

shares as (
    select
        customer_key,
        value_share
    from {{ ref('pareto') }}
    where basis = 'contribution_margin' and window_name = 'trailing_365d'
),

key_customers as (
    select
        customers.*,
        shares.value_share
    from customers
    left join shares
        on customers.customer_key = shares.customer_key
    where
        customers.service_tier = 'vip'
        or customers.relationship_level = 'partnership'
        or shares.value_share >= {{ var('key_account_min_share') }}
),

managers as (
    select
        manager_id,
        count(*) as manager_accounts
    from key_customers
    where manager_id is not null
    group by manager_id
),

tiers as (
    select
        service_tier,
        entitlements_en,
        entitlements_ru,
        response_hours
    from {{ ref('service_tiers') }}
),

contacts as (
    select
        customer_key,
        last_contact_date
    from {{ ref('int_customers__contacts') }}
),

joined as (
    select
        key_customers.*,
        parameters.as_of_date,
        managers.manager_accounts,
        tiers.entitlements_en,
        tiers.entitlements_ru,
        tiers.response_hours,
        contacts.last_contact_date,
        case
            when key_customers.next_contact_date is null then 'none'
            when key_customers.next_contact_date >= parameters.as_of_date then 'planned'
            when contacts.last_contact_date >= key_customers.next_contact_date then 'done'
            else 'overdue'
        end as plan_state,
        managers.manager_accounts > {{ var('max_accounts_per_manager') }}
            as is_manager_overloaded
    from key_customers
    cross join parameters
    inner join contacts
        on key_customers.customer_key = contacts.customer_key
    left join managers
        on key_customers.manager_id = managers.manager_id
    left join tiers
        on key_customers.service_tier = tiers.service_tier
),

endangered as (
    select
        *,
        is_renewal_due as has_renewal_due,
        coalesce(is_manager_overloaded, false) as has_manager_overloaded,
        customer_state = 'churned' as has_churned,
        customer_state = 'at_risk' as has_at_risk,
        manager_id is null as has_no_manager,
        coalesce(is_contact_overdue, false) as has_contact_overdue,
        plan_state = 'overdue' as has_plan_overdue,
        plan_state = 'none' as has_no_plan,
        coalesce(nps_score <= 6, false) as has_detractor,
        coalesce(value_share >= 0.05, false) as has_concentration
    from joined
),

final as (
    select
        customer_key,
        customer_id,
        manager_id,
        manager_accounts,
        cast({{ var('max_accounts_per_manager') }} as bigint) as max_accounts_per_manager,
        is_manager_overloaded,
        relationship_level,
        service_tier,
        entitlements_en,
        entitlements_ru,
        response_hours,
        pareto_class,
        contribution_margin_365d,
        value_share,
        customer_state,
        last_contact_date,
        next_contact_date,
        plan_state,
        contract_ends_on,
        is_renewal_due,
        concat_ws(
            ' ',
            {% for risk in risks -%}
            case when has_{{ risk }} then '{{ risk }}' end{{ ',' if not loop.last }}
            {% endfor %}
        ) as risks,
        cast(
            {% for risk in risks -%}
            cast(has_{{ risk }} as integer){{ ' +' if not loop.last }}
            {% endfor %}
            as integer
        ) as risk_count,
        as_of_date
    from endangered
)

select * from final
order by customer_key
