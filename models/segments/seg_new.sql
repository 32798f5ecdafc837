with customers as (
    select
        *,
        case when basis = 'contractual' then first_contract_date else first_purchase_date end
            as entry_date
    from {{ ref('customers') }}
),

playbook as (
    select * from {{ ref('segment_playbook') }}
    where segment = 'seg_new'
),

audience as (
    select {{ segment_columns(
        'rtn_s10', due=add_days('customers.entry_date', var('onboarding_contact_days'))
    ) }}
    from customers
    left join playbook
        on true
    where
        {{ days_between('customers.entry_date', 'customers.as_of_date') }}
        <= {{ var('onboarding_contact_days') }}
        and (customers.basis = 'contractual' or customers.customer_state = 'new')
        and customers.customer_state != 'churned'
        and coalesce(customers.last_outbound_date < customers.entry_date, true)
)

select * from audience
